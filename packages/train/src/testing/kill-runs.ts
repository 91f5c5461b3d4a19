import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { openSafetensors } from '@convnet/weights';

const program = fileURLToPath(new URL('training-program.ts', import.meta.url));

/** How a run of the program ended. */
export interface RunEnd {
  /** Steps that had been done when it started; null where it was killed before. */
  readonly started: number | null;
  /** Hash of what it learned; null where it did not come to the end. */
  readonly hash: string | null;
  /** What it said where it could not save. */
  readonly failure: string | null;
  readonly wasKilled: boolean;
}

/**
 * Runs the program once.
 * @param killAfter milliseconds after it has saved a step of its own, after which it is killed; negative: so long after its
 * process was started, ready or not
 */
export function runProgram(
  steps: number,
  folder: string | null,
  killAfter: number | null = null,
  wrap: readonly string[] = [],
): Promise<RunEnd> {
  const command = [
    ...wrap,
    process.execPath,
    program,
    String(steps),
    ...(folder === null ? [] : [folder]),
  ];
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  const kill = (): void => void child.kill('SIGKILL');
  if (killAfter !== null && killAfter < 0) timer = setTimeout(kill, -killAfter);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      if (timer === undefined && killAfter !== null && text.includes('saved')) {
        timer = setTimeout(kill, killAfter);
      }
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (signal !== 'SIGKILL' && code !== 0) {
        reject(new Error(`the training program ended with ${code ?? signal}:\n${text}`));
        return;
      }
      const started = /started (\d+)/.exec(text);
      resolve({
        started: started === null ? null : Number(started[1]),
        hash: /done (\w+)/.exec(text)?.[1] ?? null,
        failure: /failed (.*)/.exec(text)?.[1] ?? null,
        wasKilled: signal === 'SIGKILL',
      });
    });
  });
}

/** Reads every checkpoint of a folder to its last byte, and says how many there are. @throws where one is damaged. */
export async function readAll(folder: string): Promise<number> {
  const names = readdirSync(folder).filter((name) => /^(step-\d+|best)\.safetensors$/.test(name));
  for (const name of names) {
    const file = await openSafetensors(readFileSync(join(folder, name)));
    if (!file.metadata.has('convnet')) throw new Error(`${name} is no checkpoint`);
    for (const tensor of file.tensors.values()) await tensor.data();
  }
  return names.length;
}

/** What killing came to. */
export interface KillReport {
  readonly kills: number;
  /** Steps that had been done at each start that came to training. */
  readonly starts: readonly number[];
  /** Checkpoints that were read, after all kills together; none was damaged. */
  readonly read: number;
  readonly hash: string;
}

/**
 * Trains, kills the process `kills` times at random moments, reads every checkpoint after each, and lets the last run
 * come to its end.
 * @param random gives numbers from 0 to 1
 * @throws where a run comes to its end too early, or a checkpoint is damaged
 */
export async function killRuns(
  folder: string,
  steps: number,
  kills: number,
  random: () => number,
): Promise<KillReport> {
  mkdirSync(folder, { recursive: true });
  const starts: number[] = [];
  let read = 0;
  for (let kill = 0; kill < kills; kill++) {
    // Some while the program starts or resumes, most while it trains and saves.
    const after = random() < 0.15 ? -Math.ceil(random() * 700) : random() * 150;
    const end = await runProgram(steps, folder, after);
    if (!end.wasKilled) {
      throw new Error(
        `the run ended before kill ${kill + 1} of ${kills}: give it more than ${steps} steps`,
      );
    }
    if (end.started !== null) starts.push(end.started);
    read += await readAll(folder);
  }
  const last = await runProgram(steps, folder);
  if (last.hash === null) throw new Error(`the last run did not come to its end: ${last.failure}`);
  starts.push(last.started!);
  return { kills, starts, read: read + (await readAll(folder)), hash: last.hash };
}
