import {
  formatValue,
  type Generator,
  aBoolean,
  aGenerator,
  anyNumber,
  anyNumbers,
  checkOptions,
  optionKinds,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import { DatasetError } from '../errors.ts';
import { RandomStream } from '../random/random-stream.ts';

/** Which samples an epoch has, and in which order. */
export interface Sampler {
  /** Number of samples in an epoch. */
  readonly length: number;
  /**
   * The indices of the samples of one epoch. All chance comes from `generator`, which stands where the epoch begins: the
   * same seed and epoch give the same order.
   */
  order(generator: Generator): ArrayLike<number>;
}

/** Also one of the caller's own. */
export const aSampler: Kind = {
  expected: 'a sampler with length and order',
  accepts: (value) => {
    const given = value as Partial<Sampler> | null | undefined;
    return Number.isSafeInteger(given?.length) && typeof given?.order === 'function';
  },
};

function requireCount(owner: string, name: string, count: unknown, least: number): void {
  if (Number.isSafeInteger(count) && (count as number) >= least) return;
  throw new DatasetError(
    'sampler',
    `${owner}: expected ${name} as a whole number from ${least}, got ${formatValue(count)}`,
  );
}

/** 0, 1, 2, … */
export class SequentialSampler implements Sampler {
  readonly length: number;

  constructor(length: number) {
    requireCount('SequentialSampler', 'length', length, 0);
    this.length = length;
  }

  order(): Int32Array {
    return Int32Array.from({ length: this.length }, (_, i) => i);
  }
}

/** Options of `RandomSampler`. */
export interface RandomSamplerOptions {
  /** Whether a sample may come twice; default false. */
  readonly replacement?: boolean;
  /** Samples in an epoch; by default all. Without `replacement` at most all. */
  readonly numSamples?: number;
}

const randomSamplerOptions = optionKinds<RandomSamplerOptions>({
  replacement: aBoolean,
  numSamples: anyNumber,
});

/** All samples in a new order each epoch, or some of them, or draws with replacement. */
export class RandomSampler implements Sampler {
  readonly length: number;
  readonly #count: number;
  readonly #replacement: boolean;

  /** @param count Number of samples that there are. */
  constructor(count: number, options: RandomSamplerOptions = {}) {
    checkOptions('RandomSampler', options, randomSamplerOptions);
    requireCount('RandomSampler', 'count', count, 0);
    const { replacement = false, numSamples = count } = options;
    requireCount('RandomSampler', 'numSamples', numSamples, 0);
    if (!replacement && numSamples > count) {
      throw new DatasetError(
        'sampler',
        `RandomSampler: ${numSamples} of ${count} samples can only be drawn with replacement`,
      );
    }
    this.length = numSamples;
    this.#count = count;
    this.#replacement = replacement;
  }

  order(generator: Generator): Int32Array {
    requireKind('RandomSampler.order', 'generator', generator, aGenerator);
    if (!this.#replacement) return generator.permutation(this.#count).subarray(0, this.length);
    const random = new RandomStream(generator);
    return Int32Array.from({ length: this.length }, () => random.below(this.#count));
  }
}

/** @throws DatasetError (fault 'sampler') for what is no index of any set. */
function requireIndices(indices: ArrayLike<number>): void {
  for (let i = 0; i < indices.length; i++) {
    requireCount('SubsetRandomSampler', `indices[${i}]`, indices[i], 0);
  }
}

/** The samples `indices` in a new order each epoch. */
export class SubsetRandomSampler implements Sampler {
  readonly length: number;
  readonly #indices: Int32Array;

  constructor(indices: ArrayLike<number>) {
    requireKind('SubsetRandomSampler', 'indices', indices, anyNumbers);
    requireIndices(indices);
    this.#indices = Int32Array.from(indices);
    this.length = indices.length;
  }

  order(generator: Generator): Int32Array {
    requireKind('SubsetRandomSampler.order', 'generator', generator, aGenerator);
    return generator.permutation(this.length).map((place) => this.#indices[place]!);
  }
}

/** Options of `WeightedRandomSampler`. */
export interface WeightedRandomSamplerOptions {
  /** Samples in an epoch; by default as many as there are weights. */
  readonly numSamples?: number;
  /** Whether a sample may come twice; default true. */
  readonly replacement?: boolean;
}

const weightedRandomSamplerOptions = optionKinds<WeightedRandomSamplerOptions>({
  numSamples: anyNumber,
  replacement: aBoolean,
});

/** Samples drawn in proportion to their weights, which need not add up to 1: rare classes as often as frequent ones. */
export class WeightedRandomSampler implements Sampler {
  readonly length: number;
  readonly #weights: Float64Array;
  readonly #replacement: boolean;

  /** @throws DatasetError (fault 'sampler') for weights that are negative or not finite, or of which too few are above 0. */
  constructor(weights: ArrayLike<number>, options: WeightedRandomSamplerOptions = {}) {
    requireKind('WeightedRandomSampler', 'weights', weights, anyNumbers);
    checkOptions('WeightedRandomSampler', options, weightedRandomSamplerOptions);
    const { numSamples = weights.length, replacement = true } = options;
    requireCount('WeightedRandomSampler', 'numSamples', numSamples, 0);
    this.#weights = Float64Array.from(weights);
    const bad = this.#weights.findIndex((weight) => !(weight >= 0 && Number.isFinite(weight)));
    if (bad >= 0) {
      throw new DatasetError(
        'sampler',
        `WeightedRandomSampler: expected weights from 0, got ${weights[bad]} for sample ${bad}`,
      );
    }
    const possible = this.#weights.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0);
    if (numSamples > 0 && (possible === 0 || (!replacement && possible < numSamples))) {
      throw new DatasetError(
        'sampler',
        `WeightedRandomSampler: ${possible} samples have a weight above 0, too few to draw ${numSamples}`,
      );
    }
    this.length = numSamples;
    this.#replacement = replacement;
  }

  order(generator: Generator): Int32Array {
    requireKind('WeightedRandomSampler.order', 'generator', generator, aGenerator);
    const random = new RandomStream(generator);
    return this.#replacement ? this.#withReplacement(random) : this.#without(random);
  }

  #withReplacement(random: RandomStream): Int32Array {
    const sums = new Float64Array(this.#weights.length);
    let sum = 0;
    for (let i = 0; i < sums.length; i++) sums[i] = sum += this.#weights[i]!;
    return Int32Array.from({ length: this.length }, () => {
      const point = wideUniform(random) * sum;
      let [low, high] = [0, sums.length - 1];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (sums[middle]! > point) high = middle;
        else low = middle + 1;
      }
      return low;
    });
  }

  /**
   * Draws without replacement by keys log(u) / weight, the largest first (P. Efraimidis, P. Spirakis, "Weighted Random
   * Sampling with a Reservoir", 2006, algorithm A).
   */
  #without(random: RandomStream): Int32Array {
    const keys = this.#weights.map((weight) => Math.log(1 - wideUniform(random)) / weight);
    const drawable = Array.from(keys.keys()).filter((i) => this.#weights[i]! > 0);
    drawable.sort((a, b) => keys[b]! - keys[a]! || a - b);
    return Int32Array.from(drawable.slice(0, this.length));
  }
}

/** Uniform in [0, 1) with 53 bits: 24 are too few to tell millions of samples apart. */
function wideUniform(random: RandomStream): number {
  return ((random.word() >>> 5) * 67108864 + (random.word() >>> 6)) / 9007199254740992;
}

/**
 * All samples, in an order in which every stretch, so every batch, has the classes in the shares of the whole set, as
 * near as whole samples allow; samples of a class come in a new order each epoch.
 */
export class StratifiedSampler implements Sampler {
  readonly length: number;
  readonly #members: readonly (readonly number[])[];

  /** @param labels The class of each sample. */
  constructor(labels: ArrayLike<number>) {
    requireKind('StratifiedSampler', 'labels', labels, anyNumbers);
    const members = new Map<number, number[]>();
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i];
      if (label === undefined || Number.isNaN(label)) {
        throw new DatasetError('labels', `StratifiedSampler: sample ${i} has no label`);
      }
      const found = members.get(label);
      if (found === undefined) members.set(label, [i]);
      else found.push(i);
    }
    this.length = labels.length;
    this.#members = [...members.values()];
  }

  order(generator: Generator): Int32Array {
    requireKind('StratifiedSampler.order', 'generator', generator, aGenerator);
    const random = new RandomStream(generator);
    // The j-th of the n samples of a class is due at (j + u) / n of the epoch, with one u a class.
    const due: (readonly [time: number, index: number])[] = [];
    for (const indices of this.#members) {
      const start = random.uniform();
      const order = random.permutation(indices.length);
      order.forEach((place, j) => due.push([(j + start) / indices.length, indices[place]!]));
    }
    due.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
    return Int32Array.from(due, ([, index]) => index);
  }
}

/** Options of `DistributedSampler`. */
export interface DistributedSamplerOptions {
  /** Number of this process, from 0. */
  readonly rank: number;
  /** Number of processes. */
  readonly numReplicas: number;
  /** A new order each epoch, the same in all processes, which need the same seed; default true. */
  readonly shuffle?: boolean;
  /** Leaves out the samples that are too few for one more a process; by default the first come twice instead. */
  readonly dropLast?: boolean;
}

const distributedSamplerOptions = optionKinds<DistributedSamplerOptions>({
  rank: anyNumber,
  numReplicas: anyNumber,
  shuffle: aBoolean,
  dropLast: aBoolean,
});

/** The samples of one of several processes that train together: every `numReplicas`-th of the epoch's order. */
export class DistributedSampler implements Sampler {
  readonly length: number;
  readonly #count: number;
  readonly #rank: number;
  readonly #replicas: number;
  readonly #shuffle: boolean;

  /** @param count Number of samples that there are. */
  constructor(count: number, options: DistributedSamplerOptions) {
    checkOptions('DistributedSampler', options, distributedSamplerOptions, ['rank', 'numReplicas']);
    requireCount('DistributedSampler', 'count', count, 0);
    const { rank, numReplicas, shuffle = true, dropLast = false } = options;
    requireCount('DistributedSampler', 'numReplicas', numReplicas, 1);
    requireCount('DistributedSampler', 'rank', rank, 0);
    if (rank >= numReplicas) {
      throw new DatasetError(
        'sampler',
        `DistributedSampler: expected rank from 0 to ${numReplicas - 1}, got ${rank}`,
      );
    }
    this.length = dropLast ? Math.floor(count / numReplicas) : Math.ceil(count / numReplicas);
    this.#count = count;
    this.#rank = rank;
    this.#replicas = numReplicas;
    this.#shuffle = shuffle;
  }

  order(generator: Generator): Int32Array {
    requireKind('DistributedSampler.order', 'generator', generator, aGenerator);
    const order = this.#shuffle
      ? generator.permutation(this.#count)
      : Int32Array.from({ length: this.#count }, (_, i) => i);
    return Int32Array.from(
      { length: this.length },
      (_, i) => order[(i * this.#replicas + this.#rank) % this.#count]!,
    );
  }
}
