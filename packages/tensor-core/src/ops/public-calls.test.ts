import { describe, expect, it } from 'vitest';

import { zeros } from '../create.ts';
import { meta } from '../device.ts';
import type { DType } from '../dtype.ts';
import { ConvnetError } from '../errors.ts';
import type { Tensor } from '../tensor.ts';
import * as updates from '../updates/index.ts';
import * as ops from './index.ts';

/** An argument of a call: a tensor that may be replaced by what is none, the options, or a plain value. */
class TensorPlace {
  readonly value: Tensor;
  /** What else the operation takes there. */
  readonly others: readonly unknown[];

  constructor(shape: readonly number[], dtype: DType, others: readonly unknown[]) {
    this.value = zeros(shape, { device: meta, dtype });
    this.others = others;
  }
}

class OptionsPlace {
  /** What the operation needs beside what it may have. */
  readonly value: object;

  constructor(value: object = {}) {
    this.value = value;
  }
}

const t = (...shape: number[]): TensorPlace => new TensorPlace(shape, 'float32', []);
const int = (...shape: number[]): TensorPlace => new TensorPlace(shape, 'int32', []);
/** A tensor that may be absent. */
const maybe = (...shape: number[]): TensorPlace =>
  new TensorPlace(shape, 'float32', [null, undefined]);
/** A tensor or a number. */
const like = (...shape: number[]): TensorPlace => new TensorPlace(shape, 'float32', [1]);
const options = (value?: object): OptionsPlace => new OptionsPlace(value);

const x = [1, 2, 4, 4] as const;
const state = { weight: null, bias: null, runningMean: null, runningVar: null };

const one = (...names: string[]): [string, unknown[]][] => names.map((name) => [name, [t(2, 3)]]);
const two = (...names: string[]): [string, unknown[]][] =>
  names.map((name) => [name, [t(2, 3), like(2, 3)]]);
const reductions = (...names: string[]): [string, unknown[]][] =>
  names.map((name) => [name, [t(2, 3), 0, options()]]);
const losses = (...names: string[]): [string, unknown[]][] =>
  names.map((name) => [name, [t(2, 3), t(2, 3), options()]]);

/** How each exported operation is called. */
const calls: readonly (readonly [string, readonly unknown[]])[] = [
  ...one('relu', 'relu6', 'hardtanh', 'leakyRelu', 'elu', 'selu', 'gelu', 'silu', 'mish'),
  ...one('hardswish', 'hardsigmoid', 'sigmoid', 'tanh', 'softplus', 'logSigmoid', 'softsign'),
  ...one('tanhshrink', 'neg', 'abs', 'square', 'reciprocal', 'exp', 'expm1', 'log', 'log1p'),
  ...one('sqrt', 'rsqrt', 'sin', 'cos', 'erf', 'sign', 'floor', 'ceil', 'round', 'isNaN'),
  ...one('isFinite', 'logicalNot', 'flatten', 'squeeze', 'squash'),
  ...two('add', 'sub', 'mul', 'pow', 'maximum', 'minimum', 'remainder', 'div', 'logicalAnd'),
  ...two('logicalOr', 'logicalXor', 'eq', 'ne', 'lt', 'le', 'gt', 'ge'),
  ...reductions('sum', 'mean', 'max', 'min', 'prod', 'argmax', 'argmin', 'variance', 'std'),
  ...reductions('all', 'any', 'norm', 'logSumExp', 'sort', 'argsort'),
  ...losses('mseLoss', 'l1Loss', 'huberLoss', 'smoothL1Loss', 'klDiv', 'binaryCrossEntropy'),
  ...losses('binaryCrossEntropyWithLogits', 'sigmoidFocalLoss'),
  ['nllLoss', [t(2, 3), int(2), options()]],
  ['marginLoss', [t(2, 3), int(2), options()]],
  ['crossEntropy', [t(2, 3), int(2), options()]],
  ['topk', [t(2, 3), 1, 1, options()]],
  ['prelu', [t(2, 3), t(1)]],
  ['where', [new TensorPlace([2, 3], 'bool', []), like(2, 3), like(2, 3)]],
  ['clamp', [t(2, 3), 0, 1]],
  ['pointwise', ['exp', [t(2, 3).value]]],
  ['batchNorm', [t(...x), state, options({ training: false })]],
  ['instanceNorm', [t(...x), state, options()]],
  ['groupNorm', [t(...x), 1, options()]],
  ['layerNorm', [t(2, 3), 3, options()]],
  ['rmsNorm', [t(2, 3), 3, options()]],
  ['localResponseNorm', [t(...x), 2, options()]],
  ['conv', [t(...x), t(3, 2, 2, 2), maybe(3), options()]],
  ['convTranspose', [t(...x), t(2, 3, 2, 2), maybe(3), options()]],
  ['maxPool', [t(...x), 2, options()]],
  ['maxPoolWithIndices', [t(...x), 2, options()]],
  ['avgPool', [t(...x), 2, options()]],
  ['lpPool', [t(...x), 2, 2, options()]],
  ['maxUnpool', [t(...x), int(...x), 2, options()]],
  ['adaptiveAvgPool', [t(...x), 1]],
  ['adaptiveMaxPool', [t(...x), 1]],
  ['adaptiveMaxPoolWithIndices', [t(...x), 1]],
  ['globalAvgPool', [t(...x)]],
  ['globalMaxPool', [t(...x)]],
  ['interpolate', [t(...x), options({ size: 8 })]],
  ['gridSample', [t(...x), t(1, 3, 3, 2), options()]],
  [
    'pad',
    [
      t(...x),
      [
        [1, 1],
        [1, 1],
      ],
    ],
  ],
  ['dropout', [t(2, 3), 0.5, options()]],
  ['dropoutChannels', [t(...x), 0.5, options()]],
  ['stochasticDepth', [t(2, 3), 0.5, 'row', options()]],
  ['cumsum', [t(2, 3), 0]],
  ['softmax', [t(2, 3), 0]],
  ['logSoftmax', [t(2, 3), 0]],
  ['gather', [t(2, 3), 0, int(2, 3)]],
  ['indexSelect', [t(2, 3), 0, int(2)]],
  ['scatter', [t(2, 3), 0, int(2, 3), like(2, 3)]],
  ['scatterAdd', [t(2, 3), 0, int(2, 3), t(2, 3)]],
  ['oneHot', [int(2), 3]],
  ['expand', [t(2, 3), [2, 3]]],
  ['reshape', [t(2, 3), [6]]],
  ['unsqueeze', [t(2, 3), 0]],
  ['cast', [t(2, 3), 'int32']],
  ['matmul', [t(2, 3), t(3, 2)]],
  ['linear', [t(2, 3), t(4, 3), maybe(4)]],
  ['permute', [t(2, 3), [1, 0]]],
  ['transpose', [t(2, 3), 0, 1]],
  ['slice', [t(2, 3), 0, 0, 1]],
  ['select', [t(2, 3), 0, 0]],
  ['flip', [t(2, 3), 0]],
  ['concat', [[t(2, 3).value]]],
  ['stack', [[t(2, 3).value]]],
  ['split', [t(2, 3), 1]],
  ['repeat', [t(2, 3), [1, 2]]],
  ['tile', [t(2, 3), [1, 2]]],
  ['roll', [t(2, 3), 1, 0]],
  ['channelShuffle', [t(...x), 2]],
  ['pixelShuffle', [t(1, 4, 2, 2), 2]],
  ['pixelUnshuffle', [t(...x), 2]],
];

/** Updates of weights. */
const updateCalls: typeof calls = [
  ['assign', [t(2, 3), t(2, 3)]],
  ['blend', [t(2, 3), t(2, 3), 0.5, 0.5]],
  ['clone', [t(2, 3)]],
  ['scale', [t(2, 3), 2]],
];

const noTensors = [undefined, null, 1, 'x', {}, [], [1, 2], new Float32Array(2)];

type AnyFunction = (...given: unknown[]) => unknown;

function exported(name: string): AnyFunction {
  return ({ ...ops, ...updates } as unknown as Record<string, AnyFunction>)[name]!;
}

function valueOf(place: unknown): unknown {
  return place instanceof TensorPlace || place instanceof OptionsPlace ? place.value : place;
}

/** What is thrown with another value at one place. */
function refusal(name: string, places: readonly unknown[], at: number, given: unknown): unknown {
  try {
    exported(name)(...places.map((place, i) => (i === at ? given : valueOf(place))));
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('every exported operation', () => {
  it('is in the table', () => {
    const names = Object.entries(ops).filter(([, value]) => typeof value === 'function');
    expect(names.map(([name]) => name).toSorted()).toEqual(calls.map(([name]) => name).toSorted());
  });

  it.each(calls.filter(([name]) => String(exported(name)).split('{')[0]!.includes('options')))(
    '%s has the options that its source has',
    (_, places) => {
      expect(places.some((place) => place instanceof OptionsPlace)).toBe(true);
    },
  );

  it.each([...calls, ...updateCalls])('%s takes what the table gives it', (name, places) => {
    expect(() => exported(name)(...places.map(valueOf))).not.toThrow();
  });

  it.each([...calls, ...updateCalls])('%s refuses what is no tensor', (name, places) => {
    const accepted = places.flatMap((place, at) =>
      place instanceof TensorPlace
        ? noTensors
            .filter((value) => !place.others.includes(value))
            .filter((value) => !(refusal(name, places, at, value) instanceof ConvnetError))
            .map((value) => `argument ${at}: ${JSON.stringify(value)}`)
        : [],
    );
    expect(accepted).toEqual([]);
  });

  it.each(calls.filter(([, places]) => places.some((place) => place instanceof OptionsPlace)))(
    '%s refuses an option that it does not have, and what are no options',
    (name, places) => {
      const at = places.findIndex((place) => place instanceof OptionsPlace);
      const needed = valueOf(places[at]) as object;
      expect(String(refusal(name, places, at, { ...needed, notAnOption: 1 }))).toContain(
        "there is no option 'notAnOption'",
      );
      for (const given of [null, 2, 'same', []]) {
        expect(refusal(name, places, at, given)).toBeInstanceOf(ConvnetError);
      }
    },
  );
});

describe('lists of tensors', () => {
  const noLists = [...noTensors.filter((value) => !Array.isArray(value)), [], [1], [null]];

  it.each(['concat', 'stack'])('%s refuses what is none', (name) => {
    for (const given of noLists) {
      expect(refusal(name, [[]], 0, given)).toBeInstanceOf(ConvnetError);
    }
  });
});
