import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

import { interruption } from './interruption.ts';
import { convnet, convnetHere, writeRecordings } from './testing/command.ts';

let folder = '';
const home = process.cwd();
const bin = join(import.meta.dirname, 'bin.ts');
const device = ['--device', 'wasm', '--threads', '1'];
const train = ['train', '--data', 'recordings', '--batch-size', '8', ...device].concat([
  '--model',
  'resnet20',
  '--option',
  'width=8',
]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
  process.chdir(folder);
  await writeRecordings(join(folder, 'recordings'));
});
afterAll(() => {
  process.chdir(home);
  return rm(folder, { recursive: true, force: true });
});

describe('signals', () => {
  afterEach(() => void vi.restoreAllMocks());

  test('the first asks for an end, the second ends at once', () => {
    const ends = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    let said = '';
    const stop = interruption({ write: (text) => (said += text) }, 'Go on with: x');
    process.emit('SIGINT');
    expect(stop.signal.aborted).toBe(true);
    expect(said).toBe('finishes the step, saves and ends (again: ends at once)\n');
    expect(ends).not.toHaveBeenCalled();
    process.emit('SIGINT');
    expect(ends).toHaveBeenCalledExactlyOnceWith(130);
    expect(said).toMatch(/ended at once; what was saved before stands. Go on with: x\n$/);
    const before = process.listenerCount('SIGTERM');
    stop.release();
    expect(process.listenerCount('SIGTERM')).toBe(before - 1);
  });

  test('SIGTERM saves, too, and has an exit code of its own', async () => {
    let isSent = false;
    const args = [...train, '--epochs', '400', '--out', 'runs/term'];
    const { code, error } = await convnet(folder, args, (text, interrupt) => {
      if (isSent || !text.includes('epoch 2/400')) return;
      isSent = true;
      interrupt('SIGTERM');
    });
    expect(error).toContain('convnet resume runs/term');
    expect(code).toBe(143);
    expect((await readdir('runs/term/checkpoints')).length).toBeGreaterThan(0);
  });
});

describe('what cannot be written', () => {
  test('is said before the training begins', async () => {
    await writeFile('file', 'no folder');
    const { code, error } = await convnetHere([...train, '--out', 'file/run']);
    expect(error).toMatch(/error: the run cannot be written to 'file\/run' \(ENOTDIR.*--out/);
    expect(code).toBe(1);
  });

  test('while it trains ends the run with what was saved before, and how to go on', async () => {
    await mkdir('runs', { recursive: true });
    // No file may be larger than so many blocks: as on a full disk, the checkpoint ends in the middle.
    const limited = `trap '' XFSZ; ulimit -f 100; exec "$0" "$@"`;
    const args = ['-c', limited, process.execPath, bin, ...train];
    const child = spawn('sh', [...args, '--epochs', '2', '--out', 'runs/full'], { cwd: folder });
    let error = '';
    child.stderr.on('data', (chunk) => (error += String(chunk)));
    const code = await new Promise((resolve) => void child.on('close', resolve));
    expect(error).toMatch(/error: .*EFBIG.*go on with: convnet resume runs\/full/);
    expect(error).not.toMatch(/\n\s+at /);
    expect(code).toBe(1);
    // Nothing half written is left, and with room the run goes on.
    expect(await readdir('runs/full/checkpoints')).toEqual([]);
    const resumed = await convnetHere(['resume', 'runs/full', ...device]);
    expect(resumed.code).toBe(0);
  });
});

test('a pipe that is closed early is no error', async () => {
  const command = `"$0" "$1" models --json | head -c 20`;
  const child = spawn('sh', ['-c', command, process.execPath, bin], { cwd: folder });
  let [out, error] = ['', ''];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => (error += String(chunk)));
  await new Promise((resolve) => void child.on('close', resolve));
  expect(out).toHaveLength(20);
  expect(error).toBe('');
});
