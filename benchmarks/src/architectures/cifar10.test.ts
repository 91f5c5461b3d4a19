import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { BlockDataset } from '@convnet/data';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { png } from '../testing/png.ts';
import { cifar10 } from './cifar10.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cifar-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A picture of one colour for each of two classes, more of them than validate. */
async function writePictures(side = 32): Promise<void> {
  const red = png(side, side, [255, 0, 0]);
  const blue = png(side, side, [0, 0, 255]);
  for (const [part, count] of [
    ['train', 502],
    ['test', 3],
  ] as const) {
    for (const [name, bytes] of [
      ['fire', red],
      ['sea', blue],
    ] as const) {
      const home = join(folder, 'cifar10', part, name);
      await mkdir(home, { recursive: true });
      for (let i = 0; i < count; i++) {
        await writeFile(join(home, `${String(i).padStart(4, '0')}.png`), bytes);
      }
    }
  }
}

/** The first element of each channel of a sample, and its label. */
function sampleOf(dataset: BlockDataset, index: number) {
  const input = new Float32Array(3 * 32 * 32);
  const labels = new Int32Array(1);
  dataset.fill(Int32Array.of(index), input, labels);
  return { channels: [0, 1, 2].map((c) => input[c * 1024]!), label: labels[0] };
}

test('folders of pictures: the last 500 of each class validate, colours are normalised', async () => {
  await writePictures();
  const { train, validation, test: tested, digest } = await cifar10(folder);
  expect([train, validation, tested].map(({ length }) => length)).toEqual([4, 1000, 6]);
  expect(train.classes).toEqual(['fire', 'sea']);
  expect(train.inputShape).toEqual([3, 32, 32]);
  const { channels, label } = sampleOf(tested, 5);
  expect(label).toBe(1);
  const expected = [-0.4914 / 0.247, -0.4822 / 0.2435, (1 - 0.4465) / 0.2616];
  for (const [c, value] of expected.entries()) expect(channels[c]).toBeCloseTo(value, 5);
  await writeFile(join(folder, 'cifar10/test/sea/0000.png'), png(32, 32, [0, 0, 254]));
  expect((await cifar10(folder)).digest).not.toBe(digest);
});

test('the published binary files are as good', async () => {
  const home = join(folder, 'cifar-10-batches-bin');
  await mkdir(home);
  await writeFile(join(home, 'batches.meta.txt'), 'fire\nsea\n');
  // 202 pictures a file, whose classes take turns.
  const batch = new Uint8Array(202 * 3073);
  for (let i = 0; i < 202; i++) batch.fill(i % 2, i * 3073, (i + 1) * 3073);
  for (const name of [1, 2, 3, 4, 5].map((i) => `data_batch_${i}.bin`).concat('test_batch.bin')) {
    await writeFile(join(home, name), batch);
  }
  const { train, validation, test: tested } = await cifar10(folder);
  expect([train, validation, tested].map(({ length }) => length)).toEqual([10, 1000, 202]);
});

test('where it is absent, the error says what was expected; what is of another size is told', async () => {
  await expect(cifar10(folder)).rejects.toMatchObject({
    name: 'DatasetAbsentError',
    message: expect.stringMatching(/cifar10 with train and test.*kriz\/cifar.*--data/) as unknown,
  });
  await writePictures(16);
  await expect(cifar10(folder)).rejects.toThrow(/pictures of 32x32, got 16x16: .*0000\.png/);
});
