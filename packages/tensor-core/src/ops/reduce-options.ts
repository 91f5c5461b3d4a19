import { aBoolean } from '../kinds.ts';
import { optionKinds, type OptionKinds } from '../options.ts';

/** Options of the reductions. */
export interface ReduceOptions {
  /** Leaves the reduced axes in place with extent 1. Default false. */
  readonly keepDim?: boolean;
}

/** The options of a reduction that has no others. */
export const reduceOptions: OptionKinds = optionKinds<ReduceOptions>({ keepDim: aBoolean });
