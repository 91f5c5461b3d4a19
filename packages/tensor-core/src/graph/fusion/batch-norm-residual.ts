import type { Activation } from '../../backend.ts';
import { boundsOf } from '../../ops/bounds.ts';
import { elementwiseCost, type Operation } from '../../operation.ts';
import { sameShape } from '../../shape.ts';
import type { GraphStep, Value } from '../graph.ts';
import { activationBehind, type ActivationPlace } from './activation-step.ts';
import type { Draft } from './draft.ts';

interface NormAttributes {
  readonly epsilon: number;
  /** What follows the sum in the same pass: an activation with bounds. */
  readonly activation: Activation | null;
  readonly momentum: number;
}

interface GradientAttributes {
  readonly epsilon: number;
  /** What lies between the sum and what its gradient comes from. */
  readonly activation: Activation;
}

/** Inputs: x, residual, weight, bias, running mean, running variance, count of batches. Outputs: y, mean, variance. */
const batchNormResidualOperation: Operation<NormAttributes> = {
  name: 'batchNormResidual',
  infer: madeByFusion('batchNormResidual'),
  run(kernels, inputs, { epsilon, activation, momentum }) {
    const [x, residual, weight, bias, mean, variance, batches] = inputs;
    const running = mean ? { mean, variance: variance!, batches: batches ?? null, momentum } : null;
    return kernels.batchNormResidual!(
      x!,
      residual!,
      weight ?? null,
      bias ?? null,
      epsilon,
      running,
      activation && boundsOf(activation),
    );
  },
  writes: [4, 5, 6],
  cost: (_, outputs, { activation }) => elementwiseCost(outputs, activation === null ? 6 : 7),
};

/**
 * Inputs: x, y, dy, weight, mean, variance. Outputs: dx, dweight, dbias. dy becomes the gradient of the residual in its
 * place, so that no more memory is live than while the gradient goes through the activation alone.
 */
const batchNormResidualGradOperation: Operation<GradientAttributes> = {
  name: 'batchNormResidualGrad',
  infer: madeByFusion('batchNormResidualGrad'),
  run: (kernels, [x, y, dy, weight, mean, variance], { epsilon, activation }) =>
    kernels.batchNormResidualGrad!(
      x!,
      y!,
      dy!,
      weight ?? null,
      mean!,
      variance!,
      epsilon,
      boundsOf(activation)!,
    ),
  writes: [2],
  cost: (_, outputs) => elementwiseCost(outputs, 9),
};

function madeByFusion(name: string): () => never {
  return () => {
    throw new TypeError(`${name} is made by fusion, which knows its outputs`);
  };
}

/** A batch norm with the sum that is all that becomes of its result. */
interface Sum {
  readonly norm: number;
  readonly residual: Value;
  /** Where both can stand. */
  readonly position: number;
}

/**
 * Joins to a batch norm the sum with a residual, which ends a residual block, and an activation with bounds behind it; and the
 * gradient through this activation to that of the batch norm.
 */
export function fuseBatchNormResiduals(draft: Draft): void {
  for (let i = 0; i < draft.length; i++) {
    const found = sumAt(draft, i);
    if (found === null) continue;
    const { norm, residual, position } = found;
    const [sum] = draft.operationAt(i)!.outputs as [Value];
    const before = draft.operationAt(norm)!;
    const [x, ...parameters] = before.inputs;
    const fused: GraphStep = {
      operation: batchNormResidualOperation,
      attributes: before.attributes,
      inputs: [x!, residual, ...parameters],
      outputs: [sum, ...before.outputs.slice(1)],
      scalars: [],
    };
    draft.replace(norm, null);
    draft.replace(i, null);
    draft.replace(position, fused);
    joinActivation(draft, position);
  }
}

/** Of two batch norms that are added up, the later one takes the sum: its gradient comes right behind that of the sum. */
function sumAt(draft: Draft, position: number): Sum | null {
  const add = draft.operationAt(position);
  const [a, b] = add?.inputs ?? [];
  if (add?.operation.name !== 'add' || !a || !b || !sameShape(a.shape, b.shape)) return null;
  const sums: Sum[] = [];
  for (const [value, residual] of [
    [a, b],
    [b, a],
  ] as const) {
    const norm = draft.makerOf(value);
    const step = norm === null ? null : draft.operationAt(norm);
    if (norm === null || step?.operation.name !== 'batchNorm' || value !== step.outputs[0])
      continue;
    if ((step.attributes as NormAttributes).activation !== null) continue;
    if (draft.onlyReaderOf(value) !== position) continue;
    if (draft.canMove(position, norm)) sums.push({ norm, residual, position: norm });
    else if (draft.canMove(norm, position)) sums.push({ norm, residual, position });
  }
  return sums.sort((one, other) => other.norm - one.norm)[0] ?? null;
}

/** Joins to the step at `position` the activation behind it, and gradients through this to those of the batch norm. */
function joinActivation(draft: Draft, position: number): void {
  const step = draft.operationAt(position)!;
  const place = activationBehind(draft, step.outputs[0]!);
  if (place === null || !isTold(place, step.outputs[0]!)) return;
  if (!draft.canMove(place.position, position)) return;
  const { activation, output, savesInput } = place;
  const pairs = gradientPairs(draft, position, step, place);
  // What goes into the activation is gone: whoever reads it must go too.
  if (savesInput && pairs.length < place.gradients.length) return;
  const attributes = { ...(step.attributes as NormAttributes), activation };
  draft.replace(place.position, null);
  draft.replace(position, {
    ...step,
    attributes,
    outputs: [output, ...step.outputs.slice(1)],
  });
  for (const { through, norm, position: at } of pairs) {
    const gradient = draft.operationAt(norm)!;
    const [dy] = draft.operationAt(through)!.inputs as [Value];
    const [passed] = draft.operationAt(through)!.outputs as [Value];
    const [x, , weight, , mean, variance] = gradient.inputs;
    draft.replace(through, null);
    draft.replace(norm, null);
    draft.replace(at, {
      operation: batchNormResidualGradOperation,
      attributes: { epsilon: attributes.epsilon, activation },
      inputs: [x!, output, dy, weight!, mean!, variance!],
      outputs: gradient.outputs,
      scalars: [],
    });
    draft.putInPlace(passed, dy);
  }
}

/**
 * Whether what comes out of the activation tells what its gradient lets through: it keeps within bounds, and where the
 * gradient reads what goes in, a bound is no number between two of its type, to which a result on it would be rounded.
 */
function isTold({ activation, savesInput }: ActivationPlace, { dtype }: Value): boolean {
  const bounds = boundsOf(activation);
  if (bounds === null) return false;
  const { low, high } = bounds;
  return !savesInput || dtype === 'float64' || [low, high].every((x) => Math.fround(x) === x);
}

/** A gradient step through an activation, the gradient of the batch norm before it, and where both can stand. */
interface Pair {
  readonly through: number;
  readonly norm: number;
  readonly position: number;
}

/** The gradients through the activation that may be made in their place, each with the gradient of this batch norm. */
function gradientPairs(
  draft: Draft,
  forward: number,
  { inputs, outputs }: GraphStep,
  { gradients, output }: ActivationPlace,
): Pair[] {
  return gradients.flatMap((through) => {
    const step = draft.operationAt(through)!;
    const [dy] = step.inputs as [Value];
    const [passed] = step.outputs as [Value];
    if (!draft.isSpent(dy, through) || draft.isOutput(passed)) return [];
    const norm = draft.readersOf(passed).find((position) => {
      const { operation, inputs: read, attributes } = draft.operationAt(position)!;
      return (
        operation.name === 'batchNormGrad' &&
        (attributes as Pick<NormAttributes, 'activation'>).activation === null &&
        read[0] === inputs[0] &&
        read[1] === passed &&
        read[4] === outputs[1]
      );
    });
    if (norm === undefined) return [];
    const position = draft.canMove(through, norm)
      ? norm
      : draft.canMove(norm, through)
        ? through
        : null;
    if (position === null || !draft.staysSame(output, forward, position)) return [];
    return [{ through, norm, position }];
  });
}
