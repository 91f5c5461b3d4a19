import * as ops from '@convnet/tensor-core/ops';
import type { DType, Tensor } from '@convnet/tensor-core';
import { uniform } from '../inputs.ts';
import type { Choices } from './choices.ts';
import {
  broadcasting,
  nearly,
  numbers,
  positions,
  reversed,
  type Sketcher,
  type Sketchers,
} from './sketch.ts';

/** An operation of one tensor of any rank. */
const ofOne =
  (
    make: (c: Choices, shape: readonly number[]) => (x: Tensor) => Tensor | readonly Tensor[],
  ): Sketcher =>
  (c) => {
    const shape = c.shape(c.integer(0, 4));
    const body = make(c, shape);
    return { inputs: [numbers(c, shape, 0.2, 2)], body: (x) => body(x) };
  };

const axesOf = (c: Choices, rank: number): number | number[] | undefined =>
  c.pick([
    () => undefined,
    () => c.axis(rank),
    () => c.list(c.below(rank + 1), () => c.axis(rank)),
  ])();

const reduction = (
  reduce: (
    x: Tensor,
    axes: number | readonly number[] | undefined,
    options: ops.ReduceOptions,
  ) => Tensor,
): Sketcher =>
  ofOne((c, shape) => {
    const axes = axesOf(c, shape.length);
    const options = c.some({ keepDim: true });
    return (x) => reduce(x, axes, options);
  });

const along = (op: (x: Tensor, axis: number) => Tensor | readonly Tensor[]): Sketcher =>
  ofOne((c, shape) => {
    const axis = c.axis(shape.length);
    return (x) => op(x, axis);
  });

export const arraySketches: Sketchers = {
  sum: reduction(ops.sum),
  mean: reduction(ops.mean),
  max: reduction(ops.max),
  min: reduction(ops.min),
  prod: reduction(ops.prod),
  all: reduction(ops.all),
  any: reduction(ops.any),
  logSumExp: reduction(ops.logSumExp),
  variance: reduction(ops.variance),
  std: reduction(ops.std),
  norm: reduction(ops.norm),
  argmax: along(ops.argmax),
  argmin: along(ops.argmin),
  softmax: along(ops.softmax),
  logSoftmax: along(ops.logSoftmax),
  cumsum: along(ops.cumsum),
  sort: along((x, axis) => ops.sort(x, axis)),
  'argsort descending': along((x, axis) => ops.argsort(x, axis, { descending: true })),
  unsqueeze: along(ops.unsqueeze),
  squeeze: along(ops.squeeze),
  flip: along(ops.flip),
  topk: ofOne((c, shape) => {
    const [k, axis] = [c.option([0, 1, 2, 3]), c.axis(shape.length)];
    return (x) => ops.topk(x, k, axis);
  }),
  reshape: ofOne((c, shape) => {
    const target = c.once(3) ? [-1] : nearly(c, reversed(shape));
    return (x) => ops.reshape(x, target);
  }),
  flatten: ofOne((c, shape) => {
    const [start, end] = [c.axis(shape.length), c.axis(shape.length)];
    return (x) => ops.flatten(x, start, end);
  }),
  permute: ofOne((c, shape) => {
    const shift = c.below(shape.length + 1);
    const axes = shape.map((_, i) => (i + shift) % shape.length);
    const chosen = c.once(15) ? axes.map(() => c.axis(shape.length)) : axes;
    return (x) => ops.permute(x, chosen);
  }),
  transpose: ofOne((c, shape) => {
    const [a, b] = [c.axis(shape.length), c.axis(shape.length)];
    return (x) => ops.transpose(x, a, b);
  }),
  slice: ofOne((c, shape) => {
    const axis = c.axis(shape.length);
    const [start, end] = [c.integer(-5, 5), c.once(3) ? undefined : c.integer(-5, 5)];
    const step = c.option([1, 2, -1, -2, 3]);
    return (x) => ops.slice(x, axis, start, end, step);
  }),
  select: ofOne((c, shape) => {
    const [axis, position] = [c.axis(shape.length), c.integer(-3, 3)];
    return (x) => ops.select(x, axis, position);
  }),
  split: ofOne((c, shape) => {
    const axis = c.axis(shape.length);
    const size = c.once(2) ? c.option([1, 2, 3]) : [c.integer(0, 2), c.integer(0, 2)];
    return (x) => ops.split(x, size, axis);
  }),
  pad: ofOne((c, shape) => {
    const amounts = c.list(c.below(shape.length + 2), () => {
      return [c.option([0, 1, 2, -1]), c.option([0, 1, 3, -1])].map((n) => n % 100) as [
        number,
        number,
      ];
    });
    const fill = c.pick([0, 2.5, 'zeros', 'reflect', 'replicate', 'circular'] as const);
    return (x) => ops.pad(x, amounts, fill);
  }),
  roll: ofOne((c, shape) => {
    const [by, axis] = [c.option([0, 1, 2, -3, 7]), c.axis(shape.length)];
    return (x) => ops.roll(x, by, axis);
  }),
  repeat: ofOne((c, shape) => {
    const counts = c.list(c.once(15) ? 1 : shape.length, () => c.pick([1, 2, 0, 3, -1]));
    return (x) => ops.repeat(x, counts);
  }),
  tile: ofOne((c) => {
    const counts = c.list(c.integer(0, 3), () => c.pick([1, 2, 0, 3, 1.5]));
    return (x) => ops.tile(x, counts);
  }),
  expand: ofOne((c, shape) => {
    const lead = c.list(c.below(3), () => c.extent(3));
    const target = [
      ...lead,
      ...nearly(
        c,
        shape.map((n) => (n === 1 ? c.extent(3) : c.once(5) ? -1 : n)),
      ),
    ];
    return (x) => ops.expand(x, target);
  }),
  cast: ofOne((c) => {
    const dtype = c.pick(['float32', 'int32', 'uint8', 'bool', 'float16'] as readonly DType[]);
    return (x) => ops.cast(x, dtype);
  }),
  concat: (c) => {
    const shape = c.shape(c.integer(0, 3));
    const axis = c.axis(shape.length);
    const shapes = c.list(c.integer(1, 3), () =>
      nearly(
        c,
        shape.map((extent, i) => (i === axis ? c.extent(3) : extent)),
      ),
    );
    return { inputs: shapes.map((s) => numbers(c, s)), body: (...t) => ops.concat(t, axis) };
  },
  stack: (c) => {
    const shape = c.shape(c.integer(0, 3));
    const axis = c.axis(shape.length + 1);
    const shapes = c.list(c.integer(1, 3), () => nearly(c, shape));
    return { inputs: shapes.map((s) => numbers(c, s)), body: (...t) => ops.stack(t, axis) };
  },
  gather: (c) => {
    const shape = c.shape(c.integer(0, 3));
    const axis = c.axis(shape.length);
    const at = axis < 0 ? axis + shape.length : axis;
    const index = nearly(
      c,
      shape.map((n, i) => (i === at ? c.extent(5) : c.once(4) ? 1 : n)),
    );
    return {
      inputs: [numbers(c, shape), positions(c, index, shape[at] ?? 1)],
      body: (x, i) => ops.gather(x, axis, i),
    };
  },
  indexSelect: (c) => {
    const shape = c.shape(c.integer(1, 3));
    const axis = c.axis(shape.length);
    return {
      inputs: [
        numbers(c, shape),
        positions(c, nearly(c, [c.extent(5)]), shape.slice(axis)[0] ?? 1),
      ],
      body: (x, i) => ops.indexSelect(x, axis, i),
    };
  },
  scatter: (c) => {
    const shape = c.shape(c.integer(1, 3));
    const axis = c.axis(shape.length);
    // One position on each line, so that none is written twice.
    const index = nearly(
      c,
      shape.map((n, i) => (i === axis || i === axis + shape.length ? 1 : n)),
    );
    return {
      inputs: [
        numbers(c, shape),
        positions(c, index, shape.slice(axis)[0] ?? 1),
        numbers(c, nearly(c, index)),
      ],
      body: (x, i, source) => ops.scatter(x, axis, i, source),
    };
  },
  scatterAdd: (c) => {
    const shape = c.shape(c.integer(1, 3));
    const axis = c.axis(shape.length);
    const index = nearly(
      c,
      shape.map((n) => (c.once(4) ? 1 : n)),
    );
    return {
      inputs: [
        numbers(c, shape),
        positions(c, index, shape.slice(axis)[0] ?? 1),
        numbers(c, nearly(c, index)),
      ],
      body: (x, i, source) => ops.scatterAdd(x, axis, i, source),
    };
  },
  oneHot: (c) => {
    const classes = c.option([1, 3, 5]);
    return {
      inputs: [
        positions(
          c,
          c.shape(c.integer(0, 2)),
          classes > 0 && classes < 9 ? Math.floor(classes) : 3,
        ),
      ],
      body: (x) => ops.oneHot(x, classes),
    };
  },
  matmul: (c) => {
    const widest = c.once(6) ? 70 : 4;
    const inner = c.extent(widest);
    const batch = c.shape(c.below(3), 3);
    const a = [
      ...(c.once(2) ? broadcasting(c, batch) : batch),
      ...(c.once(6) ? [] : [c.extent(widest)]),
      inner,
    ];
    const b = [
      ...(c.once(2) ? broadcasting(c, batch) : batch),
      inner,
      ...(c.once(6) ? [] : [c.extent(widest)]),
    ];
    return {
      inputs: [numbers(c, nearly(c, a)), numbers(c, nearly(c, b))],
      body: (x, y) => ops.matmul(x, y),
    };
  },
  linear: (c) => {
    const widest = c.once(6) ? 70 : 5;
    const [features, outputs] = [c.extent(widest), c.extent(widest)];
    const lead = c.shape(c.integer(0, 3), 3);
    const bias = c.once(2);
    return {
      inputs: [
        numbers(c, nearly(c, [...lead, features])),
        numbers(c, nearly(c, [outputs, features])),
        uniform(nearly(c, [outputs])),
      ],
      body: (x, w, b) => ops.linear(x, w, bias ? b : null),
    };
  },
};
