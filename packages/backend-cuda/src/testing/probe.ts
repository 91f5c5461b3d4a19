import type { Device } from '@convnet/tensor-core';

import type { LaunchShape } from '../commands/kernel-context.ts';
import type { Recorder } from '../commands/recorder.ts';
import { cudaBuffer } from '../cuda-buffer.ts';

/** A device on the emulated driver with its inside. */
export interface Opened {
  readonly device: Device;
  readonly recorder: Recorder;
}

/** Starts a kernel of native/emulator/probes on x, with room for `count` results. @returns what it wrote. */
export async function probe(
  { device, recorder }: Opened,
  kernel: string,
  shape: LaunchShape,
  x: readonly number[],
  count: number,
): Promise<Float32Array> {
  const given = recorder.upload(Float32Array.from(x));
  const result = recorder.take(4 * count);
  recorder.fill(result, 4, 0, count);
  recorder.launch(kernel, shape, [given, result], [x.length]);
  const buffer = cudaBuffer(result, 4 * count);
  try {
    return (await device.backend.read({
      buffer,
      shape: [count],
      dtype: 'float32',
    })) as Float32Array;
  } finally {
    recorder.giveBack(given);
    recorder.giveBack(result);
  }
}
