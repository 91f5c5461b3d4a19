import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import sharp from 'sharp';

import { convnet, convnetHere, writeRecordings } from './testing/command.ts';

let folder = '';
const home = process.cwd();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
  process.chdir(folder);
  await writeRecordings(join(folder, 'recordings'));
  await writeRecordings(join(folder, 'damaged'));
  await writeFile(join(folder, 'damaged/high/7.csv'), Uint8Array.of(1, 0, 2, 0, 3));
  await writeRecordings(join(folder, 'gaps'));
  await writeFile(join(folder, 'gaps/low/2.csv'), `x\n${'1\n'.repeat(30)}nan\n${'2\n'.repeat(33)}`);
  await mkdir(join(folder, 'empty'));
  await mkdir(join(folder, 'one/only'), { recursive: true });
  await writeFile(join(folder, 'one/only/a.csv'), 'x\n1\n2\n');
  await mkdir(join(folder, 'texts/a'), { recursive: true });
  await writeFile(join(folder, 'texts/a/a.md'), 'words');
  const kernel = { name: 'conv/kernel', shape: [1], dtype: 'float32' };
  const manifest = [{ paths: ['weights.bin'], weights: [kernel] }];
  await writeFile(join(folder, 'model.json'), JSON.stringify({ weightsManifest: manifest }));
  await writeFile(join(folder, 'weights.bin'), new Uint8Array(4));
});
afterAll(() => {
  process.chdir(home);
  return rm(folder, { recursive: true, force: true });
});

describe('is said in one line, with an exit code', () => {
  const train = (...args: readonly string[]): readonly string[] =>
    ['train', '--device', 'wasm', '--threads', '1', '--option', 'width=8'].concat(args);
  const cases: readonly (readonly [string, readonly string[], number, string])[] = [
    ['a missing folder', train('--data', 'nowhere'), 1, "there is no folder 'nowhere'"],
    ['an empty folder', train('--data', 'empty'), 1, "'empty' has neither pictures"],
    [
      'a file of another kind',
      train('--data', 'texts/a/a.md'),
      1,
      'expected a folder, a file with',
    ],
    ['one class', train('--data', 'one'), 1, "found only 'only'"],
    ['files of another kind', train('--data', 'texts'), 1, 'has neither pictures'],
    ['signals as pictures', train('--data', 'recordings', '--dims', '2'), 1, '--dims 1'],
    ['a damaged file', train('--data', 'damaged'), 1, 'high/7.csv: expected a WAV file'],
    ['missing values', train('--data', 'gaps'), 1, 'low/2.csv'],
    ['what fills them', train('--data', 'gaps'), 1, 'the first at 30; --missing interpolate fills'],
    ['no data', train(), 2, 'expected --data <path>'],
    ['a missing file', train('--data', 'none.csv'), 1, "there is no file 'none.csv'"],
    ['two data', train('--data', 'recordings', '--set', 'mnist'), 2, 'got both'],
    ['an unknown set', train('--set', 'mnits'), 2, "did you mean 'mnist'?"],
    ['an unknown model', train('--model', 'resnet81'), 2, "'convnet models' lists them"],
    ['an unknown option', train('--epoch', '3'), 2, '--epochs'],
    ['a value that is none', train('--epochs', 'many'), 2, 'Expected a whole number from 1.'],
    ['an unknown command', ['trian'], 2, 'train'],
    ['no run', ['eval', 'recordings'], 1, 'expected the folder of a trained network'],
    ['no run to go on with', ['resume', 'recordings'], 1, 'expected the folder of a run'],
    ['unknown weights', ['finetune', '--model', 'resnet18', '--weights', 'IMAGENET1K_V3'], 2, 'V1'],
    [
      'weights of Keras for a network that Keras lacks',
      ['finetune', '--model', 'resnet18', '--weights', 'model.json'],
      1,
      'Keras has no network that computes what resnet18 does; its weights begin vgg16,',
    ],
    ['no weights', ['finetune', '--model', 'resnet50', '--weights', 'w.pth'], 1, 'w.pth'],
    [
      'an option that the builder does not have',
      train('--data', 'recordings', '--model', 'alexnet', '--option', '{}=1'),
      1,
      'alexnet',
    ],
  ];
  test.each(cases)('%s', async (_, args, code, message) => {
    const ended = await convnetHere(args);
    expect(ended.error).toContain(message);
    expect(ended.error).not.toMatch(/\n\s+at /);
    expect(ended.code).toBe(code);
    expect(ended.out).toBe('');
  });
});

test.each([
  [['train', '--data', 'damaged', '--out', ''], "--out: expected a value, got ''"],
  [['train', '--data', ''], "--data: expected a value, got ''"],
  [['resume', ''], "run: expected a value, got ''"],
  [['predict', 'runs/a', ''], "files: expected a value, got ''"],
  [['train', '--config', 'empty.json'], "empty.json: expected a value of 'out', got ''"],
])('%j is refused: a variable of the shell that is not set', async (args, message) => {
  await writeFile(join(folder, 'empty.json'), '{"out": ""}');
  const { code, error } = await convnetHere(args);
  expect(error).toBe(`error: ${message}\n`);
  expect(code).toBe(2);
});

test('--config takes a file with a mark of the encoding in front, as Notepad writes it', async () => {
  await writeFile(join(folder, 'marked.json'), '\ufeff{"epoch": 1}');
  const { code, error } = await convnetHere(['train', '--config', 'marked.json']);
  expect(error).toContain("did you mean 'epochs'?");
  expect(code).toBe(2);
});

test('--verbose shows where an error comes from', async () => {
  const { code, error } = await convnet(folder, ['train', '--data', 'nowhere', '--verbose']);
  expect(error).toMatch(/CliError: there is no folder 'nowhere'\n\s+at /);
  expect(code).toBe(1);
});

test('--on-error skip leaves damaged files out, counts and names them', async () => {
  const { code, error } = await convnet(folder, [
    'train',
    '--data',
    'damaged',
    '--on-error',
    'skip',
    '--epochs',
    '1',
    '--out',
    'runs/skip',
    '--device',
    'wasm',
    '--threads',
    '1',
    '--option',
    'width=8',
  ]);
  expect(error).toContain('left out 1 file that cannot be read');
  expect(error).toContain('high/7.csv');
  expect(code).toBe(0);
  // The folder is taken.
  const again = await convnet(folder, ['train', '--data', 'damaged', '--out', 'runs/skip']);
  expect(again.error).toContain("'convnet resume runs/skip'");
  expect(again.code).toBe(1);
});

test('a picture that is cut short is named once, in one line, whether it stops the command or is left out', async () => {
  const red = { create: { width: 16, height: 16, channels: 3, background: '#a00' } } as const;
  const jpeg = await sharp(red).jpeg().toBuffer();
  for (const name of ['a', 'b']) {
    await mkdir(join(folder, 'photos', name), { recursive: true });
    for (let i = 0; i < 5; i++) await writeFile(join(folder, 'photos', name, `${i}.jpg`), jpeg);
  }
  await writeFile(join(folder, 'photos/b/2.jpg'), jpeg.subarray(0, 200));
  const args = ['--data', 'photos', '--epochs', '1', '--option', 'width=4', '--device', 'wasm'];
  const run = (...more: readonly string[]) =>
    convnetHere(['train', ...args, '--threads', '1', '--test-share', '0.4', ...more]);
  const stopped = await run('--out', 'runs/p1');
  expect(stopped.code).toBe(1);
  expect(stopped.error).toMatch(/; --on-error skip leaves such files out\n$/);
  const skipped = await run('--out', 'runs/p2', '--on-error', 'skip');
  expect(skipped.code).toBe(0);
  expect(skipped.error).toContain('left out 1 sample that cannot be read:\n');
  for (const { error } of [stopped, skipped]) {
    const line = error.split('\n').findLast((text) => text.includes('b/2.jpg'))!;
    expect(line).toMatch(/sample \d \(b\/2\.jpg\): cannot be decoded \(200 bytes, JPEG by its/);
    expect(line.split('b/2.jpg')).toHaveLength(2);
    expect(line.split('premature end').length).toBeLessThan(3);
    expect(error).not.toMatch(/^VipsJpeg/m);
    expect(error).not.toContain('Unknown error');
  }
});
