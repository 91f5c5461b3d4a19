import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';
import { hostArray } from '../dataset/host-array.ts';
import { DatasetError } from '../errors.ts';
import { DataLoader } from './data-loader.ts';
import { defaultCollate, padCollate } from './collate.ts';

const context = { random: undefined as never, names: ['a.wav', 'b.wav'] };
const signal = (...values: number[]) => hostArray(Float32Array.from(values), [1, values.length]);

describe('defaultCollate', () => {
  it('stacks in the structure of a sample', () => {
    const sample = (i: number) => ({
      views: [signal(i, i + 1), hostArray(Uint8Array.of(i), [])] as const,
      label: i,
      name: `${i}.png`,
      amount: Float32Array.of(i / 2),
    });
    expect(defaultCollate([sample(1), sample(2)])).toEqual({
      views: [
        { data: Float32Array.of(1, 2, 2, 3), shape: [2, 1, 2] },
        { data: Uint8Array.of(1, 2), shape: [2] },
      ],
      label: { data: Int32Array.of(1, 2), shape: [2] },
      name: ['1.png', '2.png'],
      amount: { data: Float32Array.of(0.5, 1), shape: [2, 1] },
    });
  });

  it.each([
    [
      'differ in shape at [0]: a.wav has [1, 2], b.wav [1, 3]',
      [
        [signal(1, 2), 0],
        [signal(1, 2, 3), 0],
      ],
    ],
    ['b.wav: expected a whole number of 32 bits, such as a label, got 0.5', [1, 0.5]],
    ['b.wav: expected a whole number', [1, Number.NaN]],
    ['b.wav: expected a number', [1, 'x']],
    ['b.wav: expected a text', ['x', 1]],
    ['b.wav: expected an array', [signal(1), 1]],
    ['b.wav: expected elements of float32', [signal(1), hostArray(Int32Array.of(1), [1, 1])]],
    ['b.wav: expected a list of 2', [[1, 2], [1]]],
    ["b.wav: expected an object with 'y'", [{ x: 1, y: 2 }, { x: 1 }]],
    ['a.wav: expected Float32Array', [undefined, 1]],
    ['a.wav: expected Float32Array', [new Date(), new Date()]],
    ['a.wav at .x: expected Float32Array', [{ x: null }, { x: null }]],
    [
      'a.wav: shape [3] needs 3 elements, got 1',
      [{ data: new Float32Array(1), shape: [3] }, signal(1)],
    ],
  ])('says: %s', (message, samples) => {
    expect(() => defaultCollate<unknown>(samples, context)).toThrow(DatasetError);
    expect(() => defaultCollate<unknown>(samples, context)).toThrow(message);
  });
});

describe('padCollate', () => {
  const uneven = [
    [signal(1, 2, 3), 0, Float32Array.of(7)],
    [signal(4), 1, Float32Array.of(8)],
  ] as const;

  it('pads signals to the longest, and leaves targets alone', () => {
    expect(
      padCollate<(typeof uneven)[number]>({ value: -1, multipleOf: 4 })(uneven, context),
    ).toEqual([
      { data: Float32Array.of(1, 2, 3, -1, 4, -1, -1, -1), shape: [2, 1, 4] },
      { data: Int32Array.of(0, 1), shape: [2] },
      { data: Float32Array.of(7, 8), shape: [2, 1] },
    ]);
  });

  it('pads every row', () => {
    const two = [hostArray(Float32Array.of(1, 2, 3, 4), [2, 2])];
    expect(padCollate<(typeof two)[number]>({ length: 3 })(two, context)).toEqual({
      data: Float32Array.of(1, 2, 0, 3, 4, 0),
      shape: [1, 2, 3],
    });
  });

  it('refuses what is longer than asked for', () => {
    expect(() => padCollate({ length: 2 })(uneven, context)).toThrow(
      'a.wav at [0]: expected a length of at most 2, got 3',
    );
    expect(() => padCollate({ multipleOf: 0 })).toThrow('multipleOf');
  });
});

it('a loader brings several inputs and targets to the device, texts stay', async () => {
  const device = reference();
  const dataset = {
    length: 3,
    get: (i: number) => ({
      leads: [signal(i), signal(-i)] as const,
      risk: Float32Array.of(i / 10),
      findings: Float32Array.of(i % 2, 1),
      name: `patient-${i}`,
    }),
  };
  const before = device.liveBuffers;
  const seen: unknown[] = [];
  for await (const { leads, risk, findings, name } of new DataLoader(dataset, {
    batchSize: 2,
    device,
  })) {
    seen.push([leads[1].shape, risk.shape, [...(await findings.data())], name]);
  }
  expect(seen).toEqual([
    [
      [2, 1, 1],
      [2, 1],
      [0, 1, 1, 1],
      ['patient-0', 'patient-1'],
    ],
    [[1, 1, 1], [1, 1], [0, 1], ['patient-2']],
  ]);
  expect(device.liveBuffers).toBe(before);
});
