import type { Activation } from '../../backend.ts';
import { rowOf } from '../../ops/pointwise.ts';
import type { GraphStep, Value } from '../graph.ts';
import type { Draft } from './draft.ts';

/** A function of one tensor that keeps its type, which may stand at the end of a kernel; null for another step. */
export function activationOf({ operation, attributes }: GraphStep): Activation | null {
  const row = rowOf(operation);
  const isOne =
    row !== undefined && row.inputs === 1 && row.result !== 'bool' && row.gradient !== undefined;
  if (!isOne) return null;
  return { name: row.name, scalars: (attributes as Pick<Activation, 'scalars'>).scalars };
}

/** Positions of the steps that take a gradient back through an activation that has read or made `value`. */
export function gradientsThrough(draft: Draft, { name }: Activation, value: Value): number[] {
  return draft.readersOf(value).filter((position) => {
    const { operation, inputs } = draft.operationAt(position)!;
    return operation.name === `${name}Grad` && inputs[1] === value && inputs[0] !== value;
  });
}

/** An activation of `value`, with everything that reads what it works on. */
export interface ActivationPlace {
  readonly activation: Activation;
  readonly position: number;
  readonly step: GraphStep;
  /** The activated value. */
  readonly output: Value;
  /** Steps that take gradients back through it. */
  readonly gradients: readonly number[];
  /** Whether these read what goes into it, rather than what comes out. */
  readonly savesInput: boolean;
}

/** The activation that is all that becomes of `value`, apart from what takes gradients back through it. */
export function activationBehind(draft: Draft, value: Value): ActivationPlace | null {
  if (draft.isOutput(value)) return null;
  const readers = draft.readersOf(value);
  for (const position of readers) {
    const step = draft.operationAt(position)!;
    const activation = activationOf(step);
    if (activation === null) continue;
    const output = step.outputs[0]!;
    const byInput = gradientsThrough(draft, activation, value);
    if (byInput.length + 1 !== readers.length) return null;
    const savesInput = byInput.length > 0;
    const gradients = savesInput ? byInput : gradientsThrough(draft, activation, output);
    return { activation, position, step, output, gradients, savesInput };
  }
  return null;
}
