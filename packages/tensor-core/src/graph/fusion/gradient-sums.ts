import { addRow } from '../../ops/arithmetic.ts';
import { pointwiseOperation } from '../../ops/pointwise.ts';
import type { GraphStep, Value } from '../graph.ts';
import type { Draft } from './draft.ts';

/** A sum that was one in place. */
interface Sum {
  readonly position: number;
  readonly blend: GraphStep;
  readonly sum: GraphStep;
}

/**
 * Makes of each gradient that is added to another one of the step a sum of its own, which chains can take in: the same number,
 * under another name behind it.
 */
export function separateSums(draft: Draft): Sum[] {
  const sums: Sum[] = [];
  for (let position = 0; position < draft.length; position++) {
    const blend = draft.operationAt(position);
    if (blend?.operation.name !== 'blend') continue;
    const { alpha, beta } = blend.attributes as { readonly alpha: number; readonly beta: number };
    const [target, source] = blend.inputs as [Value, Value];
    const isOwn =
      alpha === 1 &&
      beta === 1 &&
      target.dtype === 'float32' &&
      target !== source &&
      draft.makerOf(target) !== null &&
      !draft.isOutput(target) &&
      draft.memoryOf(target) === target &&
      draft.valuesOn(target).length === 1;
    if (!isOwn || !draft.readersOf(target).some((reader) => reader > position)) continue;
    const total: Value = { ...target };
    const sum: GraphStep = {
      operation: pointwiseOperation(addRow),
      attributes: { scalars: [] },
      inputs: [target, source],
      outputs: [total],
      scalars: [],
    };
    draft.rename(target, total, position);
    draft.replace(position, sum);
    sums.push({ position, blend, sum });
  }
  return sums;
}

/** Has those that nothing was joined to done in place again, which takes no memory. */
export function rejoinSums(draft: Draft, sums: readonly Sum[]): void {
  for (let i = sums.length - 1; i >= 0; i--) {
    const { position, blend, sum } = sums[i]!;
    const now = draft.operationAt(position);
    // Another pass may have given it another source, that repeats.
    if (now?.operation !== sum.operation || now.outputs[0] !== sum.outputs[0]) continue;
    const [target, source] = now.inputs as [Value, Value];
    const isLast = draft.readersOf(target).every((reader) => reader <= position);
    if (!isLast || source !== blend.inputs[1]) continue;
    draft.replace(position, { ...blend, inputs: [target, source] });
    draft.rename(sum.outputs[0]!, target, position);
  }
}
