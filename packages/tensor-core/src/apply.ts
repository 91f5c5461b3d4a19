import { GradNode } from './autograd.ts';
import { context } from './context.ts';
import { isFloating } from './dtype.ts';
import { execute } from './execute.ts';
import { forInference } from './inference.ts';
import type { Operation } from './operation.ts';
import type { StepScalar } from './step-scalar.ts';
import type { Tensor } from './tensor.ts';

const noScalars: readonly StepScalar[] = [];

/**
 * Applies an operation to tensors and records it for `backward` where a gradient is wanted. Absent optional inputs
 * are null. Gradients do not flow through step scalars.
 * @throws what `execute` throws.
 */
export function apply<A>(
  operation: Operation<A>,
  inputs: readonly (Tensor | null)[],
  attributes: A,
  scalars: readonly StepScalar[] = noScalars,
): Tensor[] {
  const outputs = execute(operation, inputs, attributes, scalars);
  if (
    !forInference &&
    operation.gradient !== undefined &&
    context().recordsGradients &&
    needsGradient(inputs) &&
    hasFloating(outputs)
  ) {
    const node = new GradNode(operation, attributes, inputs, outputs);
    for (let i = 0; i < outputs.length; i++) {
      if (isFloating(outputs[i]!.dtype)) outputs[i]!.recordOrigin(node, i);
    }
  }
  return outputs;
}

function needsGradient(inputs: readonly (Tensor | null)[]): boolean {
  for (let i = 0; i < inputs.length; i++) if (inputs[i]?.requiresGrad === true) return true;
  return false;
}

/** A node that no output leads to would never be let go of. */
function hasFloating(outputs: readonly Tensor[]): boolean {
  for (let i = 0; i < outputs.length; i++) if (isFloating(outputs[i]!.dtype)) return true;
  return false;
}
