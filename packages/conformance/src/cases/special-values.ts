import {
  avgPool,
  concat,
  indexSelect,
  maxPool,
  pad,
  permute,
  pointwise,
  pointwiseRows,
  scatter,
  scatterAdd,
  square,
  type PointwiseRow,
  type Tensor,
} from '@convnet/tensor-core';
import { asType, fixed, integers, listed, type Input } from '../inputs.ts';
import type { Program } from '../program.ts';

/** What kernels go wrong at: no number, no limit, no sign, no range left. */
const special: readonly number[] = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  1,
  -1,
  2.5,
  -2.5,
  80,
  -80,
  1e38,
  -1e38,
  3.4e38,
  -3.4e38,
];

/**
 * What gradient kernels, which are rows too, are called with on their own: with larger numbers float32 overflows or
 * underflows on the way where `reference`, which has doubles, does not.
 */
const moderate: readonly number[] = special.filter(
  (value) => !(Math.abs(value) > 10 && Number.isFinite(value)),
);

/** Lengths that fill vectors of 4 and 8, or leave any rest. */
const lengths: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 17];

const rows = Object.entries(pointwiseRows);

/** Special values from number `start` on: for operand `k`, at another pace, so that pairs differ. */
function specialFrom(values: readonly number[], start: number, k: number, length: number): Input {
  const place = (i: number): number => (start + i * (k + 1) + 3 * k) % values.length;
  return { ...listed(values, [length]), value: (_, i) => values[place(i)]!, grad: true };
}

/** Operands of a row, the first of which has NaN in front, or behind. */
function operands(name: string, row: PointwiseRow, length: number, front: boolean): Input[] {
  const values = name.endsWith('Grad') ? moderate : special;
  const start = front ? 0 : values.length - ((length - 1) % values.length);
  return Array.from({ length: row.inputs }, (_, k) =>
    name === 'where' && k === 0
      ? integers([length], 0, 1, 'bool')
      : specialFrom(values, start, k, length),
  );
}

/** A row on several lists of operands, one after the other. */
function onEach(name: string, row: PointwiseRow): Program['body'] {
  return (...inputs: Tensor[]) =>
    Array.from({ length: inputs.length / row.inputs }, (_, i) =>
      pointwise(name, inputs.slice(i * row.inputs, (i + 1) * row.inputs), row.exampleScalars ?? []),
    );
}

/** Each row of the table: NaN first, and NaN last, of every length. */
const ofRows: Program[] = rows.map(([name, row]) => ({
  name: `${name} of special values in vectors and their rests`,
  op: name,
  inputs: lengths.flatMap((length) =>
    [true, false].flatMap((front) => operands(name, row, length, front)),
  ),
  body: onEach(name, row),
  scale: 'element',
  smooth: false,
}));

const subnormal: readonly number[] = [1e-40, -1e-40, 1.401298464324817e-45, -1.1e-38, 0, -0, 0.5];

const ofSubnormals: Program[] = rows
  .filter(([, row]) => row.inputs === 1)
  .map(([name, row]) => ({
    name: `${name} of subnormal numbers`,
    op: name,
    inputs: [fixed(listed(subnormal, [17]))],
    body: onEach(name, row),
    scale: 'own',
    smooth: false,
  }));

/** Both signs, each power of two that float32 has, and three numbers between it and the next. */
const everyExponent: readonly number[] = Array.from({ length: 277 }, (_, i) => i - 149).flatMap(
  (e) => [1, 1.19, 1.5, 1.93].flatMap((m) => [m * 2 ** e, -m * 2 ** e]),
);

const sweeps: Program[] = rows
  .filter(([, row]) => row.inputs === 1)
  .map(([name, row]) => ({
    name: `${name} over the range of float32`,
    op: name,
    inputs: [fixed(asType(listed(everyExponent), 'float32'))],
    body: onEach(name, row),
    scale: 'element',
    smooth: false,
  }));

const moved = { ...listed(special, [3, 5]), grad: true };

const signal = { ...listed([NaN, 1, 2, -3, 0.5, 4, Infinity, -1, 3], [1, 1, 9]), grad: true };

/** What moves elements, and adds those up that meet; a square hands NaN and infinities to the gradient before it. */
const ofMovement: Program[] = (
  [
    ['avgPool', [signal], (x) => square(avgPool(x, 2))],
    ['maxPool', [signal], (x) => square(maxPool(x, 2))],
    ['permute', [moved], (x) => permute(x, [1, 0])],
    ['pad', [moved], (x) => pad(x, [[1, 2]], Infinity)],
    ['concat', [moved, moved], (x, y) => concat([x, y], 1)],
    ['indexSelect', [moved, listed([2, 0, 2], [3], 'int32')], (x, i) => indexSelect(x, 0, i)],
    [
      'scatterAdd',
      [moved, integers([3, 5], 0, 2), moved],
      (x, index, source) => scatterAdd(x, 0, index, source),
    ],
    [
      'scatter',
      [moved, listed([0, 1, 2], [3, 1], 'int32'), listed([NaN, -0, Infinity], [3, 1])],
      (x, index, source) => scatter(x, 1, index, source),
    ],
  ] as [string, Input[], (...inputs: Tensor[]) => Tensor][]
).map(([op, inputs, body], i) => ({
  name: `${op} of special values, form ${i}`,
  op,
  inputs,
  body,
  scale: 'element',
  smooth: false,
}));

export const specialValuePrograms: readonly Program[] = [
  ...ofRows,
  ...ofSubnormals,
  ...sweeps,
  ...ofMovement,
];
