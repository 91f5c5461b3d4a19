import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';

const module = pathToFileURL(join(import.meta.dirname, 'line-process.ts')).href;

/** A child that answers with its id, and goes on when its input has ended. */
const answering = `
process.stdin.on('data', () => console.log(JSON.stringify({ pid: process.pid })));
setInterval(() => undefined, 1000);
`;

/** A program that asks one, in a group of processes of its own as what a terminal runs, and tells what it says. */
function asking(onSignal: string) {
  const program = `
import { LineProcess } from ${JSON.stringify(module)};
const child = new LineProcess(process.execPath, ['-e', ${JSON.stringify(answering)}], {});
const ask = async () => console.log(JSON.stringify(await child.ask({}).catch(String)));
process.on('SIGINT', async () => { ${onSignal} });
await ask();
`;
  return spawn(process.execPath, ['--input-type=module', '-e', program], { detached: true });
}

/** What the program says after Ctrl-C, line by line, and what it said before. */
async function linesOf(onSignal: string): Promise<string[]> {
  const child = asking(onSignal);
  let out = '';
  let isSent = false;
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
    if (isSent) return;
    isSent = true;
    process.kill(-child.pid!, 'SIGINT');
  });
  await new Promise((resolve) => child.on('close', resolve));
  return out.trim().split('\n');
}

test('Ctrl-C in a terminal, which all processes of a group hear, leaves it to answer', async () => {
  const [before, after] = await linesOf('await ask(); child.close();');
  expect(before).toMatch(/^{"pid":\d+}$/);
  expect(after).toBe(before);
});

test('it ends with the process that asks', async () => {
  const [line] = await linesOf('process.exit();');
  const { pid } = JSON.parse(line!) as { readonly pid: number };
  const isRunning = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  while (isRunning()) await setTimeout(20);
  expect(isRunning()).toBe(false);
});
