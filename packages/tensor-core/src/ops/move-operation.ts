import type { MovePart, TensorSpec } from '../backend.ts';
import { free, type Operation } from '../operation.ts';
import type { Tensor } from '../tensor.ts';

/** A box of an input and where it goes, before the input's buffer is known. */
export type Box = Omit<MovePart, 'source'>;

/**
 * An operation that only copies elements to other places. `boxes` names what of each input goes where;
 * the gradient is another such operation.
 */
/* @__NO_SIDE_EFFECTS__ */
export function moveOperation<A>(
  name: string,
  rules: {
    shape(inputs: readonly Tensor[], attributes: A): readonly number[];
    box(input: Tensor, position: number, inputs: readonly Tensor[], attributes: A): Box;
    fill?(attributes: A): number;
    gradient(
      g: Tensor,
      inputShapes: readonly (readonly number[])[],
      attributes: A,
    ): readonly Tensor[];
  },
): Operation<A> {
  return {
    name,
    infer: (inputs, attributes) => [
      {
        shape: rules.shape(inputs as readonly Tensor[], attributes),
        dtype: inputs[0]!.dtype,
      } satisfies TensorSpec,
    ],
    run(kernels, inputs, attributes, out) {
      const tensors = inputs as readonly Tensor[];
      const parts = tensors.map((source, i) => ({
        source,
        ...rules.box(source, i, tensors, attributes),
      }));
      return [kernels.move(parts, out[0]!, rules.fill?.(attributes) ?? 0)];
    },
    gradient: ({ gradients, inputShapes, attributes }) =>
      rules.gradient(gradients[0]!, inputShapes, attributes),
    cost: () => free,
    movesOnly: true,
  };
}

const zerosLike = (shape: readonly number[]): number[] => shape.map(() => 0);
const onesLike = (shape: readonly number[]): number[] => shape.map(() => 1);
export const axesOf = (shape: readonly number[]): number[] => shape.map((_, axis) => axis);

/** A box that walks every axis straight, from `from` on in the source to `to` on in the output. */
export function straight(size: readonly number[], more: Partial<Box> = {}): Box {
  return {
    size,
    axis: axesOf(size),
    from: zerosLike(size),
    fromStep: onesLike(size),
    to: zerosLike(size),
    toStep: onesLike(size),
    at: {},
    ...more,
  };
}
