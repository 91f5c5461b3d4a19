import { Generator } from '@convnet/tensor-core';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../random/random-stream.ts';
import { compose, randomApply, randomChoice } from '../transform/compose.ts';
import { blank, image, type Image } from './image.ts';
import { decodedImage, fixtures } from './testing/fixtures.ts';
import * as functional from './functional.ts';
import { normalize, randomErasing, toByteTensor, toTensor } from './tensor.ts';
import * as transforms from './transforms.ts';

const source = decodedImage(fixtures.source);
const stream = (seed: number): RandomStream => new RandomStream(new Generator(seed));
const many = <T>(count: number, make: (random: RandomStream) => T): T[] =>
  Array.from({ length: count }, (_, seed) => make(stream(seed)));

describe('tensors', () => {
  it('are torchvision’s, normalised', () => {
    const { mean, std, data } = fixtures.normalized;
    const bytes = Buffer.from(data, 'base64');
    const expected = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    const result = compose(toTensor(), normalize(mean, std))(source, stream(0));
    expect(result.shape).toEqual([3, 41, 53]);
    expect(result.data).toEqual(expected.slice());
    expect(toTensor({ mean, std })(source, stream(0))).toEqual(result);
    expect(() => toTensor({ mean: [0] })).toThrow('of each channel');
    expect(() => toTensor({ mean: [0], std: [1] })).toThrow(
      'expected mean and std of 3 colours, got 1',
    );
  });

  it('of bytes have the same order', () => {
    const bytes = toByteTensor()(source, stream(0));
    expect(Float32Array.from(bytes.data, (byte) => byte / 255)).toEqual(
      toTensor()(source, stream(0)).data,
    );
  });

  it('are refused with other channels, and a std of 0', () => {
    const tensor = toTensor()(source, stream(0));
    expect(() => normalize([0], [1])(tensor, stream(0))).toThrow('expected 1 channels');
    expect(() => normalize([0], [0])).toThrow('above 0');
    expect(() => image(new Uint8Array(5), 1, 2)).toThrow('1x2 pixels take 6 bytes, got 5');
  });
});

describe('random transforms', () => {
  it('randomResizedCrop covers shares and shapes in its ranges', () => {
    const large = blank(400, 300);
    const boxes = many(300, (random) =>
      transforms.randomBox(large, [0.08, 1], [3 / 4, 4 / 3], random),
    );
    for (const { top, left, height, width } of boxes) {
      expect(top >= 0 && left >= 0 && top + height <= 300 && left + width <= 400).toBe(true);
      expect(width / height).toBeGreaterThan(0.73);
      expect(width / height).toBeLessThan(1.37);
      expect((width * height) / 120_000).toBeGreaterThan(0.075);
    }
    const shares = boxes.map(({ width, height }) => (width * height) / 120_000);
    expect(Math.min(...shares)).toBeLessThan(0.15);
    expect(Math.max(...shares)).toBeGreaterThan(0.8);
    const narrow = transforms.randomBox(blank(1000, 10), [1, 1], [1, 1], stream(0));
    expect(narrow).toEqual({ top: 0, left: 495, height: 10, width: 10 });
    const out = transforms.randomResizedCrop([20, 30])(source, stream(1));
    expect([out.height, out.width]).toEqual([20, 30]);
  });

  it('randomCrop takes a part, with a border if asked', () => {
    const dots: Image = image(
      Uint8Array.from({ length: 27 }, (_, i) => i + 1),
      3,
      3,
    );
    const found = new Set(many(200, (random) => transforms.randomCrop(2)(dots, random).data[0]));
    expect(found).toEqual(new Set([1, 4, 10, 13]));
    const bordered = many(300, (random) => transforms.randomCrop(3, { padding: 1 })(dots, random));
    expect(new Set(bordered.map(({ data }) => data.join())).size).toBe(9);
    expect(() => transforms.randomCrop(4)(dots, stream(0))).toThrow(
      'expected a picture of at least 4x4 (height x width), got 3x3',
    );
    const padded = transforms.randomCrop([4, 3], { padIfNeeded: true })(dots, stream(0));
    expect([padded.height, padded.width]).toEqual([4, 3]);
  });

  it.each([
    ['randomHorizontalFlip', transforms.randomHorizontalFlip, functional.horizontalFlip],
    ['randomVerticalFlip', transforms.randomVerticalFlip, functional.verticalFlip],
    ['randomGrayscale', transforms.randomGrayscale, functional.grayscale],
  ])('%s does it as often as it says', (_, create, change) => {
    const changed = change(source).data.join();
    const results = many(400, (random) => create({ probability: 0.3 })(source, random));
    const count = results.filter(({ data }) => data.join() === changed).length;
    // Six standard deviations.
    expect(Math.abs(count / 400 - 0.3)).toBeLessThan(6 * Math.sqrt((0.3 * 0.7) / 400));
    expect(create({ probability: 0 })(source, stream(0))).toBe(source);
  });

  it('the others are functions of the random numbers, within the size', () => {
    const steps = [
      transforms.randomRotation(30),
      transforms.randomRotation([10, 20], { interpolation: 'bilinear', fill: 3 }),
      transforms.randomAffine({ degrees: 10, translate: [0.1, 0.2], scale: [0.8, 1.2], shear: 5 }),
      transforms.randomAffine({ shear: [-5, 5, -3, 3], interpolation: 'bilinear' }),
      transforms.colorJitter({ brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.1 }),
    ];
    for (const step of steps) {
      const results = many(6, (random) => step(source, random));
      expect(new Set(results.map(({ data }) => data.join())).size).toBe(6);
      expect(results[2]).toEqual(step(source, stream(2)));
      expect(results.every(({ width }) => width === 53)).toBe(true);
    }
    expect(transforms.colorJitter({})(source, stream(0))).toBe(source);
  });

  it('randomErasing erases one rectangle of a share in its range', () => {
    const tensor = { data: new Float32Array(3 * 40 * 50).fill(1), shape: [3, 40, 50] };
    const erased = many(200, (random) => randomErasing({ probability: 1 })(tensor, random));
    for (const { data } of erased) {
      const share = data.filter((value) => value === 0).length / data.length;
      expect(share).toBeGreaterThan(0.015);
      expect(share).toBeLessThan(0.36);
    }
    const random = randomErasing({ probability: 1, value: 'random' })(tensor, stream(1)).data;
    expect(new Set(random).size).toBeGreaterThan(50);
    const coloured = randomErasing({ probability: 1, value: [5, 6, 7] })(tensor, stream(1)).data;
    expect(new Set(coloured)).toEqual(new Set([1, 5, 6, 7]));
    expect(randomErasing({ probability: 0 })(tensor, stream(0))).toBe(tensor);
  });

  it('compose, randomApply and randomChoice', () => {
    const add = (by: number) => (value: number) => value + by;
    expect(compose(add(1), String)(1, stream(0))).toBe('2');
    expect(new Set(many(100, (random) => randomApply(add(1), 0.5)(0, random)))).toEqual(
      new Set([0, 1]),
    );
    expect(new Set(many(100, (random) => randomChoice(add(1), add(2), add(3))(0, random)))).toEqual(
      new Set([1, 2, 3]),
    );
    expect(() => compose(add(1), undefined as never)).toThrow(
      'expected step 1 as a function, got undefined',
    );
  });

  it.each([
    ['expected size', () => transforms.resize(0)],
    ['expected size', () => transforms.centerCrop([1, 2, 3] as never)],
    ["got 'cubic'", () => transforms.resize(3, { interpolation: 'cubic' as never })],
    ['expected scale', () => transforms.randomResizedCrop(3, { scale: [2, 3] })],
    ['expected ratio', () => transforms.randomResizedCrop(3, { ratio: [0, 1] })],
    ['expected probability', () => transforms.randomHorizontalFlip({ probability: 2 })],
    ['expected hue', () => transforms.colorJitter({ hue: 0.6 })],
    ['expected brightness', () => transforms.colorJitter({ brightness: -1 })],
    ['expected degrees', () => transforms.randomRotation(Number.NaN)],
    ['expected factor as a number from -0.5 to 0.5', () => functional.adjustHue(source, 1)],
    ['expected padding', () => functional.pad(source, -1)],
  ])('refuse: %s', (message, create) => {
    expect(create).toThrow(message);
  });
});
