import { CaptureError } from '../errors.ts';
import { isOperation, type Value } from '../graph/graph.ts';
import type { Tensor } from '../tensor.ts';
import type { Recorded } from './recording.ts';

/**
 * A check of the inputs that a step also closes over. A step that only reads such a tensor is replayed as it should: the
 * recording knows which read is which. One that writes it, or takes gradients of it by both ways, is in an order that other
 * inputs would not have: the check throws a `CaptureError` that names the input.
 */
export function givenTwiceCheck(recorded: Recorded): (inputs: readonly Tensor[]) => void {
  const written = new Set<Value | null>();
  for (const step of recorded.steps) {
    if (!isOperation(step)) continue;
    for (const position of step.operation.writes ?? []) written.add(step.inputs[position] ?? null);
  }
  written.delete(null);
  const { closedOver, inputs: values } = recorded;
  return (inputs) => {
    for (let i = 0; i < inputs.length; i++) {
      const input = inputs[i]!;
      const { memory } = input;
      for (const { tensor, value } of closedOver) {
        if (tensor.memory !== memory) continue;
        const isWritten = written.has(value) || written.has(values[i]!);
        if (!isWritten && !(input.requiresGrad && tensor.requiresGrad)) continue;
        throw new CaptureError(
          `capture: input ${i}, ${input.describe()}, is also closed over by the step, which ` +
            `${isWritten ? 'writes it' : 'takes its gradient'}: hand it in, or close over it, not both`,
        );
      }
    }
  };
}
