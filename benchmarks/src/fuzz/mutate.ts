/** Numbers that follow from a seed: xorshift of 32 bits (Marsaglia 2003), its state mixed from two numbers. */
export class Random {
  #state: number;

  constructor(seed: number, stream: number) {
    this.#state = (Math.imul(seed + 1, 0x9e3779b9) ^ Math.imul(stream + 1, 0x85ebca6b)) | 0 || 1;
    for (let i = 0; i < 8; i++) this.below(2);
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }
}

/** Where integers break readers. */
const edges = [
  0,
  1,
  2,
  3,
  7,
  8,
  16,
  127,
  128,
  255,
  256,
  32767,
  32768,
  65535,
  65536,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
];

type Mutation = (bytes: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** A place in the bytes; half of them near an end, where headers and directories are. */
function place(length: number, random: Random): number {
  const near = Math.min(length, 64);
  const kind = random.below(4);
  if (kind === 0) return random.below(near);
  if (kind === 1) return length - 1 - random.below(near);
  return random.below(length);
}

function written(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const copy = bytes.slice();
  for (const [i, value] of values.entries()) if (at + i < copy.length) copy[at + i] = value;
  return copy;
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** What is done to a file; each result differs little from it. */
const mutations: Readonly<Record<string, Mutation>> = {
  'flip a bit': (bytes, random) => {
    const at = place(bytes.length, random);
    return written(bytes, at, bytes[at]! ^ (1 << random.below(8)));
  },
  'set a byte': (bytes, random) => written(bytes, place(bytes.length, random), random.below(256)),
  'set an integer': (bytes, random) => {
    const width = random.pick([1, 2, 4, 8]);
    const value = random.pick(edges);
    const little = Array.from({ length: width }, (_, i) => (i < 4 ? (value >>> (8 * i)) & 255 : 0));
    const order = random.below(4) === 0 ? little.toReversed() : little;
    return written(bytes, place(bytes.length, random), ...order);
  },
  'change a digit': (bytes, random) => {
    const digits = Array.from(bytes.keys()).filter((i) => bytes[i]! >= 0x30 && bytes[i]! <= 0x39);
    if (digits.length === 0) return bytes;
    return written(bytes, random.pick(digits), 0x30 + random.below(10));
  },
  'cut off the end': (bytes, random) => bytes.slice(0, place(bytes.length, random)),
  'cut off the beginning': (bytes, random) => bytes.slice(random.below(Math.min(bytes.length, 32))),
  'take out a part': (bytes, random) => {
    const at = place(bytes.length, random);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(32)));
  },
  'repeat a part': (bytes, random) => {
    const at = place(bytes.length, random);
    const part = bytes.subarray(at, at + 1 + random.below(64));
    const times = 1 + random.below(random.below(8) === 0 ? 512 : 4);
    return joined(
      bytes.subarray(0, at),
      ...Array.from({ length: times }, () => part),
      bytes.subarray(at),
    );
  },
  'put bytes in': (bytes, random) => {
    const at = place(bytes.length, random);
    const part = Uint8Array.from({ length: 1 + random.below(16) }, () => random.below(256));
    return joined(bytes.subarray(0, at), part, bytes.subarray(at));
  },
  'go on with another file': (bytes, random, other) =>
    joined(
      bytes.subarray(0, place(bytes.length, random)),
      other.subarray(place(other.length, random)),
    ),
  'put in a part of another file': (bytes, random, other) => {
    const at = place(bytes.length, random);
    const from = place(other.length, random);
    const length = 1 + random.below(64);
    return joined(
      bytes.subarray(0, at),
      other.subarray(from, from + length),
      bytes.subarray(at + length),
    );
  },
};

/** A mutated file, and what was done to it. */
export interface Mutant {
  readonly bytes: Uint8Array;
  readonly made: readonly string[];
}

/** The mutant of a number: the same for the same seed and files. */
export function mutant(seeds: readonly Uint8Array[], seed: number, number: number): Mutant {
  const random = new Random(seed, number);
  let bytes = random.pick(seeds);
  const made: string[] = [];
  for (let left = 1 + random.below(4); left > 0 && bytes.length > 0; left--) {
    const name = random.pick(Object.keys(mutations));
    bytes = mutations[name]!(bytes, random, random.pick(seeds));
    made.push(name);
  }
  return { bytes, made };
}
