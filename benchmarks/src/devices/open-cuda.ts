import type { Device } from '@convnet/tensor-core';

import { AbsentDeviceError } from './absent-device-error.ts';

/** @throws AbsentDeviceError without a driver, a GPU, or the package of this platform. */
export async function openCuda(): Promise<Device> {
  const { AddonMissingError, cuda, NoDeviceError, NoDriverError } =
    await import('@convnet/backend-cuda');
  try {
    return await cuda();
  } catch (cause) {
    const isAbsent = [AddonMissingError, NoDeviceError, NoDriverError].some(
      (kind) => cause instanceof kind,
    );
    if (!isAbsent) throw cause;
    throw new AbsentDeviceError(
      'cuda',
      lackOf(cause as Error),
      'Linux on x64 with an NVIDIA GPU and its driver brings it',
      { cause },
    );
  }
}

/** What is missing, without the list of the places that were looked at. */
const lackOf = ({ message }: Error): string =>
  message
    .split('\n', 1)[0]!
    .replace(/^cuda: /, '')
    .replace(/ Looked for:$/, '')
    .replace(/\.$/, '');
