import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { RunConfig } from './run/config.ts';
import { convnetHere, writeRecordings, type Ended } from './testing/command.ts';

let folder = '';
const home = process.cwd();
const device = ['--device', 'wasm', '--threads', '1'];
const small = ['--model', 'resnet20', '--option', 'width=8', '--batch-size', '8'];
const train = [
  'train',
  '--data',
  'recordings',
  '--epochs',
  '1',
  '--out',
  'runs/a',
  ...small,
].concat(['--test-share', '0.3']);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
  process.chdir(folder);
  await writeRecordings('recordings', 10);
  await convnetHere([...train, ...device]);
});
afterAll(() => {
  process.chdir(home);
  return rm(folder, { recursive: true, force: true });
});

test('an option that the data do not have is refused before anything is read', async () => {
  const before = await readFile('runs/a/config.json', 'utf8');
  await writeFile('runs/a/config.json', before.replace('testShare', 'tstShare'));
  const { code, error } = await convnetHere(['resume', 'runs/a', ...device]);
  await writeFile('runs/a/config.json', before);
  expect(error).toBe(
    "error: runs/a/config.json: there is no option 'tstShare' of data (did you mean 'testShare'?)\n",
  );
  expect(code).toBe(1);
});

describe('an option of another version', () => {
  /** Resumes the run as if it had been begun by a version with an option `sharpen`. */
  async function resumed(begun: object | undefined): Promise<Ended> {
    const before = await readFile('runs/a/config.json', 'utf8');
    const config = JSON.parse(before) as RunConfig;
    const changed = { ...config, data: { ...config.data, sharpen: true }, begun };
    await writeFile('runs/a/config.json', JSON.stringify(changed));
    try {
      return await convnetHere(['resume', 'runs/a', ...device]);
    } finally {
      await writeFile('runs/a/config.json', before);
    }
  }

  test('that nobody had chosen is passed over, and told of', async () => {
    const { code, error } = await resumed({ by: '0.0.9', chosen: ['data'] });
    expect(error).toMatch(
      /^runs\/a\/config\.json: 'sharpen' of data is no option of convnet \S+; nobody had chosen its true, and the run goes on without it\n/,
    );
    expect(code).toBe(0);
  });

  test.each([
    [{ by: '0.0.9', chosen: ['sharpen'] }, 'convnet 0.0.9, which began the run with true'],
    [undefined, 'the version that began the run'],
  ])('that was chosen is named, with what to do: %j', async (begun, other) => {
    const { code, error } = await resumed(begun);
    expect(error).toMatch(
      new RegExp(
        `^error: runs/a/config\\.json: there is no option 'sharpen' of data in convnet \\S+: go on with ${other}, or take ` +
          `'sharpen' out of the file to go on without it\\n$`,
      ),
    );
    expect(code).toBe(1);
  });

  test('is told from those that were not by what a run notes when it begins', async () => {
    const { data, begun } = JSON.parse(await readFile('runs/a/config.json', 'utf8')) as RunConfig;
    expect(begun!.chosen).toEqual(['data', 'testShare']);
    expect(Object.keys(data)).toEqual(expect.arrayContaining(['missing', 'augment', 'seed']));
    expect(begun!.by).toMatch(/^\d+\.\d+\.\d+/);
  });
});

test('a finished network without checkpoints is not trained anew in silence', async () => {
  await rm('runs/a/checkpoints', { recursive: true });
  const before = await readFile('runs/a/model.safetensors');
  const { code, error } = await convnetHere(['resume', 'runs/a', ...device]);
  expect(error).toMatch(/^error: 'runs\/a' has a trained network but no checkpoint.*--out.*\n$/);
  expect(code).toBe(1);
  expect(await readFile('runs/a/model.safetensors')).toEqual(before);
});

test('checkpoints that are no folder are told', async () => {
  await writeFile('runs/a/checkpoints', '');
  const { code, error } = await convnetHere(['resume', 'runs/a', ...device]);
  await rm('runs/a/checkpoints');
  expect(error).toMatch(
    /^error: the checkpoints of 'runs\/a' cannot be read \(ENOTDIR\b.*\): expected the folder runs\/a\/checkpoints\n$/,
  );
  expect(code).toBe(1);
});

test('a run that ended before its first checkpoint says that it begins anew', async () => {
  await rm('runs/a/model.json');
  await rm('runs/a/model.safetensors');
  const { code, error } = await convnetHere(['resume', 'runs/a', ...device]);
  expect(error).toContain("'runs/a' has no checkpoint yet: the run begins from its first step\n");
  expect(code).toBe(0);
});
