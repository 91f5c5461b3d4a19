import { backwardWithin, GradNode, gradEnabled, noGrad } from './autograd.ts';
import { context, within } from './context.ts';
import { isFloating } from './dtype.ts';
import { AutogradError } from './errors.ts';
import type { Operation } from './operation.ts';
import { requireTensors } from './require-tensor.ts';
import { openScope, scope } from './scope.ts';
import { requireBody } from './synchronous.ts';
import type { Tensor } from './tensor.ts';

/** A stretch of a network as a function of its inputs. */
type Body = (...inputs: Tensor[]) => Tensor;

/** @internal Whether a `checkpoint` is computing again what it has computed before: nothing is to be counted twice. */
export function recomputing(): boolean {
  return context().recomputes;
}

interface CheckpointAttributes {
  readonly body: Body;
  /** Positions of the inputs: all are kept. */
  readonly positions: readonly number[];
}

/** The node that stands in the graph for all that the body does. It is recorded only, never applied. */
const checkpointOperation: Operation<CheckpointAttributes> = {
  name: 'checkpoint',
  infer: neverApplied,
  run: neverApplied,
  cost: neverApplied,
  saves: ({ positions }) => ({ inputs: positions, outputs: [] }),
  gradient({ gradients, inputs, needs, attributes: { body } }) {
    const leaves = inputs as Tensor[];
    leaves.forEach((leaf, i) => {
      if (needs[i]) leaf.requiresGrad = true;
    });
    const opened = openScope();
    try {
      const again = { recordsGradients: true, recomputes: true };
      const output = within('checkpoint', again, () => body(...leaves));
      return backwardWithin(output, gradients[0]!, leaves);
    } finally {
      opened.close();
    }
  },
};

function neverApplied(): never {
  throw new AutogradError('checkpoint: its operation was applied');
}

/**
 * Computes `body(...inputs)` without keeping what its gradient needs, and computes it again in `backward`:
 * memory for time. Gradients also reach the parameters that the body reads, as long as one of the inputs
 * requires a gradient. The body must give the same result each time, so it must draw no random numbers.
 * Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016.
 */
export function checkpoint(body: Body, ...inputs: Tensor[]): Tensor {
  requireBody('checkpoint', body);
  requireTensors('checkpoint', inputs);
  if (!gradEnabled() || !inputs.some((input) => input.requiresGrad)) return body(...inputs);
  const output = scope(() => noGrad(() => body(...inputs)));
  if (!isFloating(output.dtype) || inputs.includes(output)) return output;
  const attributes: CheckpointAttributes = { body, positions: [...inputs.keys()] };
  const operation = checkpointOperation as Operation<unknown>;
  const node = new GradNode(operation, attributes, inputs, [output]);
  output.recordOrigin(node, 0);
  return output;
}
