import { ArgumentError } from '@convnet/tensor-core';
import { expect, test } from 'vitest';

import { ClipError } from '../errors.ts';
import { image, type Image } from '../image/image.ts';
import { randomCrop } from '../image/transforms.ts';
import { randomFor } from '../random/streams.ts';
import { clip } from './clip.ts';
import { clipToTensor, everyFrame } from './transforms.ts';

/** A frame whose pixels tell frame, row and column. */
const frame = (t: number, width = 4, height = 3): Image =>
  image(
    Uint8Array.from({ length: width * height * 3 }, (_, i) => 100 * t + Math.floor(i / 3)),
    width,
    height,
  );

test('a clip becomes [3, frames, height, width]', () => {
  const { data, shape } = clipToTensor()([frame(0), frame(1)], randomFor(0));
  expect(shape).toEqual([3, 2, 3, 4]);
  for (let colour = 0; colour < 3; colour++) {
    for (let t = 0; t < 2; t++) {
      for (let i = 0; i < 12; i++) {
        expect(data[(colour * 2 + t) * 12 + i]).toBeCloseTo((100 * t + i) / 255, 6);
      }
    }
  }
});

test('each colour has its mean and deviation', () => {
  const normalised = clipToTensor({ mean: [0, 0.5, 0], std: [1, 0.5, 1] });
  const { data } = normalised([frame(0), frame(1)], randomFor(0));
  expect(data[0]).toBe(0);
  expect(data[24]).toBe(-1);
});

test('every frame is cut at the same place', () => {
  const random = randomFor(1);
  const places = new Set<number>();
  for (let i = 0; i < 20; i++) {
    const [first, second] = everyFrame(randomCrop(2))([frame(0), frame(1)], random);
    expect([...second!.data]).toEqual(Array.from(first!.data, (value) => value + 100));
    places.add(first!.data[0]!);
  }
  expect(places.size).toBeGreaterThan(3);
});

test('frames of different sizes are named', () => {
  const frames = [frame(0), frame(1), frame(2, 3, 4)];
  expect(() => clip(frames, 'run/one', (i) => `frame_${i}.jpg`)).toThrow(ClipError);
  expect(() => clip(frames, 'run/one', (i) => `frame_${i}.jpg`)).toThrow(
    'run/one: expected frames of one size, got 4x3 in frame_0.jpg and 3x4 in frame_2.jpg',
  );
  expect(() => clipToTensor()(frames, randomFor(0))).toThrow(
    'got 4x3 in frame 0 and 3x4 in frame 2',
  );
  expect(() => clip([])).toThrow('clip: expected frames, found none');
});

test('what is no transform', () => {
  expect(() => everyFrame('resize' as never)).toThrow(ArgumentError);
});
