import type { Device } from './device.ts';
import { DeviceError } from './errors.ts';
import type { Tensor } from './tensor.ts';

/**
 * The device that all inputs are on.
 * @throws DeviceError where they differ; ReleasedTensorError.
 */
export function commonDevice(op: string, inputs: readonly (Tensor | null)[]): Device {
  let device: Device | null = null;
  for (const input of inputs) {
    if (input === null) continue;
    input.requireLive(op);
    if (device !== null && input.device !== device) {
      throw new DeviceError(
        `${op}: expected all tensors on one device, got ${inputs
          .filter((tensor) => tensor !== null)
          .map((tensor) => tensor.describe())
          .join(' and ')}`,
      );
    }
    device = input.device;
  }
  if (device === null) throw new DeviceError(`${op}: expected at least one tensor`);
  return device;
}
