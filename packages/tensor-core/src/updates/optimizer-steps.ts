import type { AdamNumbers, AdamStep, SgdStep } from '../backend.ts';
import { ShapeError } from '../errors.ts';
import { execute } from '../execute.ts';
import { savesNothing, type Operation } from '../operation.ts';
import { formatShape, sameShape } from '../shape.ts';
import { asStepScalar, type StepScalar } from '../step-scalar.ts';
import type { Tensor } from '../tensor.ts';

const nothing: readonly never[] = [];

/** @throws ShapeError where the gradient or the state has another shape than the parameter. */
function requireParameterShape(op: string, inputs: readonly (Tensor | null)[]): void {
  const parameter = inputs[0]!;
  for (let i = 1; i < inputs.length; i++) {
    const input = inputs[i]!;
    if (input !== null && !sameShape(input.shape, parameter.shape)) {
      throw new ShapeError(
        `${op}: expected everything in the parameter's shape ${formatShape(parameter.shape)}, got ` +
          formatShape(input.shape),
      );
    }
  }
}

/** Inputs: parameter, gradient, momentum buffer or null. Step scalar: the learning rate. */
const sgdStepOperation: Operation<SgdStep> = {
  name: 'sgdStep',
  infer(inputs) {
    requireParameterShape('sgdStep', inputs);
    return nothing;
  },
  run(kernels, inputs, attributes, _, scalars) {
    kernels.sgdStep(inputs[0]!, inputs[1]!, inputs[2]!, attributes, scalars[0]!);
    return nothing;
  },
  writes: [0, 2],
  saves: () => savesNothing,
  cost: ([parameter, , momentum]) => ({ macs: 0, flops: parameter!.size * (momentum ? 8 : 4) }),
};

/**
 * @internal One step of stochastic gradient descent, in place; `momentum` is null where there is none.
 * @throws ShapeError, DeviceError.
 */
export function sgdStep(
  parameter: Tensor,
  gradient: Tensor,
  momentum: Tensor | null,
  attributes: SgdStep,
  learningRate: number | StepScalar,
): void {
  execute(sgdStepOperation, [parameter, gradient, momentum], attributes, [
    asStepScalar(learningRate),
  ]);
}

/** `AdamNumbers` at every call, or for one. */
export type AdamScalars = { readonly [Name in keyof AdamNumbers]: number | StepScalar };

/** @internal The numbers of one step of Adam, counted from 1, at a learning rate. */
export function adamNumbers(
  { beta1, beta2, weightDecay }: Pick<AdamStep, 'beta1' | 'beta2' | 'weightDecay'>,
  learningRate: number,
  step: number,
): AdamNumbers {
  return {
    stepSize: learningRate / (1 - beta1 ** step),
    rootCorrection: Math.sqrt(1 - beta2 ** step),
    kept: 1 - learningRate * weightDecay,
  };
}

/** Inputs: parameter, gradient, running mean and running square of the gradient. */
const adamStepOperation: Operation<AdamStep> = {
  name: 'adamStep',
  infer(inputs) {
    requireParameterShape('adamStep', inputs);
    return nothing;
  },
  run(kernels, [parameter, gradient, mean, square], attributes, _, scalars) {
    const [stepSize, rootCorrection, kept] = scalars;
    kernels.adamStep(parameter!, gradient!, mean!, square!, attributes, {
      stepSize: stepSize!,
      rootCorrection: rootCorrection!,
      kept: kept!,
    });
    return [];
  },
  writes: [0, 2, 3],
  saves: () => savesNothing,
  cost: ([parameter]) => ({ macs: 0, flops: parameter!.size * 14 }),
};

/**
 * @internal One step of Adam or AdamW, in place.
 * @throws ShapeError, DeviceError.
 */
export function adamStep(
  parameter: Tensor,
  gradient: Tensor,
  mean: Tensor,
  square: Tensor,
  attributes: AdamStep,
  { stepSize, rootCorrection, kept }: AdamScalars,
): void {
  execute(adamStepOperation, [parameter, gradient, mean, square], attributes, [
    asStepScalar(stepSize),
    asStepScalar(rootCorrection),
    asStepScalar(kept),
  ]);
}
