import { expect, test } from 'vitest';

import {
  arange,
  ArgumentError,
  capture,
  fractionalMaxPool,
  fractionalMaxPoolWithIndices,
  Generator,
  InputTooSmallError,
  ones,
  rand,
  reshape,
  ShapeError,
} from '../index.ts';
import { reference } from '../reference/index.ts';

const device = reference();

test('windows are drawn for each sample and channel, and reach from end to end', async () => {
  const line = reshape(arange(0, 100, 1, { device, dtype: 'float32' }), [1, 1, 100]);
  const ends = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const options = { outputSize: 61, generator: new Generator(seed) };
    const [values, indices] = fractionalMaxPoolWithIndices(line, 2, options);
    const found = [...(await values.data())];
    expect([...(await indices.data())]).toEqual(found);
    expect([found[0], found[60]]).toEqual([1, 99]);
    const steps = found.slice(1).map((value, i) => value - found[i]!);
    expect(steps.slice(0, -1).every((step) => step === 1 || step === 2)).toBe(true);
    ends.add(found.join());
  }
  expect(ends.size).toBeGreaterThan(10);
});

test('a captured step draws anew at each run', async () => {
  const generator = new Generator(3);
  const step = capture((x) => fractionalMaxPool(x, 2, { outputSize: 20, generator }));
  const other = new Generator(3);
  const x = rand([2, 3, 33], { device, generator: new Generator(1) });
  for (let run = 0; run < 3; run++) {
    const replayed = await step(x).data();
    const eager = fractionalMaxPool(x, 2, { outputSize: 20, generator: other });
    expect(replayed).toEqual(await eager.data());
  }
});

test('an empty batch gives an empty result', () => {
  expect(fractionalMaxPool(ones([0, 3, 8, 8], { device }), 2, { outputSize: 4 }).shape).toEqual([
    0, 3, 4, 4,
  ]);
});

test('sizes without sense are refused by name', () => {
  const x = ones([1, 2, 8, 8], { device });
  const pool = (kernel: number, options: object): (() => unknown) => {
    return () => fractionalMaxPool(x, kernel, options);
  };
  expect(pool(2, {})).toThrow('expected either outputSize or outputRatio, got none');
  expect(pool(2, { outputSize: 3, outputRatio: 0.5 })).toThrow('got both');
  expect(pool(2, { outputRatio: 1 })).toThrow(ArgumentError);
  expect(pool(2, { outputRatio: [0.5] })).toThrow(ArgumentError);
  expect(pool(2, { outputRatio: 0.1 })).toThrow('leaves nothing');
  expect(pool(3, { outputSize: 7 })).toThrow(InputTooSmallError);
  expect(pool(2, { outputSize: 4, randomSamples: ones([1, 2, 3], { device }) })).toThrow(
    ShapeError,
  );
});
