import type { WebGpuDevice } from '@convnet/backend-webgpu';

import type { GpuRow } from '../networks.ts';
import { ownSteps, type GpuMode } from '../timings.ts';

/** What the host spends on a training step or an inference, submission included, while it does not wait for the device. */
export interface HostCost extends GpuRow {
  readonly mode: GpuMode;
  readonly dispatches: number;
  readonly microsecondsOfStep: number;
  readonly microsecondsOfDispatch: number;
}

/** Steps that are handed over before the device is waited for: no more than a queue takes without making the host wait. */
const handedOver = 3;

/** The least of several turns. */
export async function measureHostCost(
  row: GpuRow,
  mode: GpuMode,
  device: WebGpuDevice,
  turns: number,
): Promise<HostCost> {
  const stepper = await ownSteps(row, mode, device);
  try {
    await stepper.take(2);
    const before = device.dispatches;
    await stepper.take(1);
    const dispatches = device.dispatches - before;
    let least = Infinity;
    for (let turn = 0; turn < turns; turn++) {
      await device.synchronize();
      const start = performance.now();
      for (let i = 0; i < handedOver; i++) {
        stepper.once();
        // What a task records is submitted at its end.
        await Promise.resolve();
      }
      least = Math.min(least, (performance.now() - start) / handedOver);
    }
    const microsecondsOfStep = 1000 * least;
    return {
      ...row,
      mode,
      dispatches,
      microsecondsOfStep,
      microsecondsOfDispatch: microsecondsOfStep / dispatches,
    };
  } finally {
    stepper.dispose();
  }
}
