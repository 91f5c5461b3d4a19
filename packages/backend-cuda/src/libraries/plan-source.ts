import type { PlannedCall } from '../kernels/product/plan.ts';

/** Libraries that compute products and convolutions. */
export type LibraryName = 'cuBLASLt' | 'cuDNN';

/** One way in which a library does what is asked for. */
export interface Proposal {
  readonly call: PlannedCall;
  /** What it is made again of, by the same version of the library on the same device; null where that is not possible. */
  readonly text: string | null;
}

/** What a library has for one shape. */
export interface PlanSource {
  readonly library: LibraryName;
  /** Its ways, what it takes for fastest first; each is made when it is asked for. @throws AddonError with `status` or `symbol`. */
  propose(): Iterable<Proposal>;
  /** A way that was kept; null where the library does not take it. @throws the same. */
  restore(text: string): PlannedCall | null;
}
