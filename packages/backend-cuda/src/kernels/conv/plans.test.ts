import { convolutionOf, type Convolution } from '@convnet/tensor-core';
import { expect, test } from 'vitest';

import { KernelSizeError } from '../../errors.ts';
import { noEnding } from '../product/ending.ts';
import type { Plan } from '../product/plan.ts';
import { builtTiles, divide, sharedBytes, tiles, type Machine } from '../product/tiles.ts';
import { divider, inputGradWalks } from './geometry.ts';
import { planForward, planInputGrad, planWeightGrad } from './index.ts';

/** An H100. */
const machine: Machine = { multiprocessors: 132, tf32: false, divide };

/** A convolution of images of one extent, padded so that it stays but for the stride. */
function square(
  batch: number,
  channels: number,
  outputs: number,
  extent: number,
  taps: number,
  { stride = 1, groups = 1 } = {},
): Convolution {
  const pad = Math.floor(taps / 2);
  const out = Math.floor((extent + 2 * pad - taps) / stride) + 1;
  return convolutionOf(
    'cuda',
    [batch, channels, extent, extent],
    [outputs, channels / groups, taps, taps],
    [batch, outputs, out, out],
    {
      stride: [stride, stride],
      padBegin: [pad, pad],
      padEnd: [pad, pad],
      dilation: [1, 1],
      groups,
    },
  );
}

const names = ({ launches }: Plan): string => launches.map(({ kernel }) => kernel).join(', ');

const directions = (c: Convolution): string[] => [
  names(planForward(c, noEnding, machine)),
  names(planInputGrad(c, machine)),
  names(planWeightGrad(c, machine)),
];

test('the kernels that convolutions of known networks go to', () => {
  // resnet18 and 50.
  expect(directions(square(64, 64, 64, 56, 3))).toEqual([
    'conv_forward_tall',
    'conv_input_grad_tall',
    'conv_weight_grad_medium, add_parts',
  ]);
  expect(directions(square(64, 3, 64, 224, 7, { stride: 2 }))[0]).toBe('conv_forward_tall_any');
  expect(directions(square(64, 3, 64, 224, 7, { stride: 2 }))[2]).toBe(
    'conv_weight_grad_medium_first, add_parts',
  );
  expect(directions(square(64, 256, 64, 56, 1))).toEqual([
    'matmul_tall_nt',
    expect.stringMatching(/^matmul_large_nn$/),
    expect.stringMatching(/^matmul_\w+_tn, add_parts$/),
  ]);
  // A product for each of the four phases.
  expect(directions(square(64, 128, 256, 28, 3, { stride: 2 }))[1]!.split(', ')).toHaveLength(4);
  // mobilenet_v2.
  expect(directions(square(64, 96, 96, 112, 3, { stride: 2, groups: 96 }))).toEqual([
    'depthwise_3_stride_2',
    'depthwise_2, depthwise_1, depthwise_2, depthwise_1',
    'depthwise_weight_grad_3x3_stride_2, add_parts',
  ]);
  expect(directions(square(64, 144, 144, 56, 5, { groups: 144 }))).toEqual([
    'depthwise_5',
    'depthwise_5',
    'depthwise_weight_grad_5, add_parts',
  ]);
  // resnext50_32x4d.
  expect(directions(square(64, 128, 128, 56, 3, { groups: 32 }))).toEqual([
    'conv_grouped',
    'conv_grouped',
    'conv_grouped_weight_grad, add_parts',
  ]);
  expect(directions(square(64, 2048, 2048, 7, 3, { groups: 32 }))[0]).toMatch(/^conv_forward_/);
  // A patch embedding has more phases than a launch is worth.
  expect(directions(square(8, 4, 64, 64, 8, { stride: 8 }))[1]).toBe('conv_direct_input_grad');
  expect(directions(square(1, 2, 2, 3, 3))).toEqual([
    'conv_direct_forward',
    'conv_direct_input_grad',
    'conv_direct_weight_grad',
  ]);
});

/** A convolution of signals. */
function signals(
  batch: number,
  channels: number,
  extent: number,
  taps: number,
  groups = 1,
): Convolution {
  const outputs = extent - taps + 1;
  return convolutionOf(
    'cuda',
    [batch, channels, extent],
    [channels, channels / groups, taps],
    [batch, channels, outputs],
    { stride: [1], padBegin: [0], padEnd: [0], dilation: [1], groups },
  );
}

test('more positions than 31 bits count go one by one, and along one axis are refused', () => {
  const direct = ['conv_direct_forward', 'conv_direct_input_grad', 'conv_direct_weight_grad'];
  expect(directions(signals(2 ** 20, 4, 2 ** 11 + 2, 3))).toEqual(direct);
  // Kernels of tiles take 2^30 for where nothing is.
  expect(directions(signals(1, 4, 2 ** 30 + 8, 3))).toEqual(direct);
  // What steps over the positions does so by whole grids.
  expect(directions(signals(2 ** 20, 4, 2 ** 11, 3, 4))).toEqual(direct);
  const refused = signals(1, 4, 2 ** 31 + 8, 3);
  for (const make of [
    () => planForward(refused, noEnding, machine),
    () => planInputGrad(refused, machine),
    () => planWeightGrad(refused, machine),
  ]) {
    expect(make).toThrow(KernelSizeError);
    expect(make).toThrow(/conv of \d+ positions of an axis with its padding/);
  }
});

test('grids of unusual convolutions are those that a device takes', () => {
  // Taps along z, and along y blocks of channels of which few have room for their weights.
  const many = signals(1, 8, 70_000, 66_000, 8);
  expect(directions(many)[2]).toBe('conv_direct_weight_grad');
  const wide = signals(1, 1_000_004, 3000, 2500, 1_000_004);
  expect(directions(wide).slice(0, 2)).toEqual(['conv_direct_forward', 'conv_direct_input_grad']);
  for (const c of [many, wide, signals(4, 4, 64, 3, 4), square(2, 64, 64, 28, 3, { groups: 16 })]) {
    for (const { launches } of [
      planForward(c, noEnding, machine),
      planInputGrad(c, machine),
      planWeightGrad(c, machine),
    ]) {
      for (const { shape } of launches) {
        expect(shape.grid[0]).toBeLessThan(2 ** 31);
        expect(Math.max(shape.grid[1], shape.grid[2])).toBeLessThan(2 ** 16);
      }
    }
  }
});

test('tiles fill the device, and long sums with few outputs are divided', () => {
  const shape = { rows: 4096, columns: 4096, terms: 4096, count: 1 };
  expect(divide('matmul', shape, machine)).toMatchObject({ tile: { name: 'large' }, parts: 1 });
  const weights = divide(
    'weightGrad',
    { rows: 64, columns: 576, terms: 200_704, count: 1 },
    machine,
  );
  expect(weights.parts).toBeGreaterThan(20);
  expect(weights.termsOfPart % 16).toBe(0);
  expect(weights.parts * weights.termsOfPart).toBeGreaterThanOrEqual(200_704);
  expect((weights.parts - 1) * weights.termsOfPart).toBeLessThan(200_704);
  expect(divide('matmul', { rows: 0, columns: 4, terms: 0, count: 1 }, machine).parts).toBe(1);
  // Every GPU from sm_80 on has 99 KB for a block.
  for (const tile of tiles) expect(sharedBytes(tile, true, true, true)).toBeLessThan(99 * 1024);
  for (const names of Object.values(builtTiles)) expect(names.length).toBeGreaterThan(0);
});

test('division by a known number is exact below 2^31', () => {
  const quotient = (n: number, [by, magic, shift]: readonly [number, number, number]): number =>
    by === 1 ? n : Number((BigInt(n) * BigInt(magic)) >> 32n) >>> shift;
  for (const by of [
    1,
    2,
    3,
    5,
    6,
    7,
    9,
    10,
    28,
    56,
    63,
    64,
    65,
    112,
    641,
    12_544,
    65_535,
    65_537,
    1_000_003,
    2 ** 30,
    2 ** 31 - 1,
  ]) {
    const words = divider(by);
    expect(words[1]).toBeLessThan(2 ** 32);
    for (const n of [0, 1, by - 1, by, by + 1, 2 * by - 1, 12_345_678, 2 ** 31 - 1]) {
      const largest = Math.floor((2 ** 31 - 1) / by) * by;
      for (const place of [n, largest - 1, largest]) {
        if (place < 0 || place >= 2 ** 31) continue;
        expect([by, place, quotient(place, words)]).toEqual([by, place, Math.floor(place / by)]);
      }
    }
  }
});

test('phases of a stride meet each tap of each input position once', () => {
  for (const [taps, stride, dilation, pad, extent] of [
    [3, 2, 1, 1, 9],
    [3, 1, 2, 2, 7],
    [4, 3, 2, 1, 11],
    [5, 4, 2, 3, 16],
    [1, 2, 1, 0, 6],
    [2, 5, 3, 4, 13],
  ] as const) {
    const outputs = Math.floor((extent + 2 * pad - (taps - 1) * dilation - 1) / stride) + 1;
    const geometry = {
      stride: [stride],
      padBegin: [pad],
      padEnd: [pad],
      dilation: [dilation],
      groups: 1,
    };
    const c = convolutionOf('cuda', [1, 1, extent], [1, 1, taps], [1, 1, outputs], geometry);
    const met: string[] = [];
    const places: number[] = [];
    for (const walk of inputGradWalks(c)) {
      for (let row = 0; row < walk.rows[2]; row++) {
        const place = row * walk.place.stride[2] + walk.place.first[2];
        places.push(place);
        for (let t = 0; t < walk.taps[2]; t++) {
          const output = row * walk.stride[2] + walk.first[2] + t * walk.step[2];
          const tap = walk.filter.first[2] + t * walk.filter.step[2];
          if (output >= 0 && output < outputs) met.push(`${place} ${tap} ${output}`);
        }
      }
    }
    const expected: string[] = [];
    for (let output = 0; output < outputs; output++) {
      for (let tap = 0; tap < taps; tap++) {
        const place = output * stride - pad + tap * dilation;
        if (place >= 0 && place < extent) expected.push(`${place} ${tap} ${output}`);
      }
    }
    expect(met.toSorted()).toEqual(expected.toSorted());
    expect(places.toSorted((a, b) => a - b)).toEqual(Array.from({ length: extent }, (_, i) => i));
  }
});
