import { reference } from '@convnet/tensor-core/reference';
import { checkCase, type ConformanceCase } from '../case.ts';

/** What a backend may leave out: others do without it. */
const optional = [
  'fusedConv',
  'fusedMatmul',
  'pointwiseChain',
  'batchNormResidual',
  'batchNormResidualGrad',
  'willReuse',
];

/** The kernels that every backend must have. */
export const requiredKernels: readonly string[] = Object.keys(reference().backend.kernels).filter(
  (name) => !optional.includes(name),
);

/** One case for each required kernel: a backend that lacks it fails by its name. */
export const kernelCases: readonly ConformanceCase[] = requiredKernels.map((name) =>
  checkCase(`the kernel ${name} exists`, name, async (device) => {
    const kernels: Readonly<Record<string, unknown>> = { ...device.backend.kernels };
    return typeof kernels[name] === 'function'
      ? []
      : [`MissingKernelError: backend '${device.name}' has no kernel '${name}'`];
  }),
);
