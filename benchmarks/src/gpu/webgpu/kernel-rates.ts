import type { WebGpuDevice } from '@convnet/backend-webgpu';
import type {
  ConvGeometry,
  DeviceBuffer,
  Kernels,
  Operand,
  TensorSpec,
} from '@convnet/tensor-core';

import type { KernelSpec } from '../../kernels/spec.ts';
import type { KernelPeer } from '../../peers/peer.ts';
import { convFlops, convName, outputExtent, type ConvShape } from '../rates.ts';

/** Which of a convolution's passes. */
export type Pass = 'forward' | 'by input' | 'by weight';

/** A kernel whose rate is measured. */
export interface RatedKernel {
  readonly what: string;
  /** Multiplications and additions. */
  readonly flops: number;
  /** What a peer computes; null for what peers have no call for. */
  readonly spec: KernelSpec | null;
  /** TFLOP/s that are to be reached on an H100; null without such a goal. */
  readonly goal: number | null;
  /** Makes the operands, and what calls the kernel once. */
  prepare(device: WebGpuDevice): PreparedCall;
}

interface PreparedCall {
  /** Gives the result, to be freed. */
  readonly call: () => DeviceBuffer;
  readonly operands: readonly Operand[];
}

/** TFLOP/s of a kernel, the best of its turns. */
export interface KernelRate {
  readonly what: string;
  readonly own: number;
  readonly jaxJs: number | null;
  /** The own rate over that of jax-js. */
  readonly ratio: number | null;
  readonly goal: number | null;
}

const float32 = (...shape: readonly number[]): TensorSpec => ({ shape, dtype: 'float32' });

function filled(device: WebGpuDevice, spec: TensorSpec): Operand {
  const count = spec.shape.reduce((product, extent) => product * extent, 1);
  const values = Float32Array.from({ length: count }, (_, i) => Math.sin(0.37 * i));
  return { ...spec, buffer: device.backend.upload(values, spec) };
}

/** A square product. */
export function ratedProduct(size: number, goal: number | null): RatedKernel {
  const spec = float32(size, size);
  return {
    what: `product ${size}`,
    flops: 2 * size ** 3,
    spec: { op: 'matmul', size },
    goal,
    prepare: (device) => {
      const kernels = device.backend.kernels as Kernels;
      const [a, b] = [filled(device, spec), filled(device, spec)];
      const call = () => kernels.matmul(a, b, null, { a: false, b: false }, spec);
      return { call, operands: [a, b] };
    },
  };
}

/** A pass of a convolution of square images. */
export function ratedConv(shape: ConvShape, pass: Pass, goal: number | null): RatedKernel {
  const { batch, channels, filters, extent, kernel, stride, padding } = shape;
  const out = outputExtent(shape);
  const both = (value: number): number[] => [value, value];
  const geometry: ConvGeometry = {
    stride: both(stride),
    padBegin: both(padding),
    padEnd: both(padding),
    dilation: both(1),
    groups: 1,
  };
  const specs = {
    x: float32(batch, channels, extent, extent),
    weight: float32(filters, channels, kernel, kernel),
    y: float32(batch, filters, out, out),
  };
  return {
    what: `${convName(shape)}, ${pass}`,
    flops: convFlops(shape),
    spec:
      pass === 'forward'
        ? {
            op: 'conv',
            input: specs.x.shape,
            weight: specs.weight.shape,
            stride,
            padding,
            groups: 1,
            backward: false,
          }
        : null,
    goal,
    prepare: (device) => {
      const kernels = device.backend.kernels as Kernels;
      const { x, weight, y } = specs;
      if (pass === 'forward') {
        const [a, b] = [filled(device, x), filled(device, weight)];
        return { call: () => kernels.conv(a, b, null, geometry, y), operands: [a, b] };
      }
      const dy = filled(device, y);
      if (pass === 'by input') {
        const w = filled(device, weight);
        return { call: () => kernels.convInputGrad(dy, w, geometry, x), operands: [dy, w] };
      }
      const a = filled(device, x);
      return { call: () => kernels.convWeightGrad(a, dy, geometry, weight), operands: [a, dy] };
    },
  };
}

/** How rates are measured. */
export interface RateOptions {
  /** Turns, and calls in each. */
  readonly turns: number;
  readonly calls: number;
}

/** Measures a kernel and a peer in turns. */
export async function measureRate(
  { what, flops, spec, goal, prepare }: RatedKernel,
  device: WebGpuDevice,
  peer: KernelPeer | null,
  { turns, calls }: RateOptions,
): Promise<KernelRate> {
  const { call, operands } = prepare(device);
  const own = async (count: number): Promise<number> => {
    await device.synchronize();
    const start = performance.now();
    for (let i = 0; i < count; i++) device.backend.free(call());
    await device.synchronize();
    return (performance.now() - start) / count;
  };
  try {
    const hasPeer = spec !== null && peer !== null && (await peer.load(spec)) !== null;
    const theirs = async (count: number): Promise<number> => (await peer!.together(count)) / count;
    const timed = hasPeer ? [own, theirs] : [own];
    const best = timed.map(() => Infinity);
    for (const run of timed) await run(2);
    for (let turn = 0; turn < turns; turn++) {
      for (const [i, run] of timed.entries()) best[i] = Math.min(best[i]!, await run(calls));
    }
    const [ours, others] = best.map((ms) => flops / ms / 1e9);
    const jaxJs = others ?? null;
    return { what, own: ours!, jaxJs, ratio: jaxJs === null ? null : ours! / jaxJs, goal };
  } finally {
    for (const { buffer } of operands) device.backend.free(buffer);
  }
}
