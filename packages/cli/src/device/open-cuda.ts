import { pathToFileURL } from 'node:url';

import type * as Backend from '@convnet/backend-cuda';
import { DeviceError } from '@convnet/tensor-core';

import { CliError, messageOf } from '../errors.ts';
import { findPackage } from './find-package.ts';
import type { OpenedDevice } from './opened-device.ts';

/**
 * An NVIDIA GPU, by the npm package `@convnet/backend-cuda`.
 * @throws CliError without the package, its driver or a GPU.
 */
export async function openCuda(): Promise<OpenedDevice> {
  const entry = findPackage('@convnet/backend-cuda');
  if (entry === null) {
    throw new CliError(
      "cuda: the npm package '@convnet/backend-cuda' is not installed here: npm install @convnet/backend-cuda, or use " +
        '--device wasm',
    );
  }
  const { cuda } = (await import(pathToFileURL(entry).href)) as typeof Backend;
  try {
    const device = await cuda();
    return { device, description: String(device) };
  } catch (cause) {
    if (!(cause instanceof DeviceError)) throw cause;
    throw new CliError(messageOf(cause), { cause });
  }
}
