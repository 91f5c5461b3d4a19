import type { TensorSpec } from '../backend.ts';
import { noGrad } from '../autograd.ts';
import { inferShapes } from '../context.ts';
import { meta } from '../device.ts';
import { scope } from '../scope.ts';
import { EagerTensor } from '../eager-tensor.ts';
import { Tensor } from '../tensor.ts';
import { trace } from '../trace.ts';
import { withoutDeadSteps, type Graph, type GraphStep, type Value } from './graph.ts';

/**
 * @internal The operations that `body` applies to inputs of the given specs, without computing anything. Tensors
 * that are neither inputs nor results, such as weights, are constants. `onStep` is told of each step at the moment
 * when it is applied, also of those that the graph leaves out because nobody reads them.
 */
export function captureGraph(
  body: (...inputs: Tensor[]) => Tensor | readonly Tensor[],
  specs: readonly TensorSpec[],
  onStep?: (step: GraphStep) => void,
): Graph {
  const values = new Map<Tensor, Value>();
  const valueOf = (tensor: Tensor, constant: Tensor | null): Value => {
    let value = values.get(tensor);
    if (value === undefined) {
      value = { shape: tensor.shape, dtype: tensor.dtype, constant };
      values.set(tensor, value);
    }
    return value;
  };
  const steps: GraphStep[] = [];
  return scope(() => {
    const inputs = specs.map((spec) => new EagerTensor(meta, spec.shape, spec.dtype, null));
    const inputValues = inputs.map((input) => valueOf(input, null));
    const result = inferShapes(() =>
      noGrad(() =>
        trace(
          (event) => {
            const step: GraphStep = {
              operation: event.operation,
              attributes: event.attributes,
              inputs: event.inputs.map((input) => input && valueOf(input, input)),
              outputs: event.outputs.map((output) => valueOf(output, null)),
              scalars: event.scalars,
            };
            steps.push(step);
            onStep?.(step);
          },
          () => body(...inputs),
        ),
      ),
    );
    const outputs = result instanceof Tensor ? [result] : result;
    return withoutDeadSteps({
      inputs: inputValues,
      steps,
      outputs: outputs.map((output) => valueOf(output, output)),
    });
  });
}
