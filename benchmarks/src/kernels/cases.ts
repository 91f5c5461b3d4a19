import {
  add,
  avgPool,
  conv,
  exp,
  matmul,
  maxPool,
  noGrad,
  randn,
  relu,
  softmax,
  tanh,
  type ConvOptions,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';

/** A kernel with its arguments made. */
export interface PreparedKernel {
  /** Calls it once, from arguments that are on the device. */
  readonly forward: () => Tensor;
  /** Whether the gradients are what is timed, and not the forward pass. */
  readonly backward: boolean;
}

/** A kernel to time. */
export interface KernelCase {
  readonly name: string;
  /** Spatial axes; null where there are none. */
  readonly dims: 1 | 2 | null;
  readonly inputShape: readonly number[];
  readonly prepare: (device: Device) => PreparedKernel;
}

function forwardOnly(
  name: string,
  dims: 1 | 2 | null,
  inputShape: readonly number[],
  call: (x: Tensor, another: () => Tensor) => Tensor,
): KernelCase {
  return {
    name,
    dims,
    inputShape,
    prepare: (device) => {
      const x = laidOut(inputShape, device);
      const second = laidOut(inputShape, device);
      return { forward: () => noGrad(() => call(x, () => second)), backward: false };
    },
  };
}

/**
 * Random numbers as a convolution leaves them, so that a backend with a layout of its own does not convert
 * them in each call. Images and signals as they come, with up to 3 channels, stay as uploaded.
 */
function laidOut(shape: readonly number[], device: Device): Tensor {
  const raw = randn(shape, { device });
  const channels = shape[1] ?? 0;
  if (shape.length < 3 || channels <= 3) return raw;
  const ones = shape.slice(2).map(() => 1);
  const depthwise = randn([channels, 1, ...ones], { device });
  return noGrad(() => conv(raw, depthwise, null, { groups: channels }));
}

interface ConvCase extends ConvOptions {
  readonly name: string;
  readonly input: readonly number[];
  /** [O, C / groups, k…] */
  readonly weight: readonly number[];
}

/** The forward pass of a convolution, and both of its gradients together. */
function convolution({ name, input, weight, ...options }: ConvCase): KernelCase[] {
  const dims = (input.length - 2) as 1 | 2;
  const prepare = (backward: boolean) => (device: Device) => {
    const x = laidOut(input, device);
    const w = randn(weight, { device });
    x.requiresGrad = backward;
    w.requiresGrad = backward;
    return { forward: () => conv(x, w, null, options), backward };
  };
  return [
    { name, dims, inputShape: input, prepare: prepare(false) },
    { name: `${name}, gradients`, dims, inputShape: input, prepare: prepare(true) },
  ];
}

const product = (size: number): KernelCase =>
  forwardOnly(`matmul ${size}`, null, [size, size], (x, another) => matmul(x, another()));

/** The kernels of LeNets and of the larger families, at shapes that occur there. */
export const kernelCases: readonly KernelCase[] = [
  product(512),
  product(1024),
  ...convolution({
    name: 'lenet C1 5×5',
    input: [64, 1, 28, 28],
    weight: [6, 1, 5, 5],
    padding: 2,
  }),
  ...convolution({ name: 'lenet C3 5×5', input: [64, 6, 14, 14], weight: [16, 6, 5, 5] }),
  ...convolution({ name: 'lenet C5 5×5', input: [64, 16, 5, 5], weight: [120, 16, 5, 5] }),
  ...convolution({
    name: 'resnet stem 7×7/2',
    input: [1, 3, 224, 224],
    weight: [64, 3, 7, 7],
    stride: 2,
    padding: 3,
  }),
  ...convolution({
    name: 'resnet 3×3',
    input: [1, 64, 56, 56],
    weight: [64, 64, 3, 3],
    padding: 1,
  }),
  ...convolution({
    name: 'resnet 3×3',
    input: [1, 256, 14, 14],
    weight: [256, 256, 3, 3],
    padding: 1,
  }),
  ...convolution({ name: 'resnet 1×1', input: [1, 256, 56, 56], weight: [64, 256, 1, 1] }),
  ...convolution({ name: 'resnet 3', input: [8, 64, 1000], weight: [64, 64, 3], padding: 1 }),
  ...convolution({
    name: 'mobilenet depthwise',
    input: [1, 96, 112, 112],
    weight: [96, 1, 3, 3],
    padding: 1,
    groups: 96,
  }),
  forwardOnly('max pool 2×2', 2, [64, 6, 28, 28], (x) => maxPool(x, 2)),
  forwardOnly('max pool 3×3/2', 2, [1, 64, 112, 112], (x) =>
    maxPool(x, 3, { stride: 2, padding: 1 }),
  ),
  forwardOnly('average pool 2×2', 2, [64, 6, 28, 28], (x) => avgPool(x, 2)),
  forwardOnly('relu', 2, [16, 64, 32, 32], (x) => relu(x)),
  forwardOnly('add', 2, [16, 64, 32, 32], (x, another) => add(x, another())),
  forwardOnly('tanh', 2, [16, 64, 32, 32], (x) => tanh(x)),
  forwardOnly('exp', 2, [16, 64, 32, 32], (x) => exp(x)),
  forwardOnly('softmax', null, [256, 1000], (x) => softmax(x, 1)),
];
