import { byteLength, discard, openScope, tensor, trace, type Device } from '@convnet/tensor-core';
import { Bench } from 'tinybench';

import type { Timing } from '../report/row.ts';
import type { KernelCase } from './cases.ts';

/** What a kernel was measured to take and do. */
export interface KernelTime {
  readonly ms: Timing;
  readonly macs: number;
  readonly flops: number;
  /** Of its inputs and outputs, each counted once. */
  readonly bytes: number;
}

export interface KernelTimeOptions {
  /** Least time to measure for, in milliseconds. */
  readonly time: number;
  readonly signal: AbortSignal;
}

/** Calls a kernel again and again for some time. Each call is timed until the device has done it. */
export async function timeKernel(
  kernel: KernelCase,
  device: Device,
  { time, signal }: KernelTimeOptions,
): Promise<KernelTime> {
  using _ = openScope();
  const { forward, backward } = kernel.prepare(device);
  const marker = tensor([0], { device });
  const cost = { macs: 0, flops: 0, bytes: 0 };
  // A read waits for all that was asked of the device before.
  const call = async (): Promise<{ overriddenDuration: number }> => {
    using __ = openScope();
    let start = performance.now();
    const y = forward();
    if (backward) {
      await marker.item();
      const gradient = y.detach();
      start = performance.now();
      y.backward(gradient);
    }
    await marker.item();
    return { overriddenDuration: performance.now() - start };
  };
  trace(
    ({ operation, inputs, outputs, attributes }) => {
      // The two gradients of a convolution take as much as two forward passes.
      const passes = backward ? 2 : 1;
      const { macs, flops } = operation.cost(inputs, outputs, attributes);
      cost.macs += passes * macs;
      cost.flops += passes * flops;
      for (const t of [...inputs, ...outputs])
        cost.bytes += t === null ? 0 : passes * byteLength(t);
    },
    () => discard(forward()),
  );
  const bench = new Bench({
    time,
    iterations: 10,
    warmupIterations: 5,
    warmupTime: time / 4,
    throws: true,
    signal,
  });
  const task = bench.add(kernel.name, call).tasks[0]!;
  await bench.run();
  signal.throwIfAborted();
  const { result } = task;
  if (!('latency' in result)) throw new Error(`no times of ${kernel.name}: ${result.state}`);
  return { ms: { median: result.latency.p50, min: result.latency.min }, ...cost };
}
