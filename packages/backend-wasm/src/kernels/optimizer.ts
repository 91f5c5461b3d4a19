import { elementCount, type Kernels, type Operand } from '@convnet/tensor-core';
import { addressIn, bufferOf, convertInPlace } from '../layout.ts';
import type { Layout, Machine } from '../machine.ts';

export function optimizerKernels(machine: Machine): Pick<Kernels, 'sgdStep' | 'adamStep'> {
  /**
   * Writes the addresses of the parameter, the gradient and the optimiser's state, and the count, one word
   * each. What is written in place is put into the parameter's layout first.
   */
  function write(parameter: Operand, gradient: Operand, state: readonly (Operand | null)[]): void {
    const { address, layout } = bufferOf(parameter);
    machine.written(bufferOf(parameter));
    const gradientAddress = addressIn(machine, gradient, layout);
    const stateAddresses = state.map((x) => (x === null ? 0 : addressInPlace(x, layout)));
    const { words, argumentWord: base } = machine;
    words[base] = address;
    words[base + 1] = gradientAddress;
    for (let i = 0; i < stateAddresses.length; i++) words[base + 2 + i] = stateAddresses[i]!;
    words[base + 2 + stateAddresses.length] = elementCount(parameter.shape);
  }

  function addressInPlace(x: Operand, layout: Layout): number {
    convertInPlace(machine, x, layout);
    machine.written(bufferOf(x));
    return bufferOf(x).address;
  }

  return {
    sgdStep(parameter, gradient, momentum, step, learningRate) {
      write(parameter, gradient, [momentum]);
      const { words, floats, argumentWord: base } = machine;
      floats[base + 4] = learningRate;
      floats[base + 5] = step.momentum;
      floats[base + 6] = 1 - step.dampening;
      floats[base + 7] = step.weightDecay;
      floats[base + 8] = step.maximize ? -1 : 1;
      words[base + 9] = Number(step.nesterov);
      words[base + 10] = Number(step.first);
      machine.call('sgd_step');
      machine.finish();
    },

    adamStep(parameter, gradient, mean, square, step, numbers) {
      write(parameter, gradient, [mean, square]);
      const { floats, argumentWord: base } = machine;
      floats[base + 5] = numbers.stepSize;
      floats[base + 6] = step.beta1;
      floats[base + 7] = 1 - step.beta1;
      floats[base + 8] = step.beta2;
      floats[base + 9] = 1 - step.beta2;
      floats[base + 10] = 1 / numbers.rootCorrection;
      floats[base + 11] = step.epsilon;
      floats[base + 12] = step.decoupled ? 0 : step.weightDecay;
      floats[base + 13] = step.decoupled ? numbers.kept : 1;
      floats[base + 14] = step.maximize ? -1 : 1;
      machine.call('adam_step');
      machine.finish();
    },
  };
}
