import type { Kernels } from '../backend.ts';
import { valuesOf } from './buffer.ts';

/** Nothing without decay, also of an infinite value, which times 0 is NaN. */
function decay(weightDecay: number, value: number): number {
  return weightDecay === 0 ? 0 : weightDecay * value;
}

export const optimizerKernels: Pick<Kernels, 'sgdStep' | 'adamStep'> = {
  sgdStep(parameter, gradient, momentum, step, learningRate) {
    const values = valuesOf(parameter);
    const gradients = valuesOf(gradient);
    const velocities = momentum && valuesOf(momentum);
    for (let i = 0; i < values.length; i++) {
      let d = (step.maximize ? -1 : 1) * gradients[i]! + decay(step.weightDecay, values[i]!);
      if (velocities) {
        const v = step.first ? d : step.momentum * velocities[i]! + (1 - step.dampening) * d;
        velocities[i] = v;
        d = step.nesterov ? d + step.momentum * v : v;
      }
      values[i]! -= learningRate * d;
    }
  },

  adamStep(parameter, gradient, mean, square, step, numbers) {
    const values = valuesOf(parameter);
    const gradients = valuesOf(gradient);
    const means = valuesOf(mean);
    const squares = valuesOf(square);
    for (let i = 0; i < values.length; i++) {
      let g = (step.maximize ? -1 : 1) * gradients[i]!;
      if (step.decoupled) values[i]! *= numbers.kept;
      else g += decay(step.weightDecay, values[i]!);
      means[i] = step.beta1 * means[i]! + (1 - step.beta1) * g;
      squares[i] = step.beta2 * squares[i]! + (1 - step.beta2) * g * g;
      const denominator = Math.sqrt(squares[i]!) / numbers.rootCorrection + step.epsilon;
      values[i]! -= (numbers.stepSize * means[i]!) / denominator;
    }
  },
};
