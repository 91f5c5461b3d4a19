import { oneOf, requireKind, type Kind } from '../kinds.ts';
import { optionKinds, type OptionKinds } from '../options.ts';
import type { Tensor } from '../tensor.ts';
import { mean, sum } from './reduce.ts';

/** How the losses of the elements become one number. */
export type Reduction = 'mean' | 'sum' | 'none';

/** What a loss may do with the losses of a batch. */
export const aReduction: Kind = oneOf('mean', 'sum', 'none');

/** Options that all losses share. */
export interface LossOptions {
  /** Default 'mean'. */
  readonly reduction?: Reduction;
}

/** The options of a loss that has no others. */
export const lossOptions: OptionKinds = optionKinds<LossOptions>({ reduction: aReduction });

/** @throws ArgumentError for any other name. */
export function requireReduction(op: string, reduction: Reduction): void {
  requireKind(op, 'reduction', reduction, aReduction);
}

/** The losses of the elements, their sum or their mean. */
export function reduceLosses(losses: Tensor, reduction: Reduction): Tensor {
  if (reduction === 'none') return losses;
  return reduction === 'sum' ? sum(losses) : mean(losses);
}
