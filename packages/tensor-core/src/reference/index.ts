import type { Backend, Kernels } from '../backend.ts';
import { Device } from '../device.ts';
import { batchNormKernels } from './batch-norm.ts';
import { bufferOf, valuesOf } from './buffer.ts';
import { convKernels } from './conv.ts';
import { crossEntropyKernels } from './cross-entropy.ts';
import { movementKernels } from './data-movement.ts';
import { elementKernels } from './elements.ts';
import { matmulKernels } from './matmul.ts';
import { nmsKernels } from './nms.ts';
import { optimizerKernels } from './optimizer.ts';
import { orderKernels } from './order.ts';
import { poolKernels } from './pool.ts';
import { reduceKernels } from './reduce.ts';
import { resampleKernels } from './resample.ts';
import { roiAlignKernels } from './roi-align.ts';

const kernels: Kernels = {
  ...elementKernels,
  ...movementKernels,
  ...orderKernels,
  ...reduceKernels,
  ...matmulKernels,
  ...convKernels,
  ...poolKernels,
  ...resampleKernels,
  ...roiAlignKernels,
  ...nmsKernels,
  ...batchNormKernels,
  ...crossEntropyKernels,
  ...optimizerKernels,
};

function referenceBackend(): Backend {
  return {
    name: 'reference',
    description: 'reference (plain TypeScript)',
    dtypes: ['float32', 'float64', 'float16', 'int32', 'uint8', 'bool'],
    kernels,
    fuses: ['conv', 'batchNorm', 'batchNormResidual', 'matmul', 'pointwise'],
    upload: (data) => bufferOf(data.slice()),
    read: (x) => Promise.resolve(valuesOf(x).slice()),
    // The arrays are JavaScript's own: its garbage collector frees them.
    free: () => undefined,
    memory: () => ({ live: 0, reserved: 0 }),
    dispose: () => undefined,
  };
}

export { valuesOf };

/**
 * The specification of every kernel, in plain TypeScript: slow, obvious, sums in double precision, and the
 * only device with float64. For checking other devices and gradients.
 */
export function reference(): Device {
  return new Device(referenceBackend());
}
