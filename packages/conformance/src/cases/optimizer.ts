import { adamNumbers, conv, type AdamStep, type SgdStep, type Tensor } from '@convnet/tensor-core';
import { fixed, listed, uniform, type Input } from '../inputs.ts';
import type { Program } from '../program.ts';

const shapes: readonly (readonly number[])[] = [[1], [7], [33], [5, 3, 2, 2]];
const stepCount = 6;

const sgdRate = 0.1;

const sgdDefaults: Omit<SgdStep, 'first'> = {
  momentum: 0,
  dampening: 0,
  weightDecay: 0,
  nesterov: false,
  maximize: false,
};

const sgdForms: readonly (readonly [string, Partial<SgdStep>])[] = [
  ['plain', {}],
  ['with weight decay', { weightDecay: 0.05 }],
  ['with momentum', { momentum: 0.9 }],
  ['with momentum and dampening', { momentum: 0.9, dampening: 0.3 }],
  ['with Nesterov momentum and weight decay', { momentum: 0.8, nesterov: true, weightDecay: 0.01 }],
  ['that maximises', { momentum: 0.5, maximize: true, weightDecay: 0.1 }],
];

const adamRate = 0.02;

const adamDefaults: AdamStep = {
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  decoupled: false,
  maximize: false,
};

const adamForms: readonly (readonly [string, Partial<AdamStep>])[] = [
  ['Adam', {}],
  ['Adam with weight decay', { weightDecay: 0.05 }],
  ['AdamW', { decoupled: true, weightDecay: 0.05 }],
  ['Adam that maximises', { maximize: true, beta1: 0.8, beta2: 0.95, epsilon: 1e-3 }],
];

/** The parameter, one gradient for each step, and buffers. */
function inputs(shape: readonly number[], buffers: readonly Input[]): Input[] {
  const gradients = Array.from({ length: stepCount }, () => fixed(uniform(shape)));
  return [fixed(uniform(shape)), ...gradients, ...buffers];
}

function divide(tensors: readonly Tensor[]): {
  readonly parameter: Tensor;
  readonly gradients: readonly Tensor[];
  readonly buffers: readonly Tensor[];
} {
  return {
    parameter: tensors[0]!,
    gradients: tensors.slice(1, 1 + stepCount),
    buffers: tensors.slice(1 + stepCount),
  };
}

function sgdProgram(name: string, form: Partial<SgdStep>, shape: readonly number[]): Program {
  const options = { ...sgdDefaults, ...form };
  return {
    name: `SGD ${name}, ${stepCount} steps of [${shape.join(', ')}]`,
    op: 'sgdStep',
    // The first step overwrites whatever stood in the momentum buffer.
    inputs: inputs(shape, [listed([NaN], shape)]),
    body: (...tensors) => {
      const { parameter, gradients, buffers } = divide(tensors);
      const momentum = options.momentum === 0 ? null : buffers[0]!;
      const { kernels } = parameter.device;
      gradients.forEach((gradient, i) => {
        kernels.sgdStep(parameter, gradient, momentum, { ...options, first: i === 0 }, sgdRate);
      });
      return momentum === null ? parameter : [parameter, momentum];
    },
  };
}

function adamProgram(name: string, form: Partial<AdamStep>, shape: readonly number[]): Program {
  const options = { ...adamDefaults, ...form };
  return {
    name: `${name}, ${stepCount} steps of [${shape.join(', ')}]`,
    op: 'adamStep',
    inputs: inputs(shape, [listed([0], shape), listed([0], shape)]),
    body: (...tensors) => {
      const { parameter, gradients, buffers } = divide(tensors);
      const { kernels } = parameter.device;
      gradients.forEach((gradient, i) => {
        const numbers = adamNumbers(options, adamRate, i + 1);
        kernels.adamStep(parameter, gradient, buffers[0]!, buffers[1]!, options, numbers);
      });
      return [parameter, ...buffers];
    },
  };
}

const late: Program = {
  name: 'Adam at step 100,000',
  op: 'adamStep',
  inputs: inputs([9], [fixed(uniform([9])), fixed(uniform([9], 0.1, 1))]),
  body: (...tensors) => {
    const { parameter, gradients, buffers } = divide(tensors);
    const [mean, square] = buffers;
    const numbers = adamNumbers(adamDefaults, adamRate, 100_000);
    parameter.device.kernels.adamStep(
      parameter,
      gradients[0]!,
      mean!,
      square!,
      adamDefaults,
      numbers,
    );
    return [parameter, ...buffers];
  },
};

/** A weight that convolution has used (and may have packed) is updated, and then used again. */
const usedBetween: Program = {
  name: 'SGD between two uses of a weight by conv',
  op: 'sgdStep',
  inputs: [
    fixed(uniform([2, 3, 5, 5])),
    fixed(uniform([4, 3, 3, 3])),
    fixed(uniform([4, 3, 3, 3])),
  ],
  body: (x, w, gradient) => {
    const before = conv(x, w);
    w.device.kernels.sgdStep(w, gradient, null, { ...sgdDefaults, first: true }, sgdRate);
    return [before, conv(x, w)];
  },
};

/** Optimiser steps. */
export const optimizerPrograms: readonly Program[] = [
  ...sgdForms.flatMap(([name, form]) => shapes.map((shape) => sgdProgram(name, form, shape))),
  ...adamForms.flatMap(([name, form]) => shapes.map((shape) => adamProgram(name, form, shape))),
  late,
  usedBetween,
];
