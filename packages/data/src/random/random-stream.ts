import {
  aFiniteNumber,
  aGenerator,
  philox,
  requireKind,
  wordToUniform,
  wordsToNormals,
  type Generator,
  aCount,
  anInt32,
  numberFrom,
  type Kind,
} from '@convnet/tensor-core';

const aProbability = numberFrom(0, 1);
/** Of what an Int32Array can number. */
const aLength: Kind = {
  expected: 'an integer from 0 to 2^31 - 1',
  accepts: (value) => anInt32.accepts(value) && (value as number) >= 0,
};

/**
 * Single random numbers for host code, drawn block by block from a `Generator`. The same generator state
 * gives the same numbers everywhere.
 */
export class RandomStream {
  readonly #generator: Generator;
  readonly #words: Uint32Array = new Uint32Array(4);
  #used = 4;

  constructor(generator: Generator) {
    requireKind('RandomStream', 'generator', generator, aGenerator);
    this.#generator = generator;
  }

  /** 32 random bits as an unsigned integer. */
  word(): number {
    if (this.#used === 4) {
      philox(this.#generator.seed, this.#generator.advance(4), this.#words);
      this.#used = 0;
    }
    return this.#words[this.#used++]!;
  }

  /** Uniform in [0, 1). */
  uniform(): number {
    return wordToUniform(this.word());
  }

  /** Uniform in [`low`, `high`). */
  between(low: number, high: number): number {
    requireKind('RandomStream.between', 'low', low, aFiniteNumber);
    requireKind('RandomStream.between', 'high', high, aFiniteNumber);
    return low + this.uniform() * (high - low);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    requireKind('RandomStream.chance', 'probability', probability, aProbability);
    return this.uniform() < probability;
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    requireKind('RandomStream.below', 'count', count, aCount);
    return Math.floor((this.word() / 4294967296) * count);
  }

  /** A uniformly random order of 0 … `count` - 1. */
  permutation(count: number): Int32Array<ArrayBuffer> {
    requireKind('RandomStream.permutation', 'count', count, aLength);
    const order = Int32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const swap = order[i]!;
      order[i] = order[j]!;
      order[j] = swap;
    }
    return order;
  }

  /** A pair of standard normal numbers. */
  normals(): [number, number] {
    return wordsToNormals(this.word(), this.word());
  }
}

const aRandomStream: Kind = {
  expected: 'a RandomStream',
  accepts: (value) => value instanceof RandomStream,
};

/** @throws ArgumentError for what is none. */
export function requireStream(op: string, random: RandomStream): void {
  requireKind(op, 'random', random, aRandomStream);
}
