import type { Device } from '@convnet/tensor-core';

/** A device, and what to tell the user of it. */
export interface OpenedDevice {
  readonly device: Device;
  readonly description: string;
}
