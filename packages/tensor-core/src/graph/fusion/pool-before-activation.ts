import { boundsOf } from '../../ops/bounds.ts';
import type { GraphStep, Value } from '../graph.ts';
import { activationBehind, type ActivationPlace } from './activation-step.ts';
import type { Draft } from './draft.ts';

/** A gradient of the pooling, and the gradient through the activation that is all that becomes of it. */
interface Pair {
  readonly pool: number;
  readonly through: number;
}

/**
 * Pools before an activation with bounds, which then has fewer elements to work on, forward and backward. Both are
 * monotone, so that the results are the same; where several elements of a window are beyond the bounds another one of
 * them is the greatest, and no gradient goes through any.
 */
export function poolBeforeActivations(draft: Draft): void {
  for (let i = 0; i < draft.length; i++) {
    const found = draft.operationAt(i);
    if (found === null) continue;
    for (const value of found.outputs) {
      const place = activationBehind(draft, value);
      if (place !== null && boundsOf(place.activation) !== null) swap(draft, value, place);
    }
  }
}

function swap(draft: Draft, value: Value, place: ActivationPlace): void {
  const { output, gradients, savesInput, step } = place;
  // Without gradients the activation is better off at the end of the kernel before it.
  if (gradients.length === 0 || draft.isOutput(output)) return;
  const pools = draft
    .readersOf(output)
    .filter((position) => savesInput || !gradients.includes(position));
  const [position, ...others] = pools;
  const pool = position === undefined ? null : draft.operationAt(position);
  if (position === undefined || pool?.operation.name !== 'maxPool' || others.length > 0) return;
  const [pooled, indices] = pool.outputs as [Value, Value?];
  // Without positions nothing goes back through the pooling.
  if (indices === undefined) return;
  const pairs = gradientPairs(draft, indices, gradients);
  if (pairs === null || !draft.staysSame(value, place.position, position)) return;
  const before: Value = { ...pooled };
  draft.replace(place.position, { ...pool, inputs: [value], outputs: [before, indices] });
  draft.replace(position, { ...step, inputs: [before], outputs: [pooled] });
  const saved = savesInput ? before : pooled;
  for (const pair of pairs) {
    const scatter = draft.operationAt(pair.pool)!;
    const through = draft.operationAt(pair.through)!;
    const gradient = scatter.inputs[0]!;
    const passed: Value = { ...gradient, constant: null };
    draft.replace(pair.pool, { ...through, inputs: [gradient, saved], outputs: [passed] });
    draft.replace(pair.through, {
      ...scatter,
      inputs: [passed, indices],
      outputs: through.outputs,
    });
  }
}

/** Null where something else reads the positions, or what a gradient of the pooling gives. */
function gradientPairs(draft: Draft, indices: Value, gradients: readonly number[]): Pair[] | null {
  if (draft.isOutput(indices)) return null;
  const readers = draft.readersOf(indices);
  if (readers.length !== gradients.length) return null;
  const pairs: Pair[] = [];
  for (const pool of readers) {
    const scatter: GraphStep = draft.operationAt(pool)!;
    if (scatter.operation.name !== 'maxPoolGrad') return null;
    const through = draft.onlyReaderOf(scatter.outputs[0]!);
    if (through === null || !gradients.includes(through)) return null;
    if (draft.operationAt(through)!.inputs[0] !== scatter.outputs[0]) return null;
    pairs.push({ pool, through });
  }
  return pairs;
}
