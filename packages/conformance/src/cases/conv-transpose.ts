import { conv, convTranspose, type ConvTransposeOptions } from '@convnet/tensor-core';
import { uniform } from '../inputs.ts';
import type { Program } from '../program.ts';
import { describeConv, inEachRank, kernels, type ConvCase } from './conv.ts';

interface TransposeCase extends Omit<ConvCase, 'options'> {
  readonly options?: ConvTransposeOptions;
}

function transposeProgram(c: TransposeCase): Program {
  const { batch = 2, channels, outputs, extent, kernel, options = {}, bias = false } = c;
  const groups = options.groups ?? 1;
  return {
    name: `convTranspose ${describeConv(c)}`,
    op: 'convTranspose',
    inputs: [
      uniform([batch, channels, ...extent]),
      uniform([channels, outputs / groups, ...kernel]),
      ...(bias ? [uniform([outputs])] : []),
    ],
    body: (x, w, b) => convTranspose(x, w, b ?? null, options),
  };
}

const transposeForms: readonly ConvTransposeOptions[] = [
  {},
  { stride: 2 },
  { stride: 2, padding: 1, outputPadding: 1 },
  { stride: 3, padding: 1, outputPadding: 2 },
  { dilation: 2, padding: 1 },
  { stride: 2, dilation: 2, padding: 1 },
  { dilation: 3, outputPadding: 2 },
];

const transposes: TransposeCase[] = [
  ...transposeForms.flatMap((options) =>
    inEachRank((dims) => ({
      channels: 3,
      outputs: 4,
      extent: { 1: [7], 2: [4, 5], 3: [2, 3, 3] }[dims],
      kernel: kernels[dims],
      bias: options.stride === 2,
    })).map((c): TransposeCase => ({ ...c, options })),
  ),
  {
    channels: 4,
    outputs: 6,
    extent: [4, 5],
    kernel: [3, 3],
    options: { groups: 2, stride: 2, padding: 1 },
    bias: true,
  },
  {
    channels: 5,
    outputs: 5,
    extent: [6],
    kernel: [4],
    options: { groups: 5, stride: 2, padding: 1 },
  },
  {
    channels: 3,
    outputs: 2,
    extent: [5, 5],
    kernel: [2, 2],
    options: {
      padding: [
        [1, 0],
        [0, 2],
      ],
      stride: 2,
    },
  },
  {
    batch: 0,
    channels: 3,
    outputs: 2,
    extent: [5, 5],
    kernel: [2, 2],
    options: { stride: 2 },
    bias: true,
  },
  {
    batch: 1,
    channels: 17,
    outputs: 8,
    extent: [3, 3],
    kernel: [4, 4],
    options: { stride: 2, padding: 1 },
  },
];

/**
 * Of one tap, where `outputPadding` adds elements that no tap meets: the matching convolution has negative padding, and is no
 * product of matrices as they lie. Of few channels and of so many that backends take their tiles.
 */
const onesBehind: TransposeCase[] = [
  [2, 3],
  [16, 32],
  [96, 64],
].flatMap(([channels, outputs]) =>
  inEachRank((dims) => ({
    channels: channels!,
    outputs: outputs!,
    extent: { 1: [35], 2: [7, 5], 3: [3, 2, 5] }[dims],
    kernel: Array.from({ length: dims }, () => 1),
  })).map((c): TransposeCase => ({ ...c, options: { dilation: 2, outputPadding: 1 } })),
);

/** Transposed convolution, forward and by every input. */
export const convTransposePrograms: readonly Program[] = [
  ...[...transposes, ...onesBehind].map(transposeProgram),
  {
    name: 'convTranspose of the result of conv',
    op: 'convTranspose',
    inputs: [uniform([2, 3, 5, 5]), uniform([4, 3, 3, 3]), uniform([4, 3, 2, 2])],
    body: (x, v, w) => convTranspose(conv(x, v, null, { stride: 2 }), w, null, { stride: 2 }),
  },
];
