import { boundsOf } from '../../ops/bounds.ts';
import type { GraphStep, Value } from '../graph.ts';
import { activationBehind, type ActivationPlace } from './activation-step.ts';
import type { Draft } from './draft.ts';

/** A gradient step through an activation and the gradient of the batch norm before it. */
interface Pair {
  readonly through: number;
  readonly norm: number;
}

/**
 * Joins an activation with bounds to the batch norm before it, and the gradient through it to that of the batch norm,
 * which computes again what the bounds let through.
 */
export function fuseBatchNormActivations(draft: Draft): void {
  for (let i = 0; i < draft.length; i++) {
    const norm = draft.operationAt(i);
    if (norm?.operation.name !== 'batchNorm' || hasActivation(norm)) continue;
    const place = activationBehind(draft, norm.outputs[0]!);
    if (place === null || boundsOf(place.activation) === null) continue;
    if (!draft.canMove(place.position, i)) continue;
    const pairs = gradientPairs(draft, i, norm, place);
    // What goes into the activation is gone: whoever reads it must go too.
    if (place.savesInput && pairs.length < place.gradients.length) continue;
    const { activation, output } = place;
    draft.replace(place.position, null);
    draft.replace(
      i,
      withActivation(norm, { activation }, norm.inputs, [output, ...norm.outputs.slice(1)]),
    );
    for (const { through, norm: position } of pairs) {
      const gradient = draft.operationAt(position)!;
      const [x, , weight, , mean, variance] = gradient.inputs;
      const inputs = [
        x!,
        draft.operationAt(through)!.inputs[0]!,
        weight!,
        norm.inputs[2]!,
        mean!,
        variance!,
      ];
      draft.replace(through, null);
      draft.replace(position, withActivation(gradient, { activation }, inputs, gradient.outputs));
    }
  }
}

function hasActivation({ attributes }: GraphStep): boolean {
  return (attributes as { readonly activation: unknown }).activation !== null;
}

function withActivation(
  step: GraphStep,
  change: object,
  inputs: readonly (Value | null)[],
  outputs: readonly Value[],
): GraphStep {
  return { ...step, attributes: { ...(step.attributes as object), ...change }, inputs, outputs };
}

/** The gradients through the activation that lead to nothing but the gradient of this batch norm. */
function gradientPairs(
  draft: Draft,
  position: number,
  { inputs, outputs }: GraphStep,
  { gradients }: ActivationPlace,
): Pair[] {
  return gradients.flatMap((through) => {
    const passed = draft.operationAt(through)!.outputs[0]!;
    const norm = draft.onlyReaderOf(passed);
    const gradient = norm === null ? null : draft.operationAt(norm);
    const isOwn =
      norm !== null &&
      gradient?.operation.name === 'batchNormGrad' &&
      !hasActivation(gradient) &&
      gradient.inputs[1] === passed &&
      gradient.inputs[0] === inputs[0] &&
      gradient.inputs[4] === outputs[1] &&
      draft.canMove(through, norm) &&
      // It reads the bias, and what it reads besides, as they were.
      [inputs[0], inputs[1], inputs[2]].every((x) => !x || draft.staysSame(x, position, norm));
    return isOwn ? [{ through, norm }] : [];
  });
}
