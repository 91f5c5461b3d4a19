import { spawn } from 'node:child_process';

/** How a program ended. */
export interface Ended {
  /** Its exit code; null where a signal ended it. */
  readonly code: number | null;
  /** What it wrote, both to stdout and to stderr. */
  readonly text: string;
}

/** Runs a program in a folder up to its end. @throws Error where it can't be started. */
export function runProgram(
  program: string,
  args: readonly string[],
  folder: string,
): Promise<Ended> {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const collect = (chunk: unknown): void => {
    text += String(chunk);
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, text }));
  });
}

/** As `runProgram`. @returns what it wrote. @throws Error with what it wrote where it fails. */
export async function mustRun(
  program: string,
  args: readonly string[],
  folder: string,
): Promise<string> {
  const { code, text } = await runProgram(program, args, folder);
  if (code === 0) return text;
  throw new Error(`${program} ${args.join(' ')} ended with ${code} in ${folder}:\n${text.trim()}`);
}
