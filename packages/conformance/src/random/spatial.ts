import * as ops from '@convnet/tensor-core/ops';
import { Generator, type Padding } from '@convnet/tensor-core';
import { fixed, uniform } from '../inputs.ts';
import type { Choices } from './choices.ts';
import { nearly, numbers, positions, type Sketchers } from './sketch.ts';

/** Mostly sides that fit; names and pairs too. */
function padding(c: Choices, dims: number): Padding {
  return c.pick([
    () => c.option([0, 1, 2]),
    () => 'same' as const,
    () => 'valid' as const,
    () => c.list(dims, () => [c.option([0, 1]), c.option([0, 2])] as const),
    () => c.list(dims, () => c.option([0, 1])),
  ])();
}

function image(c: Choices, channels: number, least = 2): { dims: number; shape: number[] } {
  const dims = c.integer(1, 3);
  const most = [0, 9, 6, 4][dims]!;
  const spatial = c.list(dims, () => (c.once(15) ? c.extent(2) : c.integer(least, most)));
  return { dims, shape: [c.once(10) ? 0 : c.integer(1, 2), channels, ...spatial] };
}

/** Extents of a result; now and then some are the input's. */
function adaptive(c: Choices, dims: number): ops.AdaptiveSize {
  const size = c.perAxis(dims, [1, 2, 3, 5]);
  return typeof size === 'number' || !c.once(4)
    ? size
    : size.map((extent) => (c.once(2) ? null : extent));
}

interface PoolOptions {
  readonly stride: number | number[];
  readonly padding: number | number[];
  readonly ceilMode: boolean;
}

function poolOptions(c: Choices, dims: number): Partial<PoolOptions> {
  return c.some({
    stride: c.perAxis(dims, [1, 2, 3]),
    padding: c.perAxis(dims, [0, 1]),
    ceilMode: c.once(2),
  });
}

export const spatialSketches: Sketchers = {
  conv: (c) => {
    const groups = c.once(3) ? c.option([1, 2, 3]) : 1;
    const counted = Number.isInteger(groups) && groups > 0 && groups < 10 ? groups : 1;
    // Wide ones reach the inner loops of blocked kernels and what remains beside their blocks.
    const widest = c.once(6) ? 40 : 3;
    const perGroup = c.integer(1, widest);
    const { dims, shape } = image(c, perGroup * counted);
    const outputs = c.once(10) ? c.integer(1, 4) : counted * c.integer(1, widest);
    const weight = [outputs, perGroup, ...c.list(dims, () => c.integer(1, 3))];
    const bias = c.once(2);
    const options: ops.ConvOptions = {
      ...c.some({ stride: c.perAxis(dims, [1, 2, 3]), dilation: c.perAxis(dims, [1, 2]) }),
      padding: padding(c, dims),
      groups,
    };
    return {
      inputs: [
        numbers(c, nearly(c, shape)),
        numbers(c, nearly(c, weight)),
        ...(bias ? [numbers(c, nearly(c, [outputs]))] : []),
      ],
      body: (x, w, b) => ops.conv(x, w, b ?? null, options),
    };
  },
  convTranspose: (c) => {
    const groups = c.once(3) ? c.option([1, 2]) : 1;
    const counted = groups === 2 ? 2 : 1;
    const widest = c.once(6) ? 40 : 3;
    const { dims, shape } = image(c, counted * c.integer(1, widest), 1);
    const weight = [shape[1]!, c.integer(1, widest), ...c.list(dims, () => c.integer(1, 3))];
    const bias = c.once(2);
    const sides = padding(c, dims);
    const options: ops.ConvTransposeOptions = {
      ...c.some({
        stride: c.perAxis(dims, [1, 2, 3]),
        dilation: c.perAxis(dims, [1, 2]),
        outputPadding: c.perAxis(dims, [0, 1, 2]),
      }),
      ...(typeof sides === 'string' ? {} : { padding: sides }),
      groups,
    };
    return {
      inputs: [
        numbers(c, nearly(c, shape)),
        numbers(c, nearly(c, weight)),
        ...(bias ? [numbers(c, nearly(c, [weight[1]! * counted]))] : []),
      ],
      body: (x, w, b) => ops.convTranspose(x, w, b ?? null, options),
    };
  },
  maxPoolWithIndices: (c) => {
    const { dims, shape } = image(c, c.integer(1, 3));
    const kernel = c.perAxis(dims, [1, 2, 3]);
    const options = { ...poolOptions(c, dims), ...c.some({ dilation: c.perAxis(dims, [1, 2]) }) };
    return {
      inputs: [numbers(c, nearly(c, shape))],
      body: (x) => ops.maxPoolWithIndices(x, kernel, options),
    };
  },
  avgPool: (c) => {
    const { dims, shape } = image(c, c.integer(1, 3));
    const kernel = c.perAxis(dims, [1, 2, 3]);
    const options = {
      ...poolOptions(c, dims),
      ...c.some({ countIncludePad: c.once(2), divisorOverride: c.option([3, 5]) }),
    };
    return {
      inputs: [numbers(c, nearly(c, shape))],
      body: (x) => ops.avgPool(x, kernel, options),
    };
  },
  lpPool: (c) => {
    const { dims, shape } = image(c, c.integer(1, 3));
    const kernel = c.perAxis(dims, [1, 2, 3]);
    const normType = c.option([1, 2, 3]);
    const options = c.some({ stride: c.perAxis(dims, [1, 2, 3]), ceilMode: c.once(2) });
    return {
      inputs: [numbers(c, nearly(c, shape), 0.2, 2)],
      body: (x) => ops.lpPool(x, normType, kernel, options),
    };
  },
  adaptiveAvgPool: (c) => {
    const { dims, shape } = image(c, c.integer(1, 3));
    const size = adaptive(c, dims);
    return {
      inputs: [numbers(c, nearly(c, shape))],
      body: (x) => ops.adaptiveAvgPool(x, size),
    };
  },
  adaptiveMaxPoolWithIndices: (c) => {
    const { dims, shape } = image(c, c.integer(1, 3));
    const size = adaptive(c, dims);
    return {
      inputs: [numbers(c, nearly(c, shape))],
      body: (x) => ops.adaptiveMaxPoolWithIndices(x, size),
    };
  },
  fractionalMaxPoolWithIndices: (c) => {
    const { dims, shape } = image(c, c.integer(1, 3), 1);
    const kernel = c.perAxis(dims, [1, 2]);
    const size = c.once(2)
      ? { outputSize: c.perAxis(dims, [1, 2, 3]) }
      : { outputRatio: c.perAxis(dims, [0.5, 0.7]) };
    const samples = [...shape.slice(0, 2), dims];
    return {
      inputs: [numbers(c, nearly(c, shape)), fixed(uniform(nearly(c, samples), 0, 1))],
      body: (x, randomSamples) =>
        ops.fractionalMaxPoolWithIndices(x, kernel, { ...size, randomSamples }),
    };
  },
  fractionalMaxPool: (c) => {
    const { dims, shape } = image(c, c.integer(1, 3), 2);
    const outputSize = c.perAxis(dims, [1, 2]);
    return {
      inputs: [numbers(c, nearly(c, shape))],
      body: (x) => ops.fractionalMaxPool(x, 1, { outputSize, generator: new Generator(5) }),
    };
  },
  globalAvgPool: (c) => ({
    inputs: [numbers(c, c.shape(c.integer(2, 5)))],
    body: (x) => ops.globalAvgPool(x),
  }),
  globalMaxPool: (c) => ({
    inputs: [numbers(c, c.shape(c.integer(2, 5)))],
    body: (x) => ops.globalMaxPool(x),
  }),
  maxUnpool: (c) => {
    const { dims, shape } = image(c, c.integer(1, 2), 1);
    const kernel = c.perAxis(dims, [2, 3]);
    const options = c.some({
      stride: c.perAxis(dims, [1, 2]),
      padding: c.perAxis(dims, [0, 1]),
      outputSize: c.perAxis(dims, [4, 5, 6]),
    });
    return {
      inputs: [numbers(c, nearly(c, shape)), positions(c, shape, 4)],
      body: (x, indices) => ops.maxUnpool(x, indices, kernel, options),
    };
  },
  interpolate: (c) => {
    const { dims, shape } = image(c, c.integer(1, 2), 1);
    const mode = c.pick([
      ...(['nearest', 'nearest-exact', 'linear', 'area'] as const),
      ...(['bilinear', 'trilinear', 'cubic', 'bicubic'] as const),
    ]);
    const options: ops.InterpolateOptions = {
      ...(c.once(2)
        ? { size: c.perAxis(dims, [1, 2, 5, 7]) }
        : { scaleFactor: c.perAxis(dims, [2, 0.5, 1.7]) }),
      ...c.some({ alignCorners: c.once(2), recomputeScaleFactor: c.once(2) }),
      mode,
    };
    return {
      inputs: [numbers(c, nearly(c, shape))],
      body: (x) => ops.interpolate(x, options),
    };
  },
  gridSample: (c) => {
    const { dims, shape } = image(c, c.integer(1, 2), 1);
    const grid = [shape[0]!, ...c.list(dims, () => c.extent(3)), dims];
    const options = c.some({
      mode: c.pick(['bilinear', 'nearest', 'bicubic'] as const),
      paddingMode: c.pick(['zeros', 'border', 'reflection'] as const),
      alignCorners: c.once(2),
    });
    return {
      inputs: [numbers(c, nearly(c, shape)), uniform(nearly(c, grid), -1.5, 1.5)],
      body: (x, g) => ops.gridSample(x, g, options),
    };
  },
  pixelShuffle: (c) => {
    const { dims, shape } = image(c, 1, 1);
    const factor = c.perAxis(dims, [1, 2, 3]);
    const block = [factor].flat().reduce((a, b) => a * b, 1);
    const channels = c.integer(1, 2) * (typeof factor === 'number' ? factor ** dims : block);
    const fits = Number.isInteger(channels) && channels >= 0 && channels < 100;
    return {
      inputs: [
        numbers(
          c,
          nearly(
            c,
            shape.map((n, axis) => (axis === 1 ? (fits ? channels : 4) : n)),
          ),
        ),
      ],
      body: (x) => ops.pixelShuffle(x, factor),
    };
  },
  pixelUnshuffle: (c) => {
    const { dims, shape } = image(c, c.integer(1, 2));
    const factor = c.perAxis(dims, [1, 2]);
    return {
      inputs: [
        numbers(
          c,
          shape.map((extent, axis) => (axis < 2 || c.once(8) ? extent : extent * 2)),
        ),
      ],
      body: (x) => ops.pixelUnshuffle(x, factor),
    };
  },
  channelShuffle: (c) => {
    const groups = c.option([1, 2, 3]);
    return {
      inputs: [numbers(c, [2, c.pick([6, 12, 5]), ...c.shape(c.integer(0, 2))])],
      body: (x) => ops.channelShuffle(x, groups),
    };
  },
};
