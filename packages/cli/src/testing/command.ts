import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { run } from '../run.ts';

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** Runs `convnet` as a user does; `onError` sees all news that it has written so far. */
export function convnet(
  folder: string,
  args: readonly string[],
  onError: (error: string, interrupt: (signal?: NodeJS.Signals) => void) => void = () => undefined,
): Promise<Ended> {
  const program = join(import.meta.dirname, '..', 'bin.ts');
  const child = spawn(process.execPath, [program, ...args], { cwd: folder });
  let out = '';
  let error = '';
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => {
    error += String(chunk);
    onError(error, (signal = 'SIGINT') => child.kill(signal));
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, error }));
  });
}

/** Runs `convnet` in this process, whose working folder is the command's: quicker, where nothing is to be interrupted. */
export async function convnetHere(args: readonly string[]): Promise<Ended> {
  const texts = { out: '', error: '' };
  const code = await run(args, {
    out: { write: (text) => (texts.out += text) },
    error: { write: (text) => (texts.error += text) },
  });
  return { code, ...texts };
}

/** Recordings of two classes, which their frequency tells apart: `<folder>/<class>/<number>.csv`. */
export async function writeRecordings(folder: string, count = 16): Promise<void> {
  for (const [name, frequency] of [
    ['high', 0.9],
    ['low', 0.2],
  ] as const) {
    await mkdir(join(folder, name), { recursive: true });
    for (let i = 0; i < count; i++) {
      const values = Array.from({ length: 64 }, (_, t) => Math.sin(frequency * t + i).toFixed(4));
      await writeFile(join(folder, name, `${i}.csv`), `x\n${values.join('\n')}\n`);
    }
  }
}
