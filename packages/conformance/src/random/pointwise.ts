import * as ops from '@convnet/tensor-core/ops';
import { Generator } from '@convnet/tensor-core';
import { asType, integers, uniform, type Input } from '../inputs.ts';
import type { Choices } from './choices.ts';
import { broadcasting, nearly, numbers, reversed, type Sketchers } from './sketch.ts';

const dtypes = ['float32', 'float16', 'int32', 'uint8', 'bool'] as const;

/** Any type, small numbers. */
function anything(c: Choices, shape: readonly number[]): Input {
  const dtype = c.pick(dtypes);
  if (dtype === 'float32') return uniform(shape, 0.3, 2.5);
  return asType(
    integers(shape, dtype === 'int32' && c.once(2) ? 1 : 1, dtype === 'bool' ? 1 : 9),
    dtype,
  );
}

/** Every row that a program can call, with any number of scalars. */
const rows: Sketchers = Object.fromEntries(
  Object.entries(ops.pointwiseRows)
    .filter(([name]) => !name.endsWith('Grad'))
    .map(([name, row]) => [
      name,
      (c: Choices) => {
        const shape = c.shape(c.integer(0, 4));
        const shapes = c.list(row.inputs, (i) => (i === 0 ? shape : broadcasting(c, shape)));
        const inputs = (c.once(2) ? shapes : reversed(shapes)).map((s) => anything(c, s));
        if (name === 'where' && !c.once(10)) {
          inputs[0] = integers(inputs[0]!.shape, 0, 1, 'bool');
        }
        const scalars = (row.exampleScalars ?? []).map((scalar) => (c.once(2) ? 1 : scalar));
        return { inputs, body: (...t) => ops.pointwise(name, t, scalars) };
      },
    ]),
);

/** The functions of one tensor that take options. */
const withOptions: Sketchers = {
  hardtanh: (c) => {
    const [min, max] = [c.option([-1, 0]), c.option([0, 1, 2])];
    return { inputs: [anything(c, c.shape(2))], body: (x) => ops.hardtanh(x, min, max) };
  },
  leakyRelu: (c) => {
    const slope = c.option([0.1, 2]);
    return { inputs: [anything(c, c.shape(2))], body: (x) => ops.leakyRelu(x, slope) };
  },
  elu: (c) => {
    const alpha = c.option([1, 0.5]);
    return { inputs: [anything(c, c.shape(2))], body: (x) => ops.elu(x, alpha) };
  },
  celu: (c) => {
    const alpha = c.option([1, 0.5, -0.5]);
    return { inputs: [anything(c, c.shape(2))], body: (x) => ops.celu(x, alpha) };
  },
  rrelu: (c) => {
    const [lower, upper] = [c.option([0.1, 0]), c.option([0.3, 0.1])];
    const training = c.once(2);
    return {
      inputs: [anything(c, c.shape(2))],
      body: (x) => ops.rrelu(x, lower, upper, { training, generator: new Generator(3) }),
    };
  },
  softplus: (c) => {
    const [beta, threshold] = [c.option([1, 2]), c.option([20, 1])];
    return { inputs: [anything(c, c.shape(2))], body: (x) => ops.softplus(x, beta, threshold) };
  },
  clamp: (c) => {
    const [min, max] = [c.option([-1, 1]), c.option([0, 2])];
    return { inputs: [anything(c, c.shape(2))], body: (x) => ops.clamp(x, min, max) };
  },
  pow: (c) => {
    const exponent = c.option([2, 0.5, 3, -1]);
    return { inputs: [anything(c, c.shape(2))], body: (x) => ops.pow(x, exponent) };
  },
  prelu: (c) => {
    const shape = c.shape(c.integer(1, 4));
    const slopes = nearly(c, c.once(2) ? [1] : [shape[1] ?? 1]);
    return {
      inputs: [anything(c, shape), uniform(slopes, 0, 1)],
      body: (x, slope) => ops.prelu(x, slope),
    };
  },
  squash: (c) => {
    const shape = c.shape(c.integer(0, 3));
    const axis = c.axis(shape.length);
    return { inputs: [anything(c, shape)], body: (x) => ops.squash(x, axis) };
  },
};

/** Functions of one tensor that are made of others. */
const composed: Sketchers = Object.fromEntries(
  Object.entries({
    relu6: ops.relu6,
    selu: ops.selu,
    logSigmoid: ops.logSigmoid,
    softsign: ops.softsign,
    tanhshrink: ops.tanhshrink,
  }).map(([name, op]) => [
    name,
    (c: Choices) => ({ inputs: [anything(c, c.shape(c.integer(0, 4)))], body: (x) => op(x) }),
  ]),
);

/** What drops elements by random numbers, the same ones each time. */
const dropping: Sketchers = {
  dropout: (c) => {
    const p = c.option([0.5, 0.2, 0]);
    return {
      inputs: [numbers(c, c.shape(c.integer(0, 4)))],
      body: (x) => ops.dropout(x, p, { generator: new Generator(3) }),
    };
  },
  dropoutChannels: (c) => {
    const p = c.option([0.5, 0.2, 0]);
    return {
      inputs: [numbers(c, c.shape(c.integer(0, 4)))],
      body: (x) => ops.dropoutChannels(x, p, { generator: new Generator(3) }),
    };
  },
  alphaDropout: (c) => {
    const [p, training] = [c.option([0.5, 0.2, 0, 1]), !c.once(4)];
    return {
      inputs: [numbers(c, c.shape(c.integer(0, 4)))],
      body: (x) => ops.alphaDropout(x, p, { training, generator: new Generator(3) }),
    };
  },
  featureAlphaDropout: (c) => {
    const [p, training] = [c.option([0.5, 0.2, 0, 1]), !c.once(4)];
    return {
      inputs: [numbers(c, c.shape(c.integer(0, 4)))],
      body: (x) => ops.featureAlphaDropout(x, p, { training, generator: new Generator(3) }),
    };
  },
  stochasticDepth: (c) => {
    const [p, mode] = [c.option([0.5, 0.2, 0]), c.pick(['row', 'batch'] as const)];
    return {
      inputs: [numbers(c, c.shape(c.integer(0, 4)))],
      body: (x) => ops.stochasticDepth(x, p, mode, { generator: new Generator(3) }),
    };
  },
};

export const pointwiseSketches: Sketchers = {
  ...rows,
  ...composed,
  ...dropping,
  ...Object.fromEntries(
    Object.entries(withOptions).map(([name, sketch]) => [`${name} with options`, sketch]),
  ),
};
