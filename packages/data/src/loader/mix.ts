import { aFloatArray } from '../kinds.ts';
import {
  elementCount,
  formatShape,
  aCount,
  checkOptions,
  numberAbove,
  numberFrom,
  optionKinds,
  listOf,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import type { HostArray } from '../dataset/host-array.ts';
import { DatasetError } from '../errors.ts';
import { gamma } from '../random/distributions.ts';
import { requireStream, type RandomStream } from '../random/random-stream.ts';
import { checkedContext, defaultCollate, type CollateContext } from './collate.ts';
import { makesFresh } from './sendable.ts';

/** An input and the number of its class. */
export type Labelled = readonly [input: HostArray<Float32Array>, label: number];

/** A collate that mixes samples. */
export type Mix = (samples: readonly Labelled[], context: CollateContext) => MixedBatch;

/** Inputs [N, …] and, for each, the shares of the classes [N, numClasses]. */
export type MixedBatch = readonly [
  inputs: HostArray<Float32Array>,
  targets: HostArray<Float32Array>,
];

/** Options of `mixUp` and `cutMix`. */
export interface MixOptions {
  /** Number of classes, which the targets have shares of. */
  readonly numClasses: number;
  /** Both parameters of the beta distribution that the share of a sample is drawn from; default 1: uniform. */
  readonly alpha?: number;
  /** Of batches that are mixed; default 1. The others get targets of 0 and 1. */
  readonly probability?: number;
}

const mixOptions = optionKinds<MixOptions>({
  numClasses: aCount,
  alpha: numberAbove(0),
  probability: numberFrom(0, 1),
});

/** Each sample of a batch and the one before it (the first and the last), in shares of `share` and the rest. */
export function mixUpBatch([inputs, targets]: MixedBatch, share: number): MixedBatch {
  const blended = (from: HostArray<Float32Array>): HostArray<Float32Array> => {
    const { data, shape } = from;
    const size = data.length / shape[0]!;
    const out = new Float32Array(data.length);
    for (let i = 0; i < data.length; i++) {
      const other = data[i < size ? data.length - size + i : i - size]!;
      out[i] = Math.fround(data[i]! * share) + Math.fround(other * (1 - share));
    }
    return { data: out, shape };
  };
  return [blended(inputs), blended(targets)];
}

/** Each sample with a box [from, to) of each spatial axis taken from the one before it (of the first, the last). */
export function cutMixBatch(
  [inputs, targets]: MixedBatch,
  box: readonly (readonly [from: number, to: number])[],
): MixedBatch {
  const [count, channels, ...extents] = inputs.shape as [number, number, ...number[]];
  if (box.length !== extents.length) {
    throw new DatasetError(
      'shape',
      `cutMix: expected a box of ${extents.length} axes for inputs ${formatShape(inputs.shape)}, got ${box.length}`,
    );
  }
  const out = inputs.data.slice();
  const area = elementCount(extents);
  const size = channels * area;
  for (let place = 0; place < area; place++) {
    let rest = place;
    let inside = true;
    for (let axis = extents.length - 1; axis >= 0 && inside; axis--) {
      const at = rest % extents[axis]!;
      inside = at >= box[axis]![0] && at < box[axis]![1];
      rest = Math.floor(rest / extents[axis]!);
    }
    if (!inside) continue;
    for (let sample = 0; sample < count; sample++) {
      const from = ((sample + count - 1) % count) * size;
      for (let channel = 0; channel < channels; channel++) {
        const offset = channel * area + place;
        out[sample * size + offset] = inputs.data[from + offset]!;
      }
    }
  }
  const cut = box.reduce((product, [from, to]) => product * (to - from), 1);
  const [, mixed] = mixUpBatch([targets, targets], 1 - cut / area);
  return [{ data: out, shape: inputs.shape }, mixed];
}

/**
 * A collate that mixes each sample with another, inputs and targets alike: torchvision's `MixUp` (H. Zhang et al.,
 * "mixup: Beyond Empirical Risk Minimization", 2018). The loss must take shares of classes as targets.
 */
export function mixUp(options: MixOptions): Mix {
  const { alpha, probability, numClasses } = checked('mixUp', options);
  return makesFresh((samples, context) => {
    const { random, names } = checkedContext('mixUp', samples, context);
    requireStream('mixUp', random);
    const batch = withShares('mixUp', samples, names, numClasses);
    if (!random.chance(probability)) return batch;
    return mixUpBatch(batch, betaShare(alpha, random));
  });
}

/**
 * A collate that puts a box of another sample into each, and mixes the targets by its size: torchvision's `CutMix` (S. Yun
 * et al., "CutMix: Regularization Strategy to Train Strong Classifiers", 2019). For pictures, signals and volumes.
 */
export function cutMix(options: MixOptions): Mix {
  const { alpha, probability, numClasses } = checked('cutMix', options);
  return makesFresh((samples, context) => {
    const { random, names } = checkedContext('cutMix', samples, context);
    requireStream('cutMix', random);
    const batch = withShares('cutMix', samples, names, numClasses);
    if (!random.chance(probability)) return batch;
    const extents = batch[0].shape.slice(2);
    const side = 0.5 * (1 - betaShare(alpha, random)) ** (1 / extents.length);
    const box = extents.map((extent): readonly [number, number] => {
      const middle = random.below(extent);
      const reach = Math.trunc(side * extent);
      return [Math.max(middle - reach, 0), Math.min(middle + reach, extent)];
    });
    return cutMixBatch(batch, box);
  });
}

function checked(where: string, options: MixOptions): Required<MixOptions> {
  checkOptions(where, options, mixOptions, ['numClasses']);
  const { numClasses, alpha = 1, probability = 1 } = options;
  return { numClasses, alpha, probability };
}

const aLabelledSample: Kind = {
  expected: '[input, label]',
  accepts: (value) =>
    Array.isArray(value) &&
    value.length === 2 &&
    aFloatArray.accepts(value[0]) &&
    typeof value[1] === 'number',
};

function withShares(
  where: string,
  samples: readonly Labelled[],
  names: readonly string[],
  numClasses: number,
): MixedBatch {
  requireKind(where, 'samples', samples, listOf(aLabelledSample));
  const [inputs, labels] = defaultCollate(samples, { names }) as [
    HostArray<Float32Array>,
    HostArray<Int32Array>,
  ];
  const data = new Float32Array(samples.length * numClasses);
  labels.data.forEach((label, i) => {
    if (label < 0 || label >= numClasses) {
      throw new DatasetError(
        'labels',
        `${names[i]}: expected a label from 0 to ${numClasses - 1}, got ${label}`,
      );
    }
    data[i * numClasses + label] = 1;
  });
  return [inputs, { data, shape: [samples.length, numClasses] }];
}

/** From the beta distribution with both parameters `alpha`. */
function betaShare(alpha: number, random: RandomStream): number {
  if (alpha === 1) return random.uniform();
  const [a, b] = [gamma(alpha, random), gamma(alpha, random)];
  // Both may be too small to be told from 0.
  return a + b > 0 ? a / (a + b) : random.chance(0.5) ? 1 : 0;
}
