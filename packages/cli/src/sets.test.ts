import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { encodeNpy } from '@convnet/weights';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { convnetHere } from './testing/command.ts';

let folder = '';
const home = process.cwd();
const device = ['--device', 'wasm', '--threads', '1'];

/** A file of IDX: bytes of a shape. */
function idx(shape: readonly number[], byte: (i: number) => number): Uint8Array {
  const head = new DataView(new ArrayBuffer(4 + 4 * shape.length));
  head.setUint32(0, 0x0800 + shape.length);
  shape.forEach((extent, i) => head.setUint32(4 + 4 * i, extent));
  const size = shape.reduce((product, extent) => product * extent, 1);
  return new Uint8Array([
    ...new Uint8Array(head.buffer),
    ...Uint8Array.from({ length: size }, (_, i) => byte(i)),
  ]);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
  process.chdir(folder);
  await mkdir('idx');
  // Pictures as bright as their class.
  for (const [part, count] of [
    ['train', 60],
    ['t10k', 20],
  ] as const) {
    const pixels = idx([count, 28, 28], (i) => 25 * (Math.floor(i / 784) % 10));
    await writeFile(`idx/${part}-images-idx3-ubyte`, pixels);
    await writeFile(
      `idx/${part}-labels-idx1-ubyte`,
      idx([count], (i) => i % 10),
    );
  }
  await mkdir('ucr/Waves', { recursive: true });
  const rows = (count: number): string =>
    Array.from({ length: count }, (_, i) =>
      [1 + (i % 2), ...Array.from({ length: 32 }, (__, t) => Math.sin((0.3 + (i % 2)) * t))].join(
        '\t',
      ),
    ).join('\n');
  await writeFile('ucr/Waves/Waves_TRAIN.tsv', rows(24));
  await writeFile('ucr/Waves/Waves_TEST.tsv', rows(8));
  for (const name of ['one', 'two']) {
    await mkdir(`words/${name}`, { recursive: true });
    for (let i = 0; i < 12; i++) {
      const length = { one: 30, two: 40 }[name]!;
      const data = Float32Array.from({ length }, (_, t) =>
        Math.sin(t * (name === 'one' ? 0.2 : 1)),
      );
      const array = { dtype: 'float32', shape: [length], data } as const;
      await writeFile(`words/${name}/s${i % 4}_${i}.npy`, await encodeNpy(array));
    }
  }
});
afterAll(() => {
  process.chdir(home);
  return rm(folder, { recursive: true, force: true });
});

async function ran(...args: readonly string[]): Promise<{ out: string; error: string }> {
  const ended = await convnetHere([...args, ...device]);
  expect(ended.error).not.toContain('error:');
  expect(ended.code).toBe(0);
  return ended;
}

test('a set of pictures by name, from a folder', async () => {
  const set = ['--set', 'fashion-mnist', '--folder', 'idx'];
  const { error } = await ran(
    'train',
    ...set,
    '--model',
    'lenet5_relu',
    '--epochs',
    '1',
    '--out',
    'runs/a',
  );
  expect(error).toContain(
    '60 samples to train with, 20 to test with, of 10 classes; input [1, 28, 28]',
  );
  const { out } = await ran('eval', 'runs/a', '--json');
  expect(JSON.parse(out)).toMatchObject({ samples: 20 });
  const { code, error: refused } = await convnetHere(['predict', 'runs/a', 'idx', ...device]);
  expect(refused).toContain('whose samples are no files');
  expect(code).toBe(1);
});

test('a problem of the UCR archive by name', async () => {
  const set = ['--set', 'ucr/Waves', '--folder', 'ucr'];
  const small = ['--model', 'resnet20', '--option', 'width=4', '--batch-size', '8', '--no-augment'];
  const { error } = await ran('train', ...set, ...small, '--epochs', '6', '--out', 'runs/ucr');
  expect(error).toContain('24 samples to train with, 8 to test with, of 2 classes; input [1, 32]');
  const { out } = await ran('eval', 'runs/ucr', '--json');
  expect((JSON.parse(out) as { accuracy: number }).accuracy).toBe(1);
  const { code, error: asked } = await convnetHere(['train', '--set', 'ucr/Waves', ...device]);
  expect(asked).toContain("'Waves'");
  expect(asked).toContain('problems that are downloaded by name');
  expect(code).toBe(1);
});

test('arrays of NumPy are recordings; groups of a pattern are kept together; weights of a file begin', async () => {
  const small = ['--model', 'resnet20', '--option', 'width=4', '--batch-size', '8', '--seed', '2'];
  const words = ['--data', 'words', '--group', '/(s\\d)_', '--test-share', '0.25', '--epochs', '2'];
  const { error } = await ran('train', ...words, ...small, '--out', 'runs/words');
  expect(error).toContain('18 samples to train with, 6 to test with');
  expect(error).toContain('recordings have 30 to 40 samples');
  const file = 'runs/words/model.safetensors';
  await ran(
    'finetune',
    ...words,
    ...small,
    '--weights',
    file,
    '--learn',
    'head',
    '--out',
    'runs/tuned',
  );
  const config = JSON.parse(await readFile('runs/tuned/config.json', 'utf8')) as object;
  expect(config).toMatchObject({ start: { weights: file, learn: 'head' } });
  const { code, error: none } = await convnetHere([
    'train',
    '--data',
    'words',
    '--group',
    '(x',
    ...device,
  ]);
  expect(none).toContain("--group: '(x' is no regular expression");
  expect(code).toBe(2);
});
