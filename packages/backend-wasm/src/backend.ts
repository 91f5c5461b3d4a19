import {
  bytesOf,
  elementCount,
  forInference,
  storedArray,
  type Backend,
  type DType,
  type Kernels,
  type Operand,
  type StoredArray,
  type TensorSpec,
} from '@convnet/tensor-core';
import { batchNormKernels } from './kernels/batch-norm.ts';
import { convKernels } from './kernels/conv.ts';
import { crossEntropyKernels } from './kernels/cross-entropy.ts';
import { elementKernels } from './kernels/elements.ts';
import { halves } from './kernels/float16.ts';
import { gatherKernels } from './kernels/gather.ts';
import { matmulKernels } from './kernels/matmul.ts';
import { movementKernels } from './kernels/movement.ts';
import { nmsKernels } from './kernels/nms.ts';
import { optimizerKernels } from './kernels/optimizer.ts';
import { orderKernels } from './kernels/order.ts';
import { pointwiseKernels } from './kernels/pointwise.ts';
import { pointwiseChainKernels } from './kernels/pointwise-chain.ts';
import { poolKernels } from './kernels/pool.ts';
import { randomKernels } from './kernels/random.ts';
import { reduceKernels } from './kernels/reduce.ts';
import { resampleKernels } from './kernels/resample.ts';
import { roiAlignKernels } from './kernels/roi-align.ts';
import { WrittenStep } from './written/written-step.ts';
import { addressIn, bufferOf, newBuffer } from './layout.ts';
import type { WasmBuffer } from './buffer.ts';
import type { Machine } from './machine.ts';

const dtypes: readonly DType[] = ['float32', 'float16', 'int32', 'uint8', 'bool'];

function kernelsOf(machine: Machine): Partial<Kernels> {
  return {
    ...elementKernels(machine),
    ...pointwiseKernels(machine),
    ...movementKernels(machine),
    ...gatherKernels(machine),
    ...randomKernels(machine),
    ...reduceKernels(machine),
    ...matmulKernels(machine),
    ...convKernels(machine),
    ...poolKernels(machine),
    ...batchNormKernels(machine),
    ...crossEntropyKernels(machine),
    ...orderKernels(machine),
    ...resampleKernels(machine),
    ...roiAlignKernels(machine),
    ...nmsKernels(machine),
    ...(!forInference && { ...optimizerKernels(machine), ...pointwiseChainKernels(machine) }),
  };
}

/** The connector between tensor-core and one machine. `end` ends its workers. */
export function backendOf(machine: Machine, description: string, end: () => void): Backend {
  /** The memory seen as elements of `dtype` from `address` on, when all calls are done. */
  function view(address: number, count: number, dtype: DType): StoredArray {
    machine.settle();
    const start = address >>> 0;
    if (dtype === 'float32') return machine.floats.subarray(start / 4, start / 4 + count);
    if (dtype === 'float16') return halves(machine, start, count);
    if (bytesOf[dtype] === 4) return machine.words.subarray(start / 4, start / 4 + count);
    return machine.bytes.subarray(start, start + count);
  }

  function read(x: Operand): StoredArray<ArrayBuffer> {
    const count = elementCount(x.shape);
    const address = addressIn(machine, x, 'rows');
    const values = storedArray(x.dtype, count);
    values.set(view(address, count, x.dtype));
    machine.finish();
    return values;
  }

  function upload(data: StoredArray, spec: TensorSpec): WasmBuffer {
    const buffer = newBuffer(machine, spec, 'rows');
    view(buffer.address, data.length, spec.dtype).set(data);
    machine.finish();
    return buffer;
  }

  const kernels = kernelsOf(machine);
  return {
    name: 'wasm',
    description,
    dtypes,
    kernels,
    ...(forInference
      ? { fuses: ['conv', 'batchNorm', 'matmul'] }
      : {
          fuses: ['conv', 'batchNorm', 'matmul', 'batchNormResidual', 'pointwise'],
          // All that a step calls was there when it was recorded.
          prepare: (graph) => new WrittenStep(machine, kernels as Kernels, graph),
        }),
    upload,
    read: async (x) => read(x),
    free: (buffer) => machine.free(bufferOf({ buffer })),
    memory: () => ({ live: machine.live, reserved: machine.reserved }),
    dispose: () => {
      machine.dispose();
      end();
    },
  };
}
