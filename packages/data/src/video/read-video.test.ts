import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ArgumentError } from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ClipError, MissingProgramError } from '../errors.ts';
import { countFrames, readVideo } from './read-video.ts';
import { videoFolder } from './video-folder.ts';

function hasFfmpeg(): boolean {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const isThere = hasFfmpeg();
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-videos-'));
  for (const name of ['jump', 'run']) await mkdir(join(folder, 'set', name), { recursive: true });
  await writeFile(join(folder, 'text.mp4'), 'no video');
  if (!isThere) return;
  // Frames of one grey each, 8 brighter than the one before; with a rate that players would fill up.
  const grey = "geq=lum='16+8*N':cb=128:cr=128";
  for (const [file, frames] of [
    ['set/jump/one.mkv', 20],
    ['set/run/two.mkv', 20],
    ['set/run/short.mkv', 5],
  ] as const) {
    const source = ['-f', 'lavfi', '-i', `color=black:size=32x16:rate=10,${grey}`];
    const output = ['-frames:v', String(frames), '-c:v', 'ffv1', '-pix_fmt', 'yuv420p'];
    const quiet = ['-nostdin', '-v', 'error', '-y'];
    execFileSync('ffmpeg', [...quiet, ...source, ...output, join(folder, file)]);
  }
});

afterAll(() => rm(folder, { recursive: true }));

/** Numbers of frames, by their brightness: luminance 16 to 235 is 0 to 255. */
const numbers = (frames: readonly { readonly data: Uint8Array }[]): number[] =>
  frames.map(({ data }) => Math.round(((data[0]! / 255) * 219) / 8));

const outcome = isThere ? '' : ' (not run: ffmpeg is not on the path)';

describe.skipIf(!isThere)(`videos by ffmpeg${outcome}`, () => {
  test('frames are counted, and those asked for are read', async () => {
    const file = join(folder, 'set/jump/one.mkv');
    expect(await countFrames(file)).toBe(20);
    const all = await readVideo(file);
    expect(numbers(all)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(all[0]).toMatchObject({ width: 32, height: 16 });
    const some = await readVideo(file, { first: 3, frames: 4, stride: 5 });
    expect(numbers(some)).toEqual([3, 8, 13, 18]);
  });

  test('a video that ends before the last frame', async () => {
    const reading = readVideo(join(folder, 'set/jump/one.mkv'), {
      first: 10,
      frames: 6,
      stride: 2,
    });
    await expect(reading).rejects.toThrow(ClipError);
    await expect(reading).rejects.toThrow(
      'expected 6 frames from frame 10 on with stride 2, found 5',
    );
  });

  test('what is no video, and no file', async () => {
    for (const name of ['text.mp4', 'absent.mp4']) {
      for (const read of [readVideo, countFrames]) {
        const reading = read(join(folder, name));
        await expect(reading).rejects.toThrow(ClipError);
        await expect(reading).rejects.toThrow(`${name}: ffmpeg cannot read it (`);
      }
    }
  });

  test('folders of videos', async () => {
    const set = await videoFolder(join(folder, 'set'), { frames: 4, stride: 2 });
    expect(set.classes).toEqual(['jump', 'run']);
    expect(set.groups).toEqual(['jump/one.mkv', 'run/short.mkv', 'run/two.mkv']);
    const [input, label] = await set.get(2);
    expect(label).toBe(1);
    expect(input.shape).toEqual([3, 4, 16, 32]);
    await expect(set.get(1)).rejects.toThrow(
      'run/short.mkv: expected at least 7 frames, for a clip of 4, 2 apart, found 5',
    );
  });
});

test('without ffmpeg on the path, that is said', async () => {
  const before = process.env['PATH'];
  process.env['PATH'] = folder;
  try {
    for (const read of [readVideo, countFrames]) {
      const reading = read('a.mp4');
      await expect(reading).rejects.toThrow(MissingProgramError);
      await expect(reading).rejects.toThrow(
        'reading the video a.mp4 needs the program ffmpeg, which is not on the path',
      );
    }
  } finally {
    process.env['PATH'] = before;
  }
});

test('bad options', async () => {
  await expect(readVideo('a.mp4', { first: -1 })).rejects.toThrow(ArgumentError);
  await expect(readVideo('a.mp4', { frame: 1 } as never)).rejects.toThrow("did you mean 'frames'?");
  await expect(videoFolder(['a.mp4'] as never)).rejects.toThrow(ArgumentError);
  await expect(videoFolder(folder, { short: 'skip' } as never)).rejects.toThrow(ArgumentError);
});
