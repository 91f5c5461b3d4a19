import { reference } from '../../reference/index.ts';
import { checkCase, type ConformanceCase } from '../case.ts';

/** One case for each kernel of the interface: a backend that lacks it fails by its name. */
export const kernelCases: readonly ConformanceCase[] = Object.keys(reference().backend.kernels).map(
  (name) =>
    checkCase(`the kernel ${name} exists`, name, async (device) => {
      const kernels: Readonly<Record<string, unknown>> = { ...device.backend.kernels };
      return typeof kernels[name] === 'function'
        ? []
        : [`MissingKernelError: backend '${device.name}' has no kernel '${name}'`];
    }),
);
