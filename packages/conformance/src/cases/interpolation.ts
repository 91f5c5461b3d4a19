import {
  gridSample,
  interpolate,
  type GridSampleOptions,
  type InterpolateOptions,
} from '@convnet/tensor-core';
import { listed, uniform } from '../inputs.ts';
import type { Program } from '../program.ts';

const sizes: readonly (readonly [shape: readonly number[], size: readonly number[]])[] = [
  [[2, 3, 5], [9]],
  [[2, 1, 7], [3]],
  [[1, 2, 1], [4]],
  [[1, 2, 4], [1]],
  [
    [2, 3, 4, 5],
    [8, 10],
  ],
  [
    [2, 3, 7, 5],
    [3, 11],
  ],
  [
    [1, 17, 3, 3],
    [3, 3],
  ],
  [
    [1, 5, 6, 8],
    [3, 4],
  ],
  [
    [0, 3, 4, 4],
    [8, 8],
  ],
  [
    [1, 1, 3, 2100],
    [2, 4200],
  ],
  [
    [1, 2, 3, 4, 2],
    [5, 3, 4],
  ],
];

const modes: readonly InterpolateOptions[] = [
  { mode: 'nearest' },
  { mode: 'nearest-exact' },
  { mode: 'linear' },
  { mode: 'linear', alignCorners: true },
  { mode: 'cubic' },
  { mode: 'cubic', alignCorners: true },
];

const interpolations: Program[] = [
  ...sizes.flatMap(([shape, size]) =>
    modes.map((options): Program => ({
      name: `interpolate [${shape.join(', ')}] to [${size.join(', ')}] ${JSON.stringify(options)}`,
      op: 'interpolate',
      inputs: [uniform(shape)],
      body: (x) => interpolate(x, { ...options, size }),
    })),
  ),
  ...[0.5, 1, 1.7, 2, [1.3, 0.6]].flatMap((scaleFactor) =>
    modes.map((options): Program => ({
      name: `interpolate by ${JSON.stringify(scaleFactor)} ${JSON.stringify(options)}`,
      op: 'interpolate',
      inputs: [uniform([2, 3, 5, 6])],
      body: (x) => interpolate(x, { ...options, scaleFactor }),
    })),
  ),
  {
    name: 'interpolate by 1.7 with the factor recomputed',
    op: 'interpolate',
    inputs: [uniform([2, 3, 5, 6])],
    body: (x) => interpolate(x, { mode: 'bilinear', scaleFactor: 1.7, recomputeScaleFactor: true }),
  },
  {
    name: 'interpolate by area',
    op: 'interpolate',
    inputs: [uniform([2, 3, 5, 6])],
    body: (x) => interpolate(x, { mode: 'area', size: [3, 4] }),
  },
];

const sampleOptions: readonly GridSampleOptions[] = (
  ['bilinear', 'nearest', 'bicubic'] as const
).flatMap((mode) =>
  (['zeros', 'border', 'reflection'] as const).flatMap((paddingMode) =>
    [false, true].map((alignCorners) => ({ mode, paddingMode, alignCorners })),
  ),
);

const grids: readonly (readonly [shape: readonly number[], grid: readonly number[]])[] = [
  [
    [2, 3, 5, 4],
    [2, 3, 6, 2],
  ],
  [
    [1, 5, 1, 3],
    [1, 4, 2, 2],
  ],
  [
    [2, 2, 3, 4, 3],
    [2, 2, 3, 2, 3],
  ],
];

const samples: Program[] = [
  ...grids.flatMap(([shape, grid]) =>
    sampleOptions
      .filter(({ mode }) => mode !== 'bicubic' || shape.length < 5)
      .map((options): Program => ({
        name: `gridSample [${shape.join(', ')}] at [${grid.join(', ')}] ${JSON.stringify(options)}`,
        op: 'gridSample',
        inputs: [uniform(shape), uniform(grid, -1.6, 1.6)],
        body: (x, at) => gridSample(x, at, options),
      })),
  ),
  ...sampleOptions.map((options): Program => ({
    name: `gridSample at corners and far outside ${JSON.stringify(options)}`,
    op: 'gridSample',
    inputs: [
      uniform([1, 2, 3, 4]),
      listed([-1, -1, 1, 1, -1, 1, 0, 0, 40, -30, -1e9, 1e9], [1, 1, 6, 2]),
    ],
    body: (x, at) => gridSample(x, at, options),
  })),
];

/** Reading between elements. */
export const interpolationPrograms: readonly Program[] = [...interpolations, ...samples];
