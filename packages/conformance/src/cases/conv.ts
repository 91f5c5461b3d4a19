import { conv, relu, type ConvOptions } from '@convnet/tensor-core';
import { fixed, listed, uniform } from '../inputs.ts';
import type { Program } from '../program.ts';

/** One convolution. */
export interface ConvCase {
  /** N. Default 2. */
  readonly batch?: number;
  readonly channels: number;
  readonly outputs: number;
  readonly extent: readonly number[];
  readonly kernel: readonly number[];
  readonly options?: ConvOptions;
  readonly bias?: boolean;
  readonly long?: boolean;
}

function describeOptions(options: object): string {
  return Object.entries(options)
    .map(([name, value]) => ` ${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('');
}

/** Its shapes and options, as names of cases have them. */
export function describeConv(c: Omit<ConvCase, 'options'> & { readonly options?: object }): string {
  const { batch = 2, channels, outputs, extent, kernel, options = {}, bias = false } = c;
  const shape = [batch, channels, ...extent].join(', ');
  return (
    `${extent.length}d [${shape}] to ${outputs} channels kernel ${kernel.join('x')}` +
    `${describeOptions(options)}${bias ? ' bias' : ''}`
  );
}

function convProgram(c: ConvCase): Program {
  const { batch = 2, channels, outputs, extent, kernel, options = {}, bias = false } = c;
  const groups = options.groups ?? 1;
  return {
    name: `conv ${describeConv(c)}`,
    op: 'conv',
    inputs: [
      uniform([batch, channels, ...extent]),
      uniform([outputs, channels / groups, ...kernel]),
      ...(bias ? [uniform([outputs])] : []),
    ],
    body: (x, w, b) => conv(x, w, b ?? null, options),
    long: c.long ?? false,
  };
}

/** Extents, kernels and paddings of the same form in 1, 2 and 3 spatial axes. */
export function inEachRank(make: (dims: 1 | 2 | 3) => ConvCase): ConvCase[] {
  return [make(1), make(2), make(3)];
}

const extents = { 1: [11], 2: [7, 9], 3: [5, 4, 6] } as const;
export const kernels = { 1: [3], 2: [3, 2], 3: [2, 3, 2] } as const;
const asymmetric = {
  1: [[1, 2]],
  2: [
    [0, 2],
    [1, 0],
  ],
  3: [
    [1, 0],
    [0, 1],
    [2, 1],
  ],
} as const;

const forms: readonly ConvOptions[] = [
  {},
  { padding: 1 },
  { stride: 2 },
  { stride: 2, padding: 1 },
  { stride: 3, padding: 1 },
  { padding: 'same' },
  { dilation: 2, padding: 2 },
  { dilation: 2, padding: 'same' },
  { stride: 2, dilation: 2, padding: 2 },
];

const basic: ConvCase[] = forms.flatMap((options) =>
  inEachRank((dims) => ({
    channels: 3,
    outputs: 5,
    extent: extents[dims],
    kernel: kernels[dims],
    options,
    bias: options.stride !== 2,
  })),
);

/** Strides whose product no 32 bits hold, longer than the input. */
const longStrides: ConvCase[] = [70_000, 2 ** 31 - 1].flatMap((stride) => [
  ...inEachRank((dims) => ({
    channels: 3,
    outputs: 5,
    extent: extents[dims],
    kernel: kernels[dims],
    options: { stride, padding: 1, dilation: 2 },
  })),
  { channels: 4, outputs: 4, extent: [5, 7], kernel: [3, 3], options: { stride, groups: 4 } },
]);

const padded: ConvCase[] = inEachRank((dims) => ({
  channels: 3,
  outputs: 4,
  extent: extents[dims],
  kernel: kernels[dims],
  options: { padding: asymmetric[dims] },
})).flatMap((c) => [c, { ...c, options: { ...c.options, stride: 2 }, bias: true }]);

const grouped: ConvCase[] = (
  [
    [4, 6, 2],
    [6, 6, 3],
    [8, 8, 8],
    [3, 3, 3],
    [17, 17, 17],
    [5, 10, 5],
    [16, 32, 4],
  ] as const
).flatMap(([channels, outputs, groups]) =>
  (
    [
      { padding: 1, groups },
      { stride: 2, padding: 1, groups },
      { dilation: 2, padding: 2, groups },
      { stride: 2, dilation: 2, padding: 2, groups },
    ] as readonly ConvOptions[]
  ).flatMap((options) =>
    inEachRank((dims) => ({
      channels,
      outputs,
      extent: { 1: [9], 2: [7, 6], 3: [4, 5, 3] }[dims],
      kernel: { 1: [3], 2: [3, 3], 3: [3, 3, 3] }[dims],
      options,
      bias: groups === 2,
    })).filter((c) => c.extent.length < 3 || channels < 8 || options.dilation === undefined),
  ),
);

const channelCounts: ConvCase[] = [1, 3, 5, 8, 17].flatMap((channels) =>
  [1, 3, 5, 8, 17].map((outputs) => ({
    channels,
    outputs,
    extent: [5, 6],
    kernel: [3, 3],
    options: { padding: 1 },
    bias: true,
  })),
);

const pointwise: ConvCase[] = [1, 3, 5, 8, 17].flatMap((channels) =>
  inEachRank((dims) => ({
    channels,
    outputs: 20 - channels,
    extent: { 1: [13], 2: [5, 3], 3: [2, 3, 4] }[dims],
    kernel: { 1: [1], 2: [1, 1], 3: [1, 1, 1] }[dims],
    options: channels === 5 ? { stride: 2 } : {},
    bias: channels === 3,
  })),
);

/** Kernels and extents of real networks, on few channels. */
const fromNetworks: ConvCase[] = [
  {
    channels: 1,
    outputs: 6,
    extent: [12, 12],
    kernel: [5, 5],
    options: { padding: 2 },
    bias: true,
  },
  { channels: 6, outputs: 16, extent: [14, 14], kernel: [5, 5], bias: true },
  { channels: 16, outputs: 24, extent: [5, 5], kernel: [5, 5], bias: true },
  { channels: 3, outputs: 8, extent: [17, 19], kernel: [7, 7], options: { stride: 2, padding: 3 } },
  {
    channels: 3,
    outputs: 8,
    extent: [23, 23],
    kernel: [11, 11],
    options: { stride: 4, padding: 2 },
    bias: true,
  },
  { channels: 4, outputs: 6, extent: [9, 9], kernel: [1, 7], options: { padding: [0, 3] } },
  { channels: 4, outputs: 6, extent: [9, 9], kernel: [7, 1], options: { padding: [3, 0] } },
  {
    channels: 12,
    outputs: 12,
    extent: [7, 7],
    kernel: [5, 5],
    options: { padding: 2, groups: 12, stride: 2 },
  },
  { channels: 8, outputs: 16, extent: [7, 7], kernel: [3, 3], options: { padding: 1, groups: 8 } },
  { channels: 32, outputs: 32, extent: [6, 6], kernel: [3, 3], options: { padding: 1, groups: 8 } },
  { channels: 28, outputs: 6, extent: [28], kernel: [5], options: { padding: 2 }, bias: true },
  { channels: 12, outputs: 16, extent: [61], kernel: [7], options: { stride: 2, padding: 3 } },
  {
    channels: 40,
    outputs: 33,
    extent: [9, 8],
    kernel: [3, 3],
    options: { padding: 1 },
    bias: true,
  },
  { channels: 65, outputs: 3, extent: [4, 4], kernel: [3, 3], options: { padding: 1 } },
];

const edges: ConvCase[] = [
  {
    batch: 1,
    channels: 3,
    outputs: 5,
    extent: [7, 9],
    kernel: [3, 3],
    options: { stride: 2, padding: 1 },
    bias: true,
  },
  {
    batch: 0,
    channels: 3,
    outputs: 5,
    extent: [7, 9],
    kernel: [3, 3],
    options: { padding: 1 },
    bias: true,
  },
  { batch: 0, channels: 3, outputs: 5, extent: [9], kernel: [3] },
  { batch: 1, channels: 1, outputs: 1, extent: [1, 1], kernel: [1, 1], bias: true },
  { batch: 1, channels: 2, outputs: 3, extent: [3, 3], kernel: [3, 3] },
  { channels: 2, outputs: 3, extent: [1, 1], kernel: [3, 3], options: { padding: 1 } },
  { channels: 2, outputs: 3, extent: [2, 2], kernel: [5, 5], options: { padding: 2 } },
  { channels: 2, outputs: 3, extent: [4, 4], kernel: [2, 2], options: { padding: 3 } },
  { channels: 2, outputs: 3, extent: [7], kernel: [2], options: { stride: 5 } },
  {
    channels: 2,
    outputs: 2,
    extent: [8, 8],
    kernel: [2, 2],
    options: { stride: [2, 3], padding: [1, 0], dilation: [1, 2] },
  },
  { channels: 2, outputs: 3, extent: [6, 5], kernel: [4, 4], options: { padding: 'same' } },
  { channels: 2, outputs: 3, extent: [1, 9], kernel: [1, 3], options: { padding: [0, 1] } },
  { channels: 3, outputs: 4, extent: [8, 7], kernel: [3, 3], options: { padding: 'valid' } },
  { batch: 5, channels: 3, outputs: 4, extent: [3, 3], kernel: [3, 3], options: { padding: 1 } },
  { channels: 2, outputs: 3, extent: [9, 9], kernel: [2, 2], options: { stride: 4, dilation: 3 } },
  // Nothing but padding.
  {
    batch: 1,
    channels: 3,
    outputs: 2,
    extent: [0],
    kernel: [2],
    options: { padding: 1 },
    bias: true,
  },
  { channels: 2, outputs: 3, extent: [4, 0], kernel: [2, 2], options: { padding: 1 }, bias: true },
  // Padding on one side, far wider than the input.
  { channels: 4, outputs: 6, extent: [9], kernel: [2], options: { padding: [[0, 20]], groups: 2 } },
  {
    channels: 3,
    outputs: 5,
    extent: [4, 5],
    kernel: [2, 2],
    options: {
      padding: [
        [17, 0],
        [0, 19],
      ],
    },
  },
  { channels: 2, outputs: 3, extent: [3], kernel: [1], options: { padding: 13, stride: 2 } },
  {
    channels: 1,
    outputs: 9,
    extent: [2, 2, 2],
    kernel: [1, 2, 1],
    options: {
      padding: [
        [9, 0],
        [0, 8],
        [0, 7],
      ],
    },
  },
];

const longOnes: ConvCase[] = [
  {
    batch: 1,
    channels: 2,
    outputs: 3,
    extent: [2501],
    kernel: [5],
    options: { stride: 2, padding: 2 },
    bias: true,
    long: true,
  },
  {
    batch: 1,
    channels: 5,
    outputs: 5,
    extent: [2049],
    kernel: [9],
    options: { padding: 4, groups: 5 },
    long: true,
  },
  {
    batch: 1,
    channels: 1,
    outputs: 2,
    extent: [3, 2113],
    kernel: [3, 3],
    options: { padding: 1 },
    long: true,
  },
  {
    batch: 1,
    channels: 3,
    outputs: 2,
    extent: [2203],
    kernel: [3],
    options: { dilation: 512, padding: 512 },
    long: true,
  },
  {
    batch: 1,
    channels: 300,
    outputs: 4,
    extent: [3, 3],
    kernel: [3, 3],
    options: { padding: 1 },
    long: true,
  },
  {
    batch: 9,
    channels: 2,
    outputs: 3,
    extent: [17, 17],
    kernel: [3, 3],
    options: { padding: 1 },
    bias: true,
    long: true,
  },
];

/** Without gradients by some inputs, through layouts of its own, and with values that are not finite. */
const others: Program[] = [
  {
    name: 'conv of data that needs no gradient',
    op: 'conv',
    inputs: [fixed(uniform([2, 3, 6, 6])), uniform([4, 3, 3, 3]), uniform([4])],
    body: (x, w, b) => conv(x, w, b, { padding: 1 }),
  },
  {
    name: 'conv with a frozen weight',
    op: 'conv',
    inputs: [uniform([2, 3, 6, 6]), fixed(uniform([4, 3, 3, 3])), fixed(uniform([4]))],
    body: (x, w, b) => conv(x, w, b, { padding: 1 }),
  },
  {
    name: 'conv of conv of conv',
    op: 'conv',
    inputs: [
      uniform([2, 3, 6, 7]),
      uniform([5, 3, 3, 3]),
      uniform([4, 5, 3, 3]),
      uniform([2, 4, 1, 1]),
    ],
    body: (x, a, b, c) =>
      conv(relu(conv(conv(x, a, null, { padding: 1 }), b, null, { stride: 2, padding: 1 })), c),
  },
  {
    name: 'conv 1d of conv 1d, depthwise then pointwise',
    op: 'conv',
    inputs: [uniform([2, 5, 13]), uniform([5, 1, 3]), uniform([7, 5, 1])],
    body: (x, a, b) => conv(conv(x, a, null, { padding: 1, groups: 5 }), b),
  },
  {
    name: 'conv 3d of conv 3d',
    op: 'conv',
    inputs: [uniform([1, 2, 3, 4, 3]), uniform([3, 2, 2, 3, 2]), uniform([2, 3, 1, 1, 1])],
    body: (x, a, b) => conv(conv(x, a, null, { padding: 1 }), b),
  },
  {
    name: 'conv by a weight that is the result of conv',
    op: 'conv',
    inputs: [uniform([2, 3, 6, 6]), uniform([4, 2, 3, 3]), uniform([3, 2, 1, 1])],
    body: (x, v, w) => conv(x, conv(v, w), null, { padding: 1 }),
  },
  {
    name: 'conv with NaN and infinity in the input',
    op: 'conv',
    inputs: [
      listed(
        [1, 2, 3, 4, 5, 6, 7, NaN, 9, 1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, Infinity, 4, 5, 6, 7],
        [1, 1, 5, 5],
      ),
      fixed(uniform([3, 1, 2, 2], 0.5, 1)),
    ],
    body: (x, w) => conv(x, w, null, { padding: 1 }),
  },
];

/** Convolution, forward and by every input. */
export const convPrograms: readonly Program[] = [
  ...[
    ...basic,
    ...longStrides,
    ...padded,
    ...grouped,
    ...channelCounts,
    ...pointwise,
    ...fromNetworks,
    ...edges,
    ...longOnes,
  ].map(convProgram),
  ...others,
];
