import type { AnyModule } from '@convnet/layers';
import { inferShapes, meta, noGrad, Tensor, zeros } from '@convnet/tensor-core';

/** The shape of the output for one input of a shape, computed on the meta device in evaluation mode. */
export function evalShape(model: AnyModule, inputShape: readonly number[]): readonly number[] {
  model.eval();
  const output = inferShapes(() =>
    noGrad(() => model.forward(zeros(inputShape, { device: meta })) as unknown),
  );
  if (!(output instanceof Tensor)) throw new TypeError('expected one output in evaluation mode');
  return output.shape;
}
