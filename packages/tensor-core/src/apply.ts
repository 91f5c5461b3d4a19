import { GradNode } from './autograd.ts';
import { context } from './context.ts';
import { isFloating } from './dtype.ts';
import { execute } from './execute.ts';
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
  const recorded =
    operation.gradient !== undefined && context().recordsGradients && inputs.some(needsGrad);
  // A node that no output leads to would never be let go of.
  if (recorded && outputs.some(({ dtype }) => isFloating(dtype))) {
    const node = new GradNode(operation, attributes, inputs, outputs);
    outputs.forEach((output, i) => {
      if (isFloating(output.dtype)) output.recordOrigin(node, i);
    });
  }
  return outputs;
}

function needsGrad(input: Tensor | null): boolean {
  return input !== null && input.requiresGrad;
}
