import {
  bytesOf,
  elementCount,
  forInference,
  LabelRangeError,
  type CrossEntropyKernelOptions,
  type Kernels,
  type Operand,
} from '@convnet/tensor-core';
import { addressIn, bufferOf, newBuffer } from '../layout.ts';
import * as at from '../layout/cross-entropy.generated.ts';
import { reductions } from '../layout.generated.ts';
import type { Machine } from '../machine.ts';

export function crossEntropyKernels(machine: Machine): Partial<Kernels> {
  /** The address of the labels. */
  function write(
    x: Operand,
    target: Operand,
    weight: Operand | null,
    loss: number,
    out: number,
    counted: number,
    options: CrossEntropyKernelOptions,
  ): number {
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
    words[base + at.reduction] = reductions[options.reduction];
    words[base + at.counted] = counted;
    return labels;
  }

  /** None in a build for inference. */
  const gradients: Partial<Pick<Kernels, 'crossEntropyGrad'>> = forInference
    ? {}
    : {
        crossEntropyGrad(logProbabilities, target, weight, countedWeight, dloss, options) {
          const buffer = newBuffer(machine, logProbabilities, 'channelsLast');
          const gradient = addressIn(machine, dloss, 'rows');
          const counted = bufferOf(countedWeight).address;
          write(logProbabilities, target, weight, gradient, buffer.address, counted, options);
          machine.call('cross_entropy_grad');
          machine.finish();
          return buffer;
        },
      };

  return {
    crossEntropy(logits, target, weight, options) {
      const { dtype } = logits;
      const isReduced = options.reduction !== 'none';
      const loss = newBuffer(machine, { shape: isReduced ? [] : target.shape, dtype }, 'rows');
      const logs = newBuffer(machine, logits, 'channelsLast');
      const counted = newBuffer(machine, { shape: [], dtype }, 'rows');
      const losses = isReduced
        ? machine.temporary(elementCount(target.shape) * bytesOf[dtype])
        : loss.address;
      const labels = write(
        logits,
        target,
        weight,
        loss.address,
        logs.address,
        counted.address,
        options,
      );
      machine.words[machine.argumentWord + at.losses] = losses;
      machine.ask('cross_entropy', (bad) => {
        const label = machine.words[(labels >>> 2) + bad - 1]!;
        return new LabelRangeError(bad - 1, label, logits.shape[1]!);
      });
      machine.finish();
      return [loss, logs, counted];
    },
    ...gradients,
  };
}
