import type { FileTensor } from '../../file-tensor.ts';

/**
 * What a file of PyTorch may hold. Dictionaries are Maps, lists and tuples arrays; integers beyond 2^53 are bigints.
 * Types and devices are their texts, 'torch.float32' and 'cuda:0'.
 */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Complex
  | FileTensor
  | readonly PickleValue[]
  | ReadonlySet<PickleValue>
  | ReadonlyMap<PickleValue, PickleValue>;

/** A complex number of Python. */
export interface Complex {
  readonly real: number;
  readonly imag: number;
}

/**
 * A function or class on the list of what a pickle may name: what it does with its arguments. It makes containers,
 * scalars and tensors, and looks at nothing else.
 */
export class Allowed {
  /** As Python writes it: `collections.OrderedDict`. */
  readonly name: string;
  readonly #make: (args: readonly unknown[]) => unknown;

  constructor(name: string, make: (args: readonly unknown[]) => unknown) {
    this.name = name;
    this.#make = make;
  }

  call(args: readonly unknown[]): unknown {
    return this.#make(args);
  }
}

/** What a pickle makes first and describes then. */
export abstract class Buildable {
  abstract build(state: unknown): void;
}
