import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { Interruption } from './interruption.ts';
import { convnet, convnetHere, writeRecordings, type Ended } from './testing/command.ts';

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
  test('end a command at once, with what it leaves', async () => {
    const listeners = process.listenerCount('SIGTERM');
    const stop = new Interruption({ write: () => undefined });
    process.emit('SIGINT');
    await expect(stop.ended).rejects.toMatchObject({
      message: 'interrupted; no result was written',
      exitCode: 130,
    });
    stop.release();
    expect(process.listenerCount('SIGTERM')).toBe(listeners);
  });

  const ending = { asked: () => 'saved.', atOnce: 'not saved.', finished: 'finished.' };

  test('ask for an end while it can be saved; the second does not wait', async () => {
    let said = '';
    const stop = new Interruption({ write: (text) => (said += text) });
    const working = stop.saving(ending, async (signal) => {
      process.emit('SIGINT');
      expect(signal.aborted).toBe(true);
      await Promise.resolve();
      throw signal.reason;
    });
    await expect(working).rejects.toMatchObject({ message: 'interrupted; saved.', exitCode: 130 });
    expect(said).toBe('finishes the step, saves and ends (again: ends at once)\n');
    const slow = stop.saving(ending, () => new Promise(() => undefined));
    process.emit('SIGINT');
    process.emit('SIGTERM', 'SIGTERM');
    await expect(Promise.race([slow, stop.ended])).rejects.toMatchObject({
      message: 'interrupted; not saved.',
      exitCode: 143,
    });
    stop.release();
  });

  test('end a command that came to the end of what is saved, too', async () => {
    const stop = new Interruption({ write: () => undefined });
    const working = stop.saving(ending, () => Promise.resolve(process.emit('SIGINT')));
    await expect(working).rejects.toMatchObject({ message: 'interrupted; finished.' });
    expect(await stop.saving(ending, () => Promise.resolve(3))).toBe(3);
    process.emit('SIGINT');
    await expect(stop.ended).rejects.toMatchObject({ message: 'interrupted; finished.' });
    await expect(stop.saving(ending, () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    stop.release();
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

describe('Ctrl-C', () => {
  /** Runs a command, and interrupts it once its news have a text. */
  async function interrupted(args: readonly string[], text: string): Promise<Ended> {
    let isSent = false;
    return convnet(folder, [...args, ...device], (said, interrupt) => {
      if (isSent || !said.includes(text)) return;
      isSent = true;
      interrupt();
    });
  }

  beforeAll(async () => {
    await convnetHere([...train, '--epochs', '1', '--out', 'runs/a']);
    await writeRecordings(join(folder, 'many'), 400);
  });

  test.each([
    ['eval runs/a --data many', 'device: ', 'no result was written'],
    ['predict runs/a many', 'device: ', 'no result was written'],
    ['features runs/a --data many --out x.npz', 'device: ', 'nothing was written to x.npz'],
    ['explain runs/a --data many --out none --show saliency', 'device: ', 'no picture was written'],
    [
      'explain runs/a --data many --out some --show filters,saliency',
      'to test with',
      'written: some/filters.svg',
    ],
  ])('ends %s, and says what it leaves', async (command, text, words) => {
    const { code, out, error } = await interrupted(command.split(' '), text);
    expect(error).toMatch(new RegExp(`\\ninterrupted; ${words}\\n$`));
    expect(code).toBe(130);
    expect(out).toBe(command.includes('filters') ? 'some/filters.svg\n' : '');
    const left = await readdir(folder);
    expect(left.filter((name) => name.startsWith('.') || name === 'x.npz')).toEqual([]);
  });

  test('while features are computed, before the first step of a head: nothing is said to be saved', async () => {
    const args = ['finetune', '--data', 'many', '--from', 'runs/a', '--learn', 'head'];
    const { code, error } = await interrupted(
      [...args, '--epochs', '1', '--out', 'runs/head'],
      'computing features of 800 samples',
    );
    expect(error).toMatch(
      /\ninterrupted; no step was taken\. Go on with: convnet resume runs\/head\n$/,
    );
    expect(code).toBe(130);
  });

  test('ends the test behind a training, and resume makes up for it', async () => {
    const args = ['train', '--data', 'many', '--test-share', '0.9', '--model', 'resnet20'].concat([
      '--epochs',
      '1',
      '--out',
      'runs/tested',
    ]);
    const { code, error, out } = await interrupted(args, 'epoch 1/1  ');
    expect(error).toMatch(
      /\ninterrupted; the training is finished and saved, but the network is not tested and written yet. Go on with: convnet resume runs\/tested\n$/,
    );
    expect([code, out]).toEqual([130, '']);
    expect(await readdir('runs/tested')).not.toContain('model.safetensors');
    const resumed = await convnetHere(['resume', 'runs/tested', ...device]);
    expect(resumed.out).toMatch(/^runs\/tested: accuracy /);
    expect(resumed.code).toBe(0);
  });

  test('before a run has begun leaves none behind', async () => {
    const args = [...train, '--data', 'many', '--out', 'runs/early'];
    const { code, error } = await interrupted(args, 'device: ');
    expect(error).toMatch(/\ninterrupted; no result was written\n$/);
    expect(code).toBe(130);
    expect(await readdir('runs')).not.toContain('early');
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
