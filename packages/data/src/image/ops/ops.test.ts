import { describe, expect, it } from 'vitest';
import type { Image } from '../image.ts';
import { decodedImage, difference, fixtures, shareDiffering } from '../testing/fixtures.ts';
import { affine, rotate } from './affine.ts';
import * as colour from './colour.ts';
import * as geometry from './geometry.ts';
import type { Box } from './box.ts';

/** What the steps of the fixtures are called with. */
interface Given extends Box {
  readonly size: readonly [number, number];
  readonly interpolation: 'bilinear';
  readonly box: readonly [number, number, number, number];
  readonly padding: readonly [number, number];
  readonly angle: number;
  readonly factor: number;
  readonly bits: number;
  readonly threshold: number;
}

/** How each step of the fixtures is called here. */
const calls: Readonly<Record<string, (source: Image, given: Given) => Image>> = {
  resize: (source, { size, interpolation }) => geometry.resize(source, size, interpolation),
  crop: (source, box) => geometry.crop(source, box),
  centerCrop: (source, { size }) => geometry.centerCrop(source, size),
  resizedCrop: (source, { box, size }) => {
    const [top, left, height, width] = box;
    return geometry.resizedCrop(source, { top, left, height, width }, size);
  },
  pad: (source, { padding, ...options }) => geometry.pad(source, padding, options as object),
  horizontalFlip: geometry.horizontalFlip,
  verticalFlip: geometry.verticalFlip,
  rotate: (source, { angle, ...options }) => rotate(source, angle, options),
  affine: (source, options) => affine(source, { ...options, fill: [11, 22, 33] }),
  adjustBrightness: (source, { factor }) => colour.adjustBrightness(source, factor),
  adjustContrast: (source, { factor }) => colour.adjustContrast(source, factor),
  adjustSaturation: (source, { factor }) => colour.adjustSaturation(source, factor),
  adjustSharpness: (source, { factor }) => colour.adjustSharpness(source, factor),
  adjustHue: (source, { factor }) => colour.adjustHue(source, factor),
  grayscale: colour.grayscale,
  posterize: (source, { bits }) => colour.posterize(source, bits),
  solarize: (source, { threshold }) => colour.solarize(source, threshold),
  autoContrast: colour.autoContrast,
  equalize: colour.equalize,
  invert: colour.invert,
};

describe('as torchvision on pictures of Pillow', () => {
  it.each(fixtures.steps.map((step) => [step.name, JSON.stringify(step.arguments), step] as const))(
    '%s %s',
    (name, _, step) => {
      const source = decodedImage(step.input ?? fixtures.source);
      const before = source.data.slice();
      const expected = decodedImage(step);
      const result = calls[name]!(source, step.arguments as unknown as Given);
      expect(difference(result, expected)).toBeLessThanOrEqual(1);
      expect(shareDiffering(result, expected)).toBe(0);
      expect(source.data).toEqual(before);
    },
  );

  it('leaves a picture in one of Node’s buffers alone', () => {
    const { width, height, data } = decodedImage(fixtures.source);
    const source = { width, height, data: Buffer.from(data) };
    for (const [name, call] of Object.entries(calls)) {
      const step = fixtures.steps.find((other) => other.name === name)!;
      const result = call(source, step.arguments as unknown as Given);
      result.data.fill(7);
      expect(Uint8Array.from(source.data)).toEqual(data);
    }
  });

  it('every step has a fixture', () => {
    expect(new Set(fixtures.steps.map(({ name }) => name))).toEqual(new Set(Object.keys(calls)));
  });
});
