import type { Device } from '@convnet/tensor-core';
import { Bench } from 'tinybench';

import { partsOf, type Turns } from '../report/timing.ts';
import type { KernelCase } from './cases.ts';
import type { KernelCost } from './cost.ts';
import { KernelSteps } from './kernel-steps.ts';

/** What a kernel was measured to take and do. */
export interface KernelTime extends KernelCost {
  /** Of its calls, in parts that follow each other. */
  readonly turns: Turns;
}

export interface KernelTimeOptions {
  /** Least time to measure for, in milliseconds. */
  readonly time: number;
  readonly signal: AbortSignal;
}

/** What changes on a machine within a measurement shows between parts of it. */
const parts = 2;

/** Calls a kernel again and again for some time. Each call is timed until the device has done it. */
export async function timeKernel(
  kernel: KernelCase,
  device: Device,
  { time, signal }: KernelTimeOptions,
): Promise<KernelTime> {
  using steps = new KernelSteps(kernel.spec, device);
  // As they come: tinybench gives them sorted.
  const times: number[] = [];
  const bench = new Bench({
    time,
    iterations: 10,
    warmupIterations: 5,
    warmupTime: time / 4,
    throws: true,
    signal,
    setup: () => void times.splice(0),
  });
  const call = async () => {
    const overriddenDuration = await steps.once();
    times.push(overriddenDuration);
    return { overriddenDuration };
  };
  const task = bench.add(kernel.name, call).tasks[0]!;
  await bench.run();
  signal.throwIfAborted();
  const { state } = task.result;
  if (state !== 'completed') throw new Error(`no times of ${kernel.name}: ${state}`);
  return { turns: partsOf(times, parts), ...steps.cost };
}
