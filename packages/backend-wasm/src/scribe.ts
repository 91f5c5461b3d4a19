import type { Derived, WasmBuffer } from './buffer.ts';
import type { Block } from './heap.ts';

/** Who holds memory that is free, so that it is at hand for what ran before, until it is needed elsewhere. */
export interface Reserve {
  readonly heldBytes: number;
  /** Gives it all back to the heap. */
  letGo(): void;
}

/** The error for an answer of a kernel other than 0. */
export type Refusal = (answer: number) => Error;

/** Who writes down what kernels ask of the machine. */
export interface Scribe {
  /** Where the next buffer or temporary is to be; null where the heap chooses. */
  place(bytes: number): Block | null;
  /** The heap has chosen. */
  took(block: Block): void;
  /** Memory for a table that the host writes, which lasts as long as what is written down. */
  table(bytes: number): number;
  /** A call is complete. Whether it is to be run now. */
  called(call: number, refusal: Refusal | null): boolean;
  /** The host is about to look at memory, or to write it. */
  touched(): void;
  /** Something is read that was derived from a buffer, or is about to be derived. */
  read(buffer: WasmBuffer, derived: Derived): void;
}
