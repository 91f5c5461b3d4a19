import { conv, matmul, noGrad, openScope, randn, type Tensor } from '@convnet/tensor-core';
import type { CudaDevice } from '@convnet/backend-cuda';

import type { LineProcess } from '../peers/line-process.ts';

/** Rate of one kernel, TFLOP/s. */
export interface Rate {
  readonly what: string;
  readonly tf32: boolean;
  /** Whether own kernels had no library to choose beside them. */
  readonly isOwn: boolean;
  readonly own: number;
  readonly pytorch: number | null;
  /** The own rate over PyTorch's. */
  readonly ratio: number | null;
}

/** A convolution of square images without dilation. */
export interface ConvShape {
  readonly batch: number;
  readonly channels: number;
  readonly filters: number;
  readonly extent: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** Positions of its output along each axis. */
export const outputExtent = ({ extent, kernel, stride, padding }: ConvShape): number =>
  Math.floor((extent + 2 * padding - kernel) / stride) + 1;

/** Multiplications and additions of a pass: each of the three has as many. */
export function convFlops(shape: ConvShape): number {
  const { batch, channels, filters, kernel } = shape;
  return 2 * batch * filters * channels * (kernel * outputExtent(shape)) ** 2;
}

export const convName = ({ batch, channels, filters, extent, kernel, stride }: ConvShape): string =>
  `conv ${channels} -> ${filters}, ${extent}², ${kernel}x${kernel}, stride ${stride}, batch ${batch}`;

/** The shapes of the four rows that cuDNN was measured on. */
export const convShapes: readonly ConvShape[] = [
  { batch: 32, channels: 64, filters: 64, extent: 56, kernel: 3, stride: 1, padding: 1 },
  { batch: 32, channels: 256, filters: 256, extent: 14, kernel: 3, stride: 1, padding: 1 },
  { batch: 32, channels: 3, filters: 64, extent: 224, kernel: 7, stride: 2, padding: 3 },
  { batch: 32, channels: 256, filters: 64, extent: 56, kernel: 1, stride: 1, padding: 0 },
];

/** The best of five turns of `calls`, in TFLOP/s. */
async function rateOf(
  device: CudaDevice,
  calls: number,
  flops: number,
  run: () => Tensor,
): Promise<number> {
  const turn = async (count: number): Promise<number> => {
    await device.synchronize();
    const start = performance.now();
    for (let i = 0; i < count; i++) {
      using _ = openScope();
      noGrad(run);
    }
    await device.synchronize();
    return (performance.now() - start) / count;
  };
  await turn(3);
  let best = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) best = Math.min(best, await turn(calls));
  return flops / best / 1e9;
}

/** How a device was opened. */
export interface RatedDevice {
  readonly device: CudaDevice;
  readonly tf32: boolean;
  readonly isOwn: boolean;
}

function rated(
  what: string,
  { tf32, isOwn }: RatedDevice,
  own: number,
  pytorch: number | null,
): Rate {
  return { what, tf32, isOwn, own, pytorch, ratio: pytorch === null ? null : own / pytorch };
}

/** A square product. */
export async function rateProduct(
  size: number,
  on: RatedDevice,
  peer: LineProcess | null,
): Promise<Rate> {
  const { device, tf32 } = on;
  using _ = openScope();
  const a = randn([size, size], { device });
  const b = randn([size, size], { device });
  const own = await rateOf(device, 20, 2 * size ** 3, () => matmul(a, b));
  const theirs = await peer?.ask<{ tflops: number }>({ product: { size, tf32 } });
  return rated(`product ${size}`, on, own, theirs?.tflops ?? null);
}

/** A convolution's forward pass. */
export async function rateConv(
  shape: ConvShape,
  on: RatedDevice,
  peer: LineProcess | null,
): Promise<Rate> {
  const { device, tf32 } = on;
  using _ = openScope();
  const { batch, channels, filters, extent, kernel, stride, padding } = shape;
  const x = randn([batch, channels, extent, extent], { device });
  const weight = randn([filters, channels, kernel, kernel], { device });
  const run = (): Tensor => conv(x, weight, null, { stride, padding });
  const own = await rateOf(device, 20, convFlops(shape), run);
  const theirs = await peer?.ask<{ tflops: number }>({ conv: { ...shape, tf32 } });
  return rated(convName(shape), on, own, theirs?.tflops ?? null);
}
