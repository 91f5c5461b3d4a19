import {
  elementCount,
  LabelRangeError,
  type CrossEntropyKernelOptions,
  type Kernels,
  type Operand,
} from '@convnet/tensor-core';
import { addressIn, bufferOf, newBuffer } from '../layout.ts';
import type { Machine } from '../machine.ts';

/** Word offsets of the arguments in `cross_entropy.rs`. */
const at = {
  x: 0,
  target: 1,
  weight: 2,
  loss: 3,
  out: 4,
  rows: 5,
  classes: 6,
  ignore: 7,
  smoothing: 8,
};

export function crossEntropyKernels(
  machine: Machine,
): Pick<Kernels, 'crossEntropy' | 'crossEntropyGrad'> {
  function write(
    x: Operand,
    target: Operand,
    weight: Operand | null,
    loss: number,
    out: number,
    options: CrossEntropyKernelOptions,
  ): void {
    const source = addressIn(machine, x, 'channelsLast');
    const labels = addressIn(machine, target, 'rows');
    const { words, floats, argumentWord: base } = machine;
    words[base + at.x] = source;
    words[base + at.target] = labels;
    words[base + at.weight] = weight === null ? 0 : bufferOf(weight).address;
    words[base + at.loss] = loss;
    words[base + at.out] = out;
    words[base + at.rows] = elementCount(target.shape);
    words[base + at.classes] = x.shape[1]!;
    words[base + at.ignore] = options.ignoreIndex;
    floats[base + at.smoothing] = options.labelSmoothing;
  }

  return {
    crossEntropy(logits, target, weight, options) {
      const loss = newBuffer(machine, { shape: target.shape, dtype: logits.dtype }, 'rows');
      const logs = newBuffer(machine, logits, 'channelsLast');
      write(logits, target, weight, loss.address, logs.address, options);
      const bad = machine.ask('cross_entropy');
      if (bad > 0) {
        const { words, argumentWord: base } = machine;
        const label = words[(words[base + at.target]! >>> 2) + bad - 1]!;
        machine.finish();
        machine.free(loss);
        machine.free(logs);
        throw new LabelRangeError(bad - 1, label, logits.shape[1]!);
      }
      machine.finish();
      return [loss, logs];
    },

    crossEntropyGrad(logProbabilities, target, weight, dloss, options) {
      const buffer = newBuffer(machine, logProbabilities, 'channelsLast');
      const gradient = addressIn(machine, dloss, 'rows');
      write(logProbabilities, target, weight, gradient, buffer.address, options);
      machine.call('cross_entropy_grad');
      machine.finish();
      return buffer;
    },
  };
}
