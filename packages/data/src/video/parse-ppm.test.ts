import { expect, test } from 'vitest';

import { ClipError } from '../errors.ts';
import { parsePpm } from './parse-ppm.ts';

const head = (text: string): number[] => [...new TextEncoder().encode(text)];
const pixels = [1, 2, 3, 80, 54, 10];
const picture = [...head('P6\n2 1\n255\n'), ...pixels];

test('pictures one after another, whatever their pixels look like', () => {
  const found = parsePpm(Uint8Array.from([...picture, ...picture]), 'a.mp4');
  expect(found).toEqual([
    { width: 2, height: 1, data: Uint8Array.from(pixels) },
    { width: 2, height: 1, data: Uint8Array.from(pixels) },
  ]);
  expect(parsePpm(new Uint8Array(0), 'a.mp4')).toEqual([]);
});

test.each([
  [[...picture, ...head('P5\n2 1\n255\n')], 'a.mp4: frame 1 does not begin as a PPM picture'],
  [picture.slice(0, -1), 'a.mp4: frame 0 of 2x1 pixels ends early'],
])('damaged pictures', (bytes, message) => {
  expect(() => parsePpm(Uint8Array.from(bytes), 'a.mp4')).toThrow(ClipError);
  expect(() => parsePpm(Uint8Array.from(bytes), 'a.mp4')).toThrow(message);
});
