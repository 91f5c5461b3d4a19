import type { Device } from '@convnet/tensor-core';

import { AbsentDeviceError } from './absent-device-error.ts';

/** What the benchmarks use of the package. */
interface CudaPackage {
  cuda(): Promise<Device>;
}

// Not a literal: the package is looked for as the program runs, so that a checkout without it type-checks.
const packageName: string = '@convnet/backend-cuda';

/** @throws AbsentDeviceError without the package; the errors of the package without a GPU. */
export async function openCuda(): Promise<Device> {
  let found: CudaPackage;
  try {
    found = (await import(packageName)) as CudaPackage;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new AbsentDeviceError(
      'cuda',
      `${packageName} is not among the dependencies of the benchmarks`,
      'That package, on a machine with an NVIDIA GPU and its driver, brings it',
      { cause },
    );
  }
  return found.cuda();
}
