import {
  add,
  avgPool,
  conv,
  exp,
  full,
  matmul,
  maxPool,
  noGrad,
  openScope,
  randn,
  relu,
  softmax,
  tanh,
  tensor,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';

import { inputShapeOf, type ConvSpec, type KernelSpec } from './spec.ts';
import { meanSize, waves } from './waves.ts';

/** A kernel with its arguments made. */
export interface PreparedKernel {
  /** Calls it once, from arguments that are on the device. */
  readonly forward: () => Tensor;
  /** Whether the gradients are what is timed, and not the forward pass. */
  readonly backward: boolean;
}

/**
 * Makes the arguments of a kernel on a device.
 * @param filled makes the first (seed 0) or second (seed 1) argument.
 */
export function prepareKernel(
  spec: KernelSpec,
  device: Device,
  filled: Filled = (shape) => randn(shape, { device }),
): PreparedKernel {
  if (spec.op === 'conv') return preparedConv(spec, filled);
  const x = laidOut(filled(inputShapeOf(spec), 0));
  const call = callOf(spec, x, () => laidOut(filled(inputShapeOf(spec), 1)));
  return { forward: () => noGrad(call), backward: false };
}

/** Makes a tensor that is an argument of a kernel. */
type Filled = (shape: readonly number[], seed: number) => Tensor;

/** The mean absolute value of what a kernel gives for `waves`. */
export async function meanSizeOf(spec: KernelSpec, device: Device): Promise<number> {
  using _ = openScope();
  const filled: Filled = (shape, seed) => tensor(waves(shape, seed), shape, { device });
  return meanSize(await prepareKernel(spec, device, filled).forward().data());
}

function preparedConv(
  { input, weight, stride, padding, groups, backward }: ConvSpec,
  filled: Filled,
): PreparedKernel {
  const x = laidOut(filled(input, 0));
  const w = filled(weight, 1);
  x.requiresGrad = backward;
  w.requiresGrad = backward;
  return { forward: () => conv(x, w, null, { stride, padding, groups }), backward };
}

/** @param another makes a second argument of the same shape. */
function callOf(
  spec: Exclude<KernelSpec, ConvSpec>,
  x: Tensor,
  another: () => Tensor,
): () => Tensor {
  switch (spec.op) {
    case 'matmul':
    case 'add': {
      const y = another();
      return spec.op === 'add' ? () => add(x, y) : () => matmul(x, y);
    }
    case 'maxPool':
    case 'avgPool': {
      const { window, stride, padding } = spec;
      const pool = spec.op === 'maxPool' ? maxPool : avgPool;
      return () => pool(x, window, { stride, padding });
    }
    case 'softmax':
      return () => softmax(x, -1);
    default: {
      const call = { relu, tanh, exp }[spec.op];
      return () => call(x);
    }
  }
}

/**
 * The same numbers as a convolution leaves them, so that a backend with a layout of its own does not convert
 * them in each call. Images and signals as they come, with up to 3 channels, stay as uploaded.
 */
function laidOut(raw: Tensor): Tensor {
  const { shape, device } = raw;
  const channels = shape[1] ?? 0;
  if (shape.length < 3 || channels <= 3) return raw;
  const ones = shape.slice(2).map(() => 1);
  const identity = full([channels, 1, ...ones], 1, { device });
  return noGrad(() => conv(raw, identity, null, { groups: channels }));
}
