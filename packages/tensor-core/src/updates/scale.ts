import { requireKind, type Kind } from '../kinds.ts';
import { execute } from '../execute.ts';
import { elementwiseCost, type Operation } from '../operation.ts';
import type { StepScalar } from '../step-scalar.ts';
import type { Tensor } from '../tensor.ts';
import { requireFloating } from '../ops/require.ts';

const scaleOperation: Operation<null> = {
  name: 'scale',
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  run: (kernels, [x], _, out, scalars) => [kernels.pointwise('mulScalar', [x!], scalars, out[0]!)],
  cost: (_, outputs) => elementwiseCost(outputs),
};

const aStepScalar: Kind = {
  expected: 'a step scalar',
  accepts: (value) => typeof (value as Partial<StepScalar> | null)?.value === 'function',
};

/**
 * x times a number that changes from step to step, such as a learning rate. For updates of weights: no gradient flows
 * through it.
 * @throws DTypeError for integers.
 */
export function scale(x: Tensor, factor: StepScalar): Tensor {
  requireFloating('scale', x);
  requireKind('scale', 'factor', factor, aStepScalar);
  return execute(scaleOperation, [x], null, [factor])[0]!;
}
