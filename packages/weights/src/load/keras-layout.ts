import { ArgumentError, contiguousStrides, elementCount, formatShape } from '@convnet/tensor-core';

import { bitsOf } from '../elements/element-type.ts';
import { gather } from '../elements/strided.ts';
import { FileTensor } from '../file-tensor.ts';
import type { TensorFile } from '../tensor-file.ts';
import { keyMapper, type KerasMap } from './key-map.ts';

/** What PyTorch calls the variables of a layer. */
const words: Readonly<Record<string, string>> = {
  kernel: 'weight',
  depthwise_kernel: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/**
 * The variables of a file of Keras as PyTorch has them: their names, the order of their axes, and the scales and shifts that
 * a batch norm was told to leave out, which are 1 and 0. What is no variable of a layer keeps its name and axes.
 * @throws ArgumentError for a map that does not fit the file.
 */
export function inWordsOfPyTorch(
  { tensors, name: source }: TensorFile,
  { flattened = {}, folded = [] }: Partial<KerasMap> = {},
): ReadonlyMap<string, FileTensor> {
  const made = new Map<string, FileTensor>();
  for (const [name, tensor] of tensors) {
    const slash = name.lastIndexOf('/');
    const [layer, variable] = [name.slice(0, slash), name.slice(slash + 1)];
    const word = slash < 0 ? undefined : words[variable];
    if (word === undefined) {
      made.set(name.replaceAll('/', '.'), tensor);
      continue;
    }
    const path = layer.replaceAll('/', '.');
    made.set(`${path}.${word}`, turned(tensor, variable, flattened[layer], `${source}, ${name}`));
    if (variable === 'moving_mean') addLeftOut(made, tensors, layer, path, tensor);
  }
  return folded.length === 0 ? made : withFolded(made, folded);
}

/** The scale or shift that a norm does not have in Keras. */
function addLeftOut(
  made: Map<string, FileTensor>,
  tensors: ReadonlyMap<string, FileTensor>,
  layer: string,
  path: string,
  like: FileTensor,
): void {
  for (const [variable, word, value] of [
    ['gamma', 'weight', 1],
    ['beta', 'bias', 0],
  ] as const) {
    if (tensors.has(`${layer}/${variable}`)) continue;
    const { shape, position, size } = like;
    made.set(
      `${path}.${word}`,
      new FileTensor({
        where: `${layer}/${variable}, which is left out`,
        dtype: 'float32',
        shape,
        position,
        read: () => Promise.resolve(bytesOf(new Float32Array(size).fill(value))),
      }),
    );
  }
}

/** A variable with the axes of PyTorch. */
function turned(
  tensor: FileTensor,
  variable: string,
  flattened: readonly number[] | undefined,
  where: string,
): FileTensor {
  const { shape } = tensor;
  const rank = shape.length;
  if (variable === 'kernel' && rank === 2) {
    if (flattened === undefined) return permuted(tensor, shape, [1, 0], [shape[1]!, shape[0]!]);
    const [inputs, outputs] = shape as [number, number];
    if (elementCount(flattened) !== inputs) {
      throw new ArgumentError(
        `loadWeights: ${where} has ${inputs} inputs, the map says that ${formatShape(flattened)} were flattened`,
      );
    }
    const axes = flattened.length;
    const order = [axes, axes - 1, ...Array.from({ length: axes - 1 }, (_, i) => i)];
    return permuted(tensor, [...flattened, outputs], order, [outputs, inputs]);
  }
  if (rank < 3) return tensor;
  const spatial = Array.from({ length: rank - 2 }, (_, i) => i);
  const extents = shape.slice(0, -2);
  const [inputs, outputs] = shape.slice(-2) as [number, number];
  if (variable === 'kernel') {
    return permuted(tensor, shape, [rank - 1, rank - 2, ...spatial], [outputs, inputs, ...extents]);
  }
  if (variable !== 'depthwise_kernel') return tensor;
  // Each channel has filters of its own, one behind the other.
  return permuted(
    tensor,
    shape,
    [rank - 2, rank - 1, ...spatial],
    [inputs * outputs, 1, ...extents],
  );
}

/** A tensor whose elements are read in another order. */
function permuted(
  tensor: FileTensor,
  from: readonly number[],
  order: readonly number[],
  shape: readonly number[],
): FileTensor {
  const { dtype, position } = tensor;
  const strides = contiguousStrides(from);
  const layout = {
    offset: 0,
    shape: order.map((axis) => from[axis]!),
    stride: order.map((axis) => strides[axis]!),
  };
  return new FileTensor({
    where: String(tensor),
    dtype,
    shape,
    position,
    read: async () => gather(await tensor.bytes(), layout, bitsOf[dtype] / 8),
  });
}

/** Biases that become part of a running mean: what a norm subtracts is less by what was added before it. */
function withFolded(
  tensors: ReadonlyMap<string, FileTensor>,
  folded: readonly (readonly [bias: RegExp, mean: string])[],
): ReadonlyMap<string, FileTensor> {
  const made = new Map(tensors);
  const meanOf = keyMapper(folded);
  for (const [key, bias] of tensors) {
    const to = meanOf(key);
    const mean = to === null || to === key ? undefined : tensors.get(to);
    if (mean === undefined || mean.size !== bias.size) continue;
    made.delete(key);
    const { shape, position } = mean;
    made.set(
      to!,
      new FileTensor({
        where: `${String(mean)}, less ${key}`,
        dtype: 'float32',
        shape,
        position,
        read: async () => {
          const [values, less] = await Promise.all([mean.data(), bias.data()]);
          return bytesOf(Float32Array.from(values, (value, i) => value - less[i]!));
        },
      }),
    );
  }
  return made;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}
