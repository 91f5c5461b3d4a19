import { elementCount, type Kernels } from '@convnet/tensor-core';

import { float, wide, type KernelContext } from '../commands/kernel-context.ts';
import { memoryOf } from '../cuda-buffer.ts';
import { overElements } from './launching.ts';

export function optimizerKernels(context: KernelContext): Pick<Kernels, 'sgdStep' | 'adamStep'> {
  return {
    sgdStep(parameter, gradient, momentum, step, learningRate) {
      const count = elementCount(parameter.shape);
      context.launch(
        'sgd',
        overElements(count, 4),
        [memoryOf(parameter), memoryOf(gradient), momentum === null ? null : memoryOf(momentum)],
        [
          ...wide(count),
          float(learningRate),
          float(step.momentum),
          float(1 - step.dampening),
          float(step.weightDecay),
          float(step.maximize ? -1 : 1),
          Number(step.nesterov),
          Number(step.first),
        ],
      );
    },

    adamStep(parameter, gradient, mean, square, step, numbers) {
      const count = elementCount(parameter.shape);
      context.launch(
        'adam',
        overElements(count, 4),
        [parameter, gradient, mean, square].map(memoryOf),
        [
          ...wide(count),
          float(numbers.stepSize),
          float(numbers.rootCorrection),
          float(numbers.kept),
          float(step.beta1),
          float(step.beta2),
          float(1 - step.beta1),
          float(1 - step.beta2),
          float(step.epsilon),
          float(step.weightDecay),
          float(step.maximize ? -1 : 1),
          Number(step.decoupled),
        ],
      );
    },
  };
}
