import { elementCount, type Kernels, type Operand } from '@convnet/tensor-core';
import { addressIn, bufferOf, convertInPlace } from '../layout.ts';
import * as sgd from '../layout/sgd.generated.ts';
import * as adam from '../layout/adam.generated.ts';
import type { Layout } from '../buffer.ts';
import type { Machine } from '../machine.ts';

export function optimizerKernels(machine: Machine): Pick<Kernels, 'sgdStep' | 'adamStep'> {
  /**
   * Writes the addresses of the parameter, the gradient and the optimiser's state, from these words on, and the count.
   * What is written in place is put into the parameter's layout first.
   */
  function write(
    at: { readonly parameter: number; readonly gradient: number; readonly count: number },
    parameter: Operand,
    gradient: Operand,
    states: readonly (readonly [word: number, state: Operand | null])[],
  ): void {
    const { address, layout } = bufferOf(parameter);
    machine.written(bufferOf(parameter));
    const gradientAddress = addressIn(machine, gradient, layout);
    const addresses = states.map(([, x]) => (x === null ? 0 : addressInPlace(x, layout)));
    const { words, argumentWord: base } = machine;
    words[base + at.parameter] = address;
    words[base + at.gradient] = gradientAddress;
    for (let i = 0; i < states.length; i++) words[base + states[i]![0]] = addresses[i]!;
    words[base + at.count] = elementCount(parameter.shape);
  }

  function addressInPlace(x: Operand, layout: Layout): number {
    convertInPlace(machine, x, layout);
    machine.written(bufferOf(x));
    return bufferOf(x).address;
  }

  return {
    sgdStep(parameter, gradient, momentum, step, learningRate) {
      write(sgd, parameter, gradient, [[sgd.velocity, momentum]]);
      const { words, floats, argumentWord: base } = machine;
      floats[base + sgd.learningRate] = learningRate;
      floats[base + sgd.momentum] = step.momentum;
      floats[base + sgd.share] = 1 - step.dampening;
      floats[base + sgd.weightDecay] = step.weightDecay;
      floats[base + sgd.sign] = step.maximize ? -1 : 1;
      words[base + sgd.nesterov] = Number(step.nesterov);
      words[base + sgd.first] = Number(step.first);
      machine.call('sgd_step');
      machine.finish();
    },

    adamStep(parameter, gradient, mean, square, step, numbers) {
      write(adam, parameter, gradient, [
        [adam.mean, mean],
        [adam.square, square],
      ]);
      const { floats, argumentWord: base } = machine;
      floats[base + adam.rate] = numbers.stepSize;
      floats[base + adam.beta1] = step.beta1;
      floats[base + adam.rest1] = 1 - step.beta1;
      floats[base + adam.beta2] = step.beta2;
      floats[base + adam.rest2] = 1 - step.beta2;
      floats[base + adam.correction] = 1 / numbers.rootCorrection;
      floats[base + adam.epsilon] = step.epsilon;
      floats[base + adam.weightDecay] = step.decoupled ? 0 : step.weightDecay;
      floats[base + adam.shrink] = step.decoupled ? numbers.kept : 1;
      floats[base + adam.sign] = step.maximize ? -1 : 1;
      machine.call('adam_step');
      machine.finish();
    },
  };
}
