import {
  argsort,
  cumsum,
  indexSelect,
  maxPoolWithIndices,
  maxUnpool,
  oneHot,
  scatter,
  scatterAdd,
  sort,
  topk,
  type MaxUnpoolOptions,
} from '@convnet/tensor-core';
import { asType, integers, listed, steps, uniform, type Input } from '../inputs.ts';
import type { Program } from '../program.ts';

const lines: readonly (readonly [shape: readonly number[], axis: number])[] = [
  [[1], 0],
  [[9], 0],
  [[5, 7], 0],
  [[5, 7], 1],
  [[2, 17, 3], 1],
  [[3, 4, 5], -1],
  [[2, 0, 3], 1],
  [[0, 4], -1],
  [[2, 2500], 1],
  [[1025, 3], 0],
];

const orders: Program[] = lines.flatMap(([shape, axis]) => {
  const where = `of [${shape.join(', ')}] along ${axis}`;
  return [false, true].flatMap((descending): Program[] => [
    {
      name: `sort ${where}${descending ? ' descending' : ''}`,
      op: 'sort',
      inputs: [uniform(shape)],
      body: (x) => sort(x, axis, { descending }),
      // Among thousands of elements, a step of the central difference exchanges some.
      smooth: shape.every((extent) => extent < 100),
    },
    {
      name: `argsort of equal values ${where}${descending ? ' descending' : ''}`,
      op: 'argsort',
      inputs: [steps(shape, -1, 1, 0.5)],
      body: (x) => argsort(x, axis, { descending }),
    },
  ]);
});

const special = [NaN, 1, -Infinity, 0, NaN, Infinity, -0, 1, -3];

const moreOrders: Program[] = [
  ...[false, true].map((descending): Program => ({
    name: `sort of NaN and infinities${descending ? ' descending' : ''}`,
    op: 'sort',
    inputs: [listed(special)],
    body: (x) => sort(x, 0, { descending }),
  })),
  ...(['int32', 'uint8', 'bool'] as const).map((dtype): Program => ({
    name: `sort of ${dtype}`,
    op: 'sort',
    inputs: [asType(integers([3, 11], 0, dtype === 'bool' ? 1 : 200), dtype)],
    body: (x) => sort(x, 1, { descending: true }),
  })),
  ...[0, 1, 5].flatMap((k) =>
    [false, true].map((largest): Program => ({
      name: `topk ${k} ${largest ? 'largest' : 'least'} of 5`,
      op: 'topk',
      inputs: [uniform([3, 5, 2])],
      body: (x) => topk(x, k, 1, { largest }),
    })),
  ),
];

const sums: Program[] = [
  ...lines.map(([shape, axis]): Program => ({
    name: `cumsum of [${shape.join(', ')}] along ${axis}`,
    op: 'cumsum',
    inputs: [uniform(shape)],
    body: (x) => cumsum(x, axis),
    long: shape.some((extent) => extent > 1000),
  })),
  ...(['int32', 'uint8', 'bool'] as const).map((dtype): Program => ({
    name: `cumsum of ${dtype}`,
    op: 'cumsum',
    inputs: [asType(integers([3, 300], 0, dtype === 'bool' ? 1 : 200), dtype)],
    body: (x) => cumsum(x, 1),
  })),
  {
    name: 'cumsum of int32 that overflows',
    op: 'cumsum',
    inputs: [listed([2 ** 31 - 1, 5, -7, 2 ** 31 - 1], [4], 'int32')],
    body: (x) => cumsum(x, 0),
  },
];

/** Positions that do not repeat along axis 0 of [4, 3]. */
const distinct = listed([2, 0, 1, 0, 3, 2], [2, 3], 'int32');

const scatters: Program[] = [
  {
    name: 'scatter along axis 0',
    op: 'scatter',
    inputs: [uniform([4, 3]), distinct, uniform([2, 3])],
    body: (x, index, source) => scatter(x, 0, index, source),
  },
  {
    name: 'scatter of a larger source',
    op: 'scatter',
    inputs: [uniform([4, 3]), distinct, uniform([3, 5])],
    body: (x, index, source) => scatter(x, 0, index, source),
  },
  {
    name: 'scatter of a number',
    op: 'scatter',
    inputs: [uniform([4, 3]), distinct],
    body: (x, index) => scatter(x, 0, index, 2.5),
  },
  {
    name: 'scatter where the last of equals stays',
    op: 'scatter',
    inputs: [integers([2, 5], 0, 9), integers([2, 9], 0, 4), integers([2, 9], 10, 99)],
    body: (x, index, source) => scatter(x, 1, index, source),
  },
  {
    name: 'scatter of uint8',
    op: 'scatter',
    inputs: [
      asType(integers([4, 3], 0, 200), 'uint8'),
      distinct,
      asType(integers([2, 3], 0, 200), 'uint8'),
    ],
    body: (x, index, source) => scatter(x, 0, index, source),
  },
  {
    name: 'scatter of nothing',
    op: 'scatter',
    inputs: [uniform([4, 3]), integers([0, 3], 0, 3), uniform([0, 3])],
    body: (x, index, source) => scatter(x, 0, index, source),
  },
  {
    name: 'scatterAdd of repeated positions',
    op: 'scatterAdd',
    inputs: [uniform([3, 4, 2]), integers([3, 9, 2], 0, 3), uniform([3, 9, 2])],
    body: (x, index, source) => scatterAdd(x, 1, index, source),
  },
  {
    name: 'indexSelect of rows',
    op: 'indexSelect',
    inputs: [uniform([5, 3]), listed([4, 0, 0, 2], [4], 'int32')],
    body: (x, index) => indexSelect(x, 0, index),
  },
  {
    name: 'indexSelect of channels',
    op: 'indexSelect',
    inputs: [uniform([2, 5, 3, 4]), integers([7], 0, 4)],
    body: (x, index) => indexSelect(x, 1, index),
  },
  {
    name: 'oneHot',
    op: 'oneHot',
    inputs: [integers([3, 4], 0, 4)],
    body: (labels) => oneHot(labels, 5),
  },
];

interface UnpoolCase {
  readonly shape: readonly number[];
  readonly kernel: number;
  readonly options?: MaxUnpoolOptions;
}

const unpools: readonly UnpoolCase[] = [
  { shape: [2, 3, 10], kernel: 2 },
  { shape: [2, 3, 6, 8], kernel: 2 },
  { shape: [1, 5, 7, 9], kernel: 3, options: { stride: 2 } },
  { shape: [2, 1, 7, 6], kernel: 2, options: { outputSize: [7, 6] } },
  { shape: [2, 3, 8, 8], kernel: 3, options: { stride: 2, padding: 1, outputSize: 8 } },
  { shape: [1, 2, 4, 6, 4], kernel: 2 },
];

const unpooled: Program[] = unpools.map(({ shape, kernel, options = {} }): Program => {
  const pool = {
    ...(options.stride === undefined ? {} : { stride: options.stride }),
    ...(options.padding === undefined ? {} : { padding: options.padding }),
  };
  // Every element is another number, so that no window has two maxima.
  const input: Input = { ...uniform(shape), value: (u, i) => ((i * 37) % 101) / 50 - u / 100 };
  return {
    name: `maxUnpool of maxPool of [${shape.join(', ')}] kernel ${kernel} ${JSON.stringify(options)}`,
    op: 'maxUnpool',
    inputs: [input],
    body: (x) => {
      const [values, indices] = maxPoolWithIndices(x, kernel, pool);
      return maxUnpool(values, indices, kernel, options);
    },
    // Overlapping windows write one place several times, and each is given its gradient, as in PyTorch.
    smooth: (pool.stride ?? kernel) === kernel,
  };
});

/** What orders elements or finds them by position. */
export const orderPrograms: readonly Program[] = [
  ...orders,
  ...moreOrders,
  ...sums,
  ...scatters,
  ...unpooled,
];
