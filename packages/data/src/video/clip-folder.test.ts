import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { ArgumentError } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { randomSplit } from '../dataset/split.ts';
import { ClipError, FileError } from '../errors.ts';
import { DataLoader } from '../loader/data-loader.ts';
import { RandomStream } from '../random/random-stream.ts';
import { randomFor } from '../random/streams.ts';
import { clipFolder } from './clip-folder.ts';

let folder: string;

/** Writes a frame whose red tells its number. */
async function writeFrame(path: string, red: number, width = 5, height = 4): Promise<void> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  const background = { r: red, g: 0, b: 0 };
  const picture = sharp({ create: { width, height, channels: 3, background } });
  await writeFile(file, await picture.png().toBuffer());
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-clips-'));
  // Names without leading zeros: frame_10 comes after frame_9.
  for (let i = 1; i <= 12; i++) {
    await writeFrame(`good/jump/one/frame_${i}.png`, i);
    await writeFrame(`good/run/two/frame_${i}.png`, 100 + i);
    if (i <= 6) await writeFrame(`good/run/three/frame_${i}.png`, 200 + i);
    await writeFrame(`sizes/jump/one/frame_${i}.png`, i, i === 7 ? 6 : 5);
    await writeFrame(`sizes/run/two/frame_${i}.png`, i);
  }
  await writeFrame('flat/jump/frame_1.png', 1);
  await writeFrame('flat/run/frame_1.png', 1);
});

afterAll(() => rm(folder, { recursive: true }));

/** The numbers of a clip's frames, from a tensor [3, frames, 4, 5]. */
function reds(data: Float32Array, frames: number): number[] {
  return Array.from({ length: frames }, (_, t) => Math.round(data[t * 20]! * 255));
}

describe('clipFolder', () => {
  test('reads the frames of a clip in the order of their numbers', async () => {
    const set = await clipFolder(join(folder, 'good'), { frames: 4, stride: 3, short: 'skip' });
    expect(set.classes).toEqual(['jump', 'run']);
    expect([...set.labels]).toEqual([0, 1]);
    expect(set.groups).toEqual(['jump/one', 'run/two']);
    const [input, label] = await set.get(1);
    expect(input.shape).toEqual([3, 4, 4, 5]);
    expect(label).toBe(1);
    expect(reds(input.data, 4)).toEqual([102, 105, 108, 111]);
  });

  test('several clips of a video are spread over it, and stay together', async () => {
    const set = await clipFolder(join(folder, 'good'), { frames: 2, clips: 3 });
    expect(set.length).toBe(9);
    const starts = await Promise.all(
      [0, 1, 2].map(async (i) => reds((await set.get(i))[0].data, 2)),
    );
    expect(starts).toEqual([
      [1, 2],
      [6, 7],
      [11, 12],
    ]);
    expect(set.nameOf(3)).toBe('run/three');
    const [train, test] = randomSplit(set, [2 / 3, 1 / 3], { groups: set.groups, seed: 1 });
    expect(Math.min(train!.length, test!.length)).toBe(3);
    expect(train!.length + test!.length).toBe(9);
  });

  test('random starts differ from epoch to epoch', async () => {
    const set = await clipFolder(join(folder, 'good'), { frames: 2, start: 'random' });
    const seen = new Set<number>();
    for (let i = 0; i < 30; i++) {
      const [{ data }] = await set.get(0, randomFor(i));
      const [first, second] = reds(data, 2);
      expect(second).toBe(first! + 1);
      seen.add(first!);
    }
    expect(seen.size).toBeGreaterThan(5);
    expect((await set.get(0))[0]).toEqual((await set.get(0))[0]);
    expect(randomFor(0)).toBeInstanceOf(RandomStream);
  });

  test('a loader makes batches [N, 3, frames, height, width]', async () => {
    const set = await clipFolder(join(folder, 'good'), { frames: 4 });
    const device = reference();
    for await (const [inputs, labels] of new DataLoader(set, { batchSize: 3, device })) {
      expect(inputs.shape).toEqual([3, 3, 4, 4, 5]);
      expect(labels.shape).toEqual([3]);
    }
  });

  test('names the first video that is too short, and how many there are', async () => {
    const reading = clipFolder(join(folder, 'good'), { frames: 4, stride: 3 });
    await expect(reading).rejects.toThrow(ClipError);
    await expect(reading).rejects.toThrow(
      /good\/run\/three: expected at least 10 frames, for clips of 4 with stride 3, found 6; 1 of 3 videos/,
    );
    const none = clipFolder(join(folder, 'good'), { frames: 40, short: 'skip' });
    await expect(none).rejects.toThrow('every video is too short for a clip');
  });

  test('names frames of different sizes', async () => {
    const set = await clipFolder(join(folder, 'sizes'), { frames: 12 });
    await expect(set.get(0)).rejects.toThrow(ClipError);
    await expect(set.get(0)).rejects.toThrow(
      'jump/one: expected frames of one size, got 5x4 in jump/one/frame_1.png and 6x4 in jump/one/frame_7.png',
    );
  });

  test('wants a folder for each video', async () => {
    const reading = clipFolder(join(folder, 'flat'), { frames: 1 });
    await expect(reading).rejects.toThrow(FileError);
    await expect(reading).rejects.toThrow('expected a folder for each video, such as jump/video/');
  });

  test('refuses unknown options', async () => {
    const reading = clipFolder(folder, { frame: 3 } as never);
    await expect(reading).rejects.toThrow(ArgumentError);
    await expect(reading).rejects.toThrow("did you mean 'frames'?");
  });
});
