import type { WebGpuDevice } from '@convnet/backend-webgpu';

import type { GpuRow } from '../networks.ts';
import { ownSteps } from '../timings.ts';

/** Memory of a long training: bytes in use and reserved. */
export interface LongTraining {
  readonly steps: number;
  /** After how many it has come to rest. */
  readonly settled: number;
  /** [live, reserved] then, and every different pair since. */
  readonly atRest: readonly [live: number, reserved: number];
  readonly others: readonly (readonly [live: number, reserved: number])[];
}

const settled = 20;

/** Trains for many steps, captured, and says whether memory stays. */
export async function trainLong(
  row: GpuRow,
  device: WebGpuDevice,
  steps: number,
): Promise<LongTraining> {
  const stepper = await ownSteps(row, 'graph', device);
  const memory = (): readonly [number, number] => {
    const { live, reserved } = device.backend.memory();
    return [live, reserved];
  };
  try {
    await stepper.take(settled);
    const atRest = memory();
    const others = new Map<string, readonly [number, number]>();
    for (let done = settled; done < steps; done += settled) {
      await stepper.take(settled);
      const now = memory();
      if (now.join() !== atRest.join()) others.set(now.join(), now);
    }
    return { steps, settled, atRest, others: [...others.values()] };
  } finally {
    stepper.dispose();
  }
}
