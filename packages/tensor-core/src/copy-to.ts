import { tensor } from './create.ts';
import type { Device } from './device.ts';
import { EagerTensor } from './eager-tensor.ts';
import { Storage } from './storage.ts';
import type { Tensor } from './tensor.ts';

/**
 * @internal A copy of a tensor on another device, from device to device where there is a way (`Backend.copyFrom`), else over
 * the host. It is no part of a graph.
 * @throws ReleasedTensorError; DTypeError where the device does not hold the type.
 */
export async function copyTo(x: Tensor, device: Device): Promise<Tensor> {
  const { shape, dtype } = x;
  return directCopy(x, device) ?? tensor(await x.data(), shape, { device, dtype });
}

/** @internal `copyTo` from device to device, of one kind and so of the same types; null where there is no such way. */
export function directCopy(x: Tensor, device: Device): Tensor | null {
  x.requireLive('copyTo');
  const buffer = device.backend.copyFrom?.(x, x.device.backend);
  return buffer ? new EagerTensor(device, x.shape, x.dtype, new Storage(device, buffer)) : null;
}
