import { add, literal, mul, ShapeError, type Tensor } from '@convnet/tensor-core';

const mean = [0.485, 0.456, 0.406];
const std = [0.229, 0.224, 0.225];

/**
 * Takes images that were normalised by ImageNet's mean and deviation to the range [-1, 1], which the weights
 * that come from TensorFlow expect. [N, 3, …] -> [N, 3, …].
 * @throws ShapeError for other than three channels.
 */
export function transformInput(x: Tensor): Tensor {
  if (x.shape[1] !== 3) {
    throw new ShapeError(
      `transformInput: expected input [N, 3, …], got [${x.shape.join(', ')}]; build the model with ` +
        `transformInput: false`,
    );
  }
  const perChannel = x.shape.map((_, axis) => (axis === 1 ? 3 : 1));
  const constants = (values: readonly number[]): Tensor =>
    literal(values, perChannel, { device: x.device });
  const scale = constants(std.map((deviation) => deviation / 0.5));
  const shift = constants(mean.map((value) => (value - 0.5) / 0.5));
  return add(mul(x, scale), shift);
}
