import {
  abs,
  add,
  argmax,
  avgPool,
  batchNorm,
  cast,
  div,
  dropout,
  elementCount,
  expand,
  full,
  groupNorm,
  instanceNorm,
  layerNorm,
  localResponseNorm,
  logSoftmax,
  mean,
  mul,
  normalizeAxis,
  oneHot,
  pad,
  permute,
  pow,
  reshape,
  rmsNorm,
  rsqrt,
  softmax,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
} from '@convnet/tensor-core';

import type { NodeReader } from '../import/node-reader.ts';
import type { Operator } from '../import/operator.ts';

/** A list for the channels, with an axis of extent 1 for each axis of x but these. */
function perChannel(x: Tensor, values: Tensor): Tensor {
  return reshape(
    values,
    x.shape.map((extent, axis) => (axis === 1 ? extent : 1)),
  );
}

/**
 * By the running statistics, or in a network that is being trained by those of the batch, which move the running ones.
 * `training_mode` gives the moved ones as outputs, by the biased variance.
 */
const batchNormOf: Operator = {
  learned: [1, 2],
  kept: [3, 4],
  prepare: (node) => {
    const epsilon = node.float('epsilon', 1e-5);
    const kept = node.float('momentum', 0.9);
    const isTraining = node.opset >= 14 && node.flag('training_mode');
    if (node.opset < 9 && !node.flag('spatial', true)) node.refuse('spatial 0');
    if (node.opset < 7 && !node.flag('is_test'))
      node.refuse('is_test 0: it is of a network in training');
    if (!isTraining && node.hasOutput(1)) node.refuse('statistics as outputs before opset 14');
    return (inputs) => {
      const x = inputs.tensor(0);
      const [weight, bias] = [inputs.tensor(1), inputs.tensor(2)];
      const [runningMean, runningVar] = [inputs.tensor(3), inputs.tensor(4)];
      if (!isTraining) {
        const state = { weight, bias, runningMean, runningVar };
        const momentum = Math.min(Math.max(1 - kept, 0), 1);
        return batchNorm(x, state, { training: inputs.training, momentum, epsilon });
      }
      const axes = x.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
      const centre = mean(x, axes, { keepDim: true });
      const centred = sub(x, centre);
      const variance = mean(square(centred), axes, { keepDim: true });
      const scaled = mul(mul(centred, rsqrt(add(variance, epsilon))), perChannel(x, weight));
      const moved = (running: Tensor, batch: Tensor): Tensor =>
        add(mul(running, kept), mul(reshape(batch, running.shape), 1 - kept));
      return [
        add(scaled, perChannel(x, bias)),
        moved(runningMean, centre),
        moved(runningVar, variance),
      ];
    };
  },
};

const instanceNormOf: Operator = {
  learned: [1, 2],
  prepare: (node) => {
    const epsilon = node.float('epsilon', 1e-5);
    return (inputs) =>
      instanceNorm(
        inputs.tensor(0),
        { weight: inputs.tensor(1), bias: inputs.tensor(2), runningMean: null, runningVar: null },
        { epsilon },
      );
  },
};

const layerNormOf: Operator = {
  learned: [1, 2],
  prepare: (node) => {
    const axis = node.int('axis', -1);
    const epsilon = node.float('epsilon', 1e-5);
    node.ignore('stash_type');
    const withStatistics = node.hasOutput(1) || node.hasOutput(2);
    return (inputs) => {
      const x = inputs.tensor(0);
      const first = normalizeAxis('LayerNormalization', axis, x.rank);
      const shape = x.shape.slice(first);
      const [weight, bias] = [inputs.tensor(1), inputs.optional(2)];
      const isPlain = [weight, bias].every((t) => t === null || t.shape.join() === shape.join());
      let y = isPlain
        ? layerNorm(x, shape, { weight, bias, epsilon })
        : mul(layerNorm(x, shape, { epsilon }), weight);
      if (!isPlain && bias !== null) y = add(y, bias);
      if (!withStatistics) return y;
      const axes = shape.map((_, i) => first + i);
      const centre = mean(x, axes, { keepDim: true });
      const variance = mean(square(sub(x, centre)), axes, { keepDim: true });
      return [y, centre, rsqrt(add(variance, epsilon))];
    };
  },
};

const rmsNormOf: Operator = {
  learned: [1],
  prepare: (node) => {
    const axis = node.int('axis', -1);
    const epsilon = node.float('epsilon', 1e-5);
    node.ignore('stash_type');
    return (inputs) => {
      const x = inputs.tensor(0);
      const weight = inputs.tensor(1);
      const shape = x.shape.slice(normalizeAxis('RMSNormalization', axis, x.rank));
      return mul(rmsNorm(x, shape, { epsilon }), weight);
    };
  },
};

/** Scale and bias stand for each group before opset 21, for each channel from then on. */
const groupNormOf: Operator = {
  learned: [1, 2],
  prepare: (node) => {
    const groups = node.int('num_groups', 0);
    const epsilon = node.float('epsilon', 1e-5);
    node.ignore('stash_type');
    return (inputs) => {
      const x = inputs.tensor(0);
      const channels = x.shape[1]!;
      const ofChannels = (values: Tensor): Tensor => {
        if (values.size === channels) return values;
        return reshape(expand(reshape(values, [groups, 1]), [groups, channels / groups]), [
          channels,
        ]);
      };
      const [weight, bias] = [ofChannels(inputs.tensor(1)), ofChannels(inputs.tensor(2))];
      return groupNorm(x, groups, { weight, bias, epsilon });
    };
  },
};

const localResponse: Operator = {
  prepare: (node) => {
    const size = node.int('size', 0);
    if (size < 1) node.refuse('it has no size');
    const alpha = node.float('alpha', 1e-4);
    const beta = node.float('beta', 0.75);
    const k = node.float('bias', 1);
    return (inputs) => {
      const x = inputs.tensor(0);
      if (size % 2 === 1) return localResponseNorm(x, size, { alpha, beta, k });
      // An even window has one channel more behind than before; the layer has it the other way round.
      const [batch, channels, ...spatial] = x.shape as [number, number, ...number[]];
      const planes = reshape(square(x), [batch, 1, channels, elementCount(spatial)]);
      const half = size / 2;
      const around = pad(planes, [
        [half - 1, half],
        [0, 0],
      ]);
      const means = reshape(avgPool(around, [size, 1], { stride: 1 }), x.shape);
      return div(x, pow(add(mul(means, alpha), k), beta));
    };
  },
};

const meanVariance: Operator = {
  prepare: (node) => {
    const axes = node.ints('axes') ?? [0, 2, 3];
    return (inputs) => {
      const x = inputs.tensor(0);
      const centred = sub(x, mean(x, axes, { keepDim: true }));
      const deviation = sqrt(mean(square(centred), axes, { keepDim: true }));
      return div(centred, add(deviation, 1e-9));
    };
  },
};

const lpNormalization: Operator = {
  prepare: (node) => {
    const axis = node.int('axis', -1);
    const p = node.int('p', 2);
    if (p !== 1 && p !== 2) node.refuse(`p ${p}`);
    return (inputs) => {
      const x = inputs.tensor(0);
      const size =
        p === 1
          ? sum(abs(x), axis, { keepDim: true })
          : sqrt(sum(square(x), axis, { keepDim: true }));
      return div(x, size);
    };
  },
};

/** Along one axis; before opset 13 over all axes from one on, as one. */
const overAxis = (compute: (x: Tensor, axis: number) => Tensor): Operator => ({
  prepare: (node) => {
    const isOne = node.opset >= 13;
    const axis = node.int('axis', isOne ? -1 : 1);
    return (inputs) => {
      const x = inputs.tensor(0);
      const along = normalizeAxis(node.opType, axis, x.rank);
      if (isOne || along === x.rank - 1) return compute(x, along);
      const rows = [elementCount(x.shape.slice(0, along)), elementCount(x.shape.slice(along))];
      return reshape(compute(reshape(x, rows), 1), x.shape);
    };
  },
});

/** 1 at the first of the greatest, else 0. */
function hardmax(x: Tensor, axis: number): Tensor {
  const chosen = oneHot(argmax(x, axis), x.shape[axis]!, 'float32');
  const order = x.shape.map((_, i) => (i < axis ? i : i === axis ? x.rank - 1 : i - 1));
  return permute(chosen, order);
}

/** Does nothing outside of training; `training_mode` says that the file itself is of a network in training. */
const dropoutOf: Operator = {
  host: [1, 2],
  prepare: (node) => {
    const attribute = readRatio(node);
    const withMask = node.hasOutput(1);
    const isAfter = node.opset >= 12;
    node.ignore('seed', 'is_test');
    return (inputs) => {
      const x = inputs.tensor(0);
      const ratio = (isAfter ? inputs.number(1) : null) ?? attribute;
      const training = inputs.training || (isAfter && inputs.number(2) === 1);
      const all = (): Tensor => full(x.shape, 1, { device: x.device, dtype: 'bool' });
      if (!training || ratio === 0) return withMask ? [x, all()] : x;
      if (!withMask) return dropout(x, ratio, { training });
      const kept = dropout(full(x.shape, 1, { device: x.device }), ratio, { training });
      return [mul(x, kept), cast(kept, 'bool')];
    };
  },
};

function readRatio(node: NodeReader): number {
  return node.opset < 12 ? node.float('ratio', 0.5) : 0.5;
}

export const normalizationOperators: Readonly<Record<string, Operator>> = {
  BatchNormalization: batchNormOf,
  Dropout: dropoutOf,
  GroupNormalization: groupNormOf,
  Hardmax: overAxis(hardmax),
  InstanceNormalization: instanceNormOf,
  LRN: localResponse,
  LayerNormalization: layerNormOf,
  LogSoftmax: overAxis(logSoftmax),
  LpNormalization: lpNormalization,
  MeanVarianceNormalization: meanVariance,
  RMSNormalization: rmsNormOf,
  Softmax: overAxis(softmax),
};
