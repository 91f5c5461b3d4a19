import { elementCount, type Kernels } from '@convnet/tensor-core';

import { memoryOf } from '../gpu-buffer.ts';
import { float, type CommandSink } from '../commands/command-sink.ts';
import { elementShader } from '../shader.ts';

/** Nothing without decay, also of an infinite weight, which times 0 is NaN. */
const decay =
  'fn decay(at: i32, w: f32) -> f32 { if (pf(at) == 0.0) { return 0.0; } return pf(at) * w; }';

/** Parameters: count, rate, momentum, 1 - dampening, weight decay, sign, nesterov, first. */
const sgdWithMomentum = elementShader(
  'sgdWithMomentum',
  [
    { name: 'w', type: 'f32', writes: true },
    { name: 'g', type: 'f32' },
    { name: 'v', type: 'f32', writes: true },
  ],
  `  var d = pf(5) * g[i] + decay(4, w[i]);
  let velocity = select(pf(2) * v[i] + pf(3) * d, d, p[7] != 0);
  v[i] = velocity;
  d = select(velocity, d + pf(2) * velocity, p[6] != 0);
  w[i] -= pf(1) * d;`,
  decay,
);

const sgd = elementShader(
  'sgd',
  [
    { name: 'w', type: 'f32', writes: true },
    { name: 'g', type: 'f32' },
  ],
  '  w[i] -= pf(1) * (pf(5) * g[i] + decay(4, w[i]));',
  decay,
);

/** Parameters: count, step size, betas, epsilon, weight decay, sign, what decoupled decay keeps, decoupled, the root's
 * correction, and what the betas leave of 1 (which float32 would round). */
const adam = elementShader(
  'adam',
  [
    { name: 'w', type: 'f32', writes: true },
    { name: 'gradient', type: 'f32' },
    { name: 'm', type: 'f32', writes: true },
    { name: 'v', type: 'f32', writes: true },
  ],
  `  var weight = w[i];
  var g = pf(6) * gradient[i];
  if (p[8] != 0) { weight *= pf(7); } else { g += decay(5, weight); }
  let mean = pf(2) * m[i] + pf(10) * g;
  let square = pf(3) * v[i] + pf(11) * g * g;
  m[i] = mean;
  v[i] = square;
  w[i] = weight - pf(1) * mean / (sqrt(square) / pf(9) + pf(4));`,
  decay,
);

export function optimizerKernels(sink: CommandSink): Pick<Kernels, 'sgdStep' | 'adamStep'> {
  return {
    sgdStep(parameter, gradient, momentum, step, learningRate) {
      const count = elementCount(parameter.shape);
      sink.dispatch(
        momentum === null ? sgd : sgdWithMomentum,
        [
          count,
          float(learningRate),
          float(step.momentum),
          float(1 - step.dampening),
          float(step.weightDecay),
          float(step.maximize ? -1 : 1),
          step.nesterov ? 1 : 0,
          step.first ? 1 : 0,
        ],
        [parameter, gradient, ...(momentum === null ? [] : [momentum])].map(memoryOf),
        count,
      );
    },

    adamStep(parameter, gradient, mean, square, step, numbers) {
      const count = elementCount(parameter.shape);
      sink.dispatch(
        adam,
        [
          count,
          float(numbers.stepSize),
          float(step.beta1),
          float(step.beta2),
          float(step.epsilon),
          float(step.weightDecay),
          float(step.maximize ? -1 : 1),
          float(numbers.kept),
          step.decoupled ? 1 : 0,
          float(numbers.rootCorrection),
          float(1 - step.beta1),
          float(1 - step.beta2),
        ],
        [parameter, gradient, mean, square].map(memoryOf),
        count,
      );
    },
  };
}
