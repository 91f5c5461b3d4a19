import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { makeFolder } from '@convnet/weights/node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { requireOutFolder } from './out-place.ts';
import { convnet, writeRecordings } from './testing/command.ts';

let folder = '';
const device = ['--device', 'wasm', '--threads', '1'];
const train = ['train', '--data', 'recordings', '--epochs', '1', '--batch-size', '8'].concat([
  '--model',
  'resnet20',
  '--option',
  'width=8',
]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
  await writeRecordings(join(folder, 'recordings'), 10);
  await writeFile(join(folder, 'file'), 'no folder');
  await convnet(folder, [...train, ...device, '--out', 'runs/a']);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each([
  ['train', train],
  ['finetune', ['finetune', '--from', 'runs/a', '--data', 'recordings', '--epochs', '1']],
  ['features', ['features', 'runs/a']],
  ['explain', ['explain', 'runs/a', '--show', 'filters']],
  ['publish', ['publish', 'runs/a', '--name', 'gestures', '--licence', 'MIT']],
  ['eval', ['eval', 'runs/a']],
])('%s', (name, args) => {
  // Where a folder takes no other, as in /proc, Node's own way of making one would never end.
  const places = process.platform === 'linux' ? ['file/x', '/proc/x/y'] : ['file/x'];
  test.each(places)(
    'says in one line, before anything is read, that it cannot write to %s',
    async (place) => {
      const option = name === 'eval' ? '--confusion' : '--out';
      const on = name === 'publish' ? [] : device;
      const { code, error } = await convnet(folder, [...args, ...on, option, place]);
      expect(error).toMatch(
        new RegExp(`^error: .*cannot be written to '.*' \\(.*\\); see ${option}\\n$`),
      );
      expect(code).toBe(1);
    },
  );
});

test('commands that begin at a time do not take the place from each other', async () => {
  for (let round = 0; round < 20; round++) {
    const runs = join(folder, `together-${round}`);
    const begun = Array.from({ length: 8 }, async (_, i) => {
      const own = join(runs, String(i));
      await requireOutFolder('the run', own);
      await makeFolder(own);
    });
    await Promise.all(begun);
    expect(await readdir(runs)).toHaveLength(8);
  }
});

test('features wants a file, not a folder', async () => {
  const { code, error } = await convnet(folder, ['features', 'runs/a', '--out', 'recordings']);
  expect(error).toMatch(
    /^error: .*cannot be written to 'recordings' \(it is a folder\); see --out\n$/,
  );
  expect(code).toBe(1);
});

test('a command that fails later leaves no empty folder behind', async () => {
  const { code } = await convnet(folder, [...train, '--data', 'nowhere', '--out', 'new/run']);
  expect(code).toBe(1);
  expect(await readdir(folder)).not.toContain('new');
});

test('an option that the network does not have is refused before anything is read', async () => {
  const args = ['train', '--data', 'recordings', '--model', 'resnet20', '--option', 'widht=8'];
  const { code, error } = await convnet(folder, args);
  expect(error).toMatch(/^error: resnet20: there is no option 'widht' \(did you mean 'width'\?\)/);
  expect(code).toBe(1);
});
