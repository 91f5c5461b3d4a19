import type { ConvSpec, KernelSpec } from './spec.ts';

/** A kernel to time. */
export interface KernelCase {
  readonly name: string;
  readonly spec: KernelSpec;
}

/** The forward pass of a convolution, and both of its gradients together. */
function convolution(
  name: string,
  input: readonly number[],
  weight: readonly number[],
  { stride = 1, padding = 0, groups = 1 }: Partial<ConvSpec> = {},
): KernelCase[] {
  const shared = { op: 'conv', input, weight, stride, padding, groups } as const;
  return [
    { name, spec: { ...shared, backward: false } },
    { name: `${name}, gradients`, spec: { ...shared, backward: true } },
  ];
}

const product = (size: number): KernelCase => ({
  name: `matmul ${size}`,
  spec: { op: 'matmul', size },
});

const pointwise = (op: 'relu' | 'add' | 'tanh' | 'exp'): KernelCase => ({
  name: op,
  spec: { op, input: [16, 64, 32, 32] },
});

/** The kernels of LeNets and of the larger families, at shapes that occur there. */
export const kernelCases: readonly KernelCase[] = [
  product(512),
  product(1024),
  ...convolution('lenet C1 5×5', [64, 1, 28, 28], [6, 1, 5, 5], { padding: 2 }),
  ...convolution('lenet C3 5×5', [64, 6, 14, 14], [16, 6, 5, 5]),
  ...convolution('lenet C5 5×5', [64, 16, 5, 5], [120, 16, 5, 5]),
  ...convolution('resnet stem 7×7/2', [1, 3, 224, 224], [64, 3, 7, 7], { stride: 2, padding: 3 }),
  ...convolution('resnet 3×3', [1, 64, 56, 56], [64, 64, 3, 3], { padding: 1 }),
  ...convolution('resnet 3×3', [1, 256, 14, 14], [256, 256, 3, 3], { padding: 1 }),
  ...convolution('resnet 1×1', [1, 256, 56, 56], [64, 256, 1, 1]),
  ...convolution('resnet 3', [8, 64, 1000], [64, 64, 3], { padding: 1 }),
  ...convolution('mobilenet depthwise', [1, 96, 112, 112], [96, 1, 3, 3], {
    padding: 1,
    groups: 96,
  }),
  {
    name: 'max pool 2×2',
    spec: { op: 'maxPool', input: [64, 6, 28, 28], window: 2, stride: 2, padding: 0 },
  },
  {
    name: 'max pool 3×3/2',
    spec: { op: 'maxPool', input: [1, 64, 112, 112], window: 3, stride: 2, padding: 1 },
  },
  {
    name: 'average pool 2×2',
    spec: { op: 'avgPool', input: [64, 6, 28, 28], window: 2, stride: 2, padding: 0 },
  },
  ...(['relu', 'add', 'tanh', 'exp'] as const).map(pointwise),
  { name: 'softmax', spec: { op: 'softmax', input: [256, 1000] } },
];
