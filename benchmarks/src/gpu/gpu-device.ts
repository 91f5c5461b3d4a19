import type { Device } from '@convnet/tensor-core';

/** A device that works behind the program's back, and tells when it is done. */
export interface GpuDevice extends Device {
  synchronize(): Promise<void>;
}
