import {
  elementCount,
  formatShape,
  windowAxes,
  type Device,
  type Operand,
  type PoolAxis,
} from '@convnet/tensor-core';
import { everyOf, Findings, free, integers, operand, range } from './exact.ts';

/** A multiple of the products of three numbers from 1 to 4: what gradients of means are divided by. */
const divisible = 12 ** 3;

/** Flat positions of the windows of each output, in order, and what a mean over each divides by. */
function windowsOf(
  input: readonly number[],
  axes: readonly PoolAxis[],
): { positions: number[]; divisor: number }[] {
  let windows = [{ positions: [0], divisor: 1 }];
  axes.forEach((axis, i) => {
    windows = windows.flatMap(({ positions, divisor }) =>
      Array.from(axis.start, (start, o) => {
        const along: number[] = [];
        for (const outer of positions) {
          for (let p = start; p < axis.end[o]!; p += axis.step) along.push(outer * input[i]! + p);
        }
        return { positions: along, divisor: divisor * axis.count[o]! };
      }),
    );
  });
  return windows;
}

/** Greatest elements, where they are, means, and the gradients of both, for each plane of x. */
function poolByHand(
  planes: number,
  inputs: number,
  windows: ReturnType<typeof windowsOf>,
  x: Float32Array,
  dy: Float32Array,
) {
  const count = planes * windows.length;
  const greatest = new Float32Array(count);
  const indices = new Float32Array(count);
  const means = new Float32Array(count);
  const ofGreatest = new Float32Array(x.length);
  const ofMeans = new Float32Array(x.length);
  for (let i = 0; i < count; i++) {
    const plane = Math.floor(i / windows.length) * inputs;
    const { positions, divisor } = windows[i % windows.length]!;
    let best = positions[0]!;
    let sum = 0;
    for (const p of positions) {
      if (x[plane + p]! > x[plane + best]!) best = p;
      sum += x[plane + p]!;
      ofMeans[plane + p]! += dy[i]! / divisor;
    }
    greatest[i] = x[plane + best]!;
    indices[i] = best;
    means[i] = sum / divisor;
    ofGreatest[plane + best]! += dy[i]!;
  }
  return { greatest, indices, means, ofGreatest, ofMeans };
}

/** Sliding and adaptive windows of one axis, by a number that says which. */
function axisOf(extent: number, kind: number): PoolAxis | null {
  const shape = [1, 1, extent];
  if (kind < 4) return windowAxes('sweep', { outputSize: [kind + 1] }, shape)[0]!;
  const [kernel, stride, padding, dilation] = [
    [1, 2, 0, 1],
    [2, 2, 0, 1],
    [2, 1, 1, 1],
    [3, 2, 1, 1],
    [3, 1, 1, 1],
    [2, 1, 0, 2],
    [2, 3, 0, 1],
  ][kind - 4] as [number, number, number, number];
  if (extent + 2 * padding < dilation * (kernel - 1) + 1) return null;
  const sliding = {
    kernelSize: [kernel],
    stride: [stride],
    padding: [padding],
    dilation: [dilation],
    ceilMode: kind % 2 === 0,
    countIncludePad: true,
    divisorOverride: null,
  };
  return windowAxes('sweep', sliding, shape)[0]!;
}

/** Maximum and average pooling and their gradients, over extents, windows and channels: every `step`-th. */
export async function sweepPools(device: Device, step: number): Promise<string[]> {
  const findings = new Findings();
  const { kernels, backend } = device;
  // No more than four positions to an adaptive window of the first kinds.
  const sizes = everyOf(
    { kind: range(0, 10), extent: range(1, 9), channels: range(1, 21), dims: [1, 2, 3] },
    step,
  );
  for (const { kind, extent, channels, dims, index } of sizes) {
    const last = axisOf(extent, kind);
    const outerExtent = 2 + (index % 2);
    const outer = axisOf(outerExtent, (kind + index) % 11);
    if (last === null || outer === null || last.end.some((end, o) => end - last.start[o]! > 4)) {
      continue;
    }
    const axes = [...Array.from({ length: dims - 1 }, () => outer), last];
    const spatial = [...Array.from({ length: dims - 1 }, () => outerExtent), extent];
    const batch = 1 + (index % 3);
    const input = [batch, channels, ...spatial];
    const output = [batch, channels, ...axes.map((axis) => axis.start.length)];
    const out = { shape: output, dtype: 'float32' } as const;
    const spec = { shape: input, dtype: 'float32' } as const;
    const x = integers(elementCount(input), 41 + index);
    const dy = integers(elementCount(output), 42 + index).map((g) => g * divisible);
    const windows = windowsOf(spatial, axes);
    const wanted = poolByHand(batch * channels, elementCount(spatial), windows, x, dy);
    const operands = [operand(device, x, input), operand(device, dy, output)] as const;
    const [xs, dys] = operands;
    const name = `${formatShape(input)} to ${formatShape(output)}`;
    const [greatest, indices] = kernels.maxPool(xs, axes, out, true);
    const [alone] = kernels.maxPool(xs, axes, out, false);
    const places: Operand = { shape: output, dtype: 'int32', buffer: indices! };
    const ofGreatest = kernels.maxPoolGrad(dys, places, axes, spec);
    await findings.compare(device, `maxPool ${name}`, greatest!, out, wanted.greatest);
    await findings.compare(device, `maxPool without indices ${name}`, alone!, out, wanted.greatest);
    await findings.compare(device, `indices ${name}`, indices!, places, wanted.indices);
    const gradient = `gradient of maxPool ${name}`;
    await findings.compare(device, gradient, ofGreatest, spec, wanted.ofGreatest);
    const means = kernels.avgPool(xs, axes, out);
    // Shaders may divide with an error of some of the last bits.
    const tolerance = backend.name === 'webgpu' ? 1e-6 : 0;
    await findings.compare(device, `avgPool ${name}`, means, out, wanted.means, tolerance);
    const ofMeans = kernels.avgPoolGrad(dys, axes, spec);
    const title = `gradient of avgPool ${name}`;
    await findings.compare(device, title, ofMeans, spec, wanted.ofMeans, tolerance);
    free(device, operands);
  }
  return findings.failures();
}
