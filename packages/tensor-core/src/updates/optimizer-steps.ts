import type { AdamNumbers, AdamStep, Kernels, Operand, SgdStep } from '../backend.ts';
import { PartialUpdateError, ShapeError } from '../errors.ts';
import { execute } from '../execute.ts';
import { requireTraining } from '../inference.ts';
import type { Operation } from '../operation.ts';
import { formatShape, sameShape } from '../shape.ts';
import { asStepScalar, type StepScalar } from '../step-scalar.ts';
import type { Tensor } from '../tensor.ts';

const nothing: readonly never[] = [];

/** One kind of update: what it does to one parameter, and what that costs. */
interface Update<A> {
  readonly name: string;
  /** Inputs for each parameter: the parameter, its gradient, the optimiser's state. */
  readonly width: number;
  /** The inputs of one parameter that it writes. */
  readonly writes: readonly number[];
  /** Floating point operations for each element. */
  flops(inputs: readonly (Tensor | null)[]): number;
  /** Updates the parameter whose inputs begin at `at`. */
  run(
    kernels: Kernels,
    inputs: readonly (Operand | null)[],
    at: number,
    attributes: A,
    scalars: readonly number[],
  ): void;
  /** Updates all of them, each with its inputs, where the backend takes them together; else false. */
  runTogether(
    kernels: Kernels,
    updates: () => readonly (readonly (Operand | null)[])[],
    attributes: A,
    scalars: readonly number[],
  ): boolean;
}

/**
 * An update of `count` parameters as one operation: their inputs stand one behind the other.
 * @throws PartialUpdateError where it fails and some have been updated.
 */
function updateOf<A>(update: Update<A>, count: number): Operation<A> {
  const { name, width } = update;
  const starts = Array.from({ length: count }, (_, i) => i * width);
  return {
    name,
    infer(inputs) {
      for (let i = 0; i < inputs.length; i++) {
        if (i % width === 0) continue;
        const input = inputs[i]!;
        if (input !== null) requireParameterShape(name, inputs[i - (i % width)]!, input);
      }
      return nothing;
    },
    run(kernels, inputs, attributes, _, scalars) {
      const each = (): (Operand | null)[][] =>
        starts.map((start) => inputs.slice(start, start + width));
      if (count > 1 && update.runTogether(kernels, each, attributes, scalars)) return nothing;
      let at = 0;
      try {
        for (; at < inputs.length; at += width)
          update.run(kernels, inputs, at, attributes, scalars);
      } catch (error) {
        throw at === 0 ? error : new PartialUpdateError(name, at / width, count, error);
      }
      return nothing;
    },
    writes: starts.flatMap((start) => update.writes.map((position) => start + position)),
    cost: (inputs) => ({
      macs: 0,
      flops: starts.reduce(
        (sum, start) =>
          sum + inputs[start]!.size * update.flops(inputs.slice(start, start + width)),
        0,
      ),
    }),
  };
}

/** Operations by the number of parameters. */
function updatesOf<A>(update: Update<A>): (count: number) => Operation<A> {
  const operations = new Map<number, Operation<A>>();
  return (count) => {
    let operation = operations.get(count);
    if (operation === undefined) operations.set(count, (operation = updateOf(update, count)));
    return operation;
  };
}

/** @throws ShapeError where the gradient or the state has another shape than the parameter. */
function requireParameterShape(op: string, parameter: Tensor, input: Tensor): void {
  if (!sameShape(input.shape, parameter.shape)) {
    throw new ShapeError(
      `${op}: expected everything in the parameter's shape ${formatShape(parameter.shape)}, got ` +
        formatShape(input.shape),
    );
  }
}

/** Step scalar: the learning rate. */
const sgdUpdates = updatesOf<SgdStep>({
  name: 'sgdStep',
  width: 3,
  writes: [0, 2],
  flops: ([, , momentum]) => (momentum ? 8 : 4),
  run(kernels, inputs, at, attributes, scalars) {
    kernels.sgdStep(inputs[at]!, inputs[at + 1]!, inputs[at + 2]!, attributes, scalars[0]!);
  },
  runTogether(kernels, updates, attributes, scalars) {
    if (!('sgdSteps' in kernels)) return false;
    kernels.sgdSteps(updates(), attributes, scalars[0]!);
    return true;
  },
});

/** What a step of stochastic gradient descent reads and writes of one parameter; no momentum: null. */
export interface SgdTensors {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly momentum: Tensor | null;
}

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
  sgdSteps([{ parameter, gradient, momentum }], attributes, learningRate);
}

/**
 * @internal `sgdStep` of several parameters, in order, as one operation.
 * @throws ShapeError, DeviceError; PartialUpdateError where it fails and some have been updated; InferenceOnlyError.
 */
export function sgdSteps(
  updates: readonly SgdTensors[],
  attributes: SgdStep,
  learningRate: number | StepScalar,
): void {
  requireTraining('sgdSteps');
  if (updates.length === 0) return;
  const inputs: (Tensor | null)[] = [];
  for (const { parameter, gradient, momentum } of updates) {
    inputs.push(parameter, gradient, momentum);
  }
  execute(sgdUpdates(updates.length), inputs, attributes, [asStepScalar(learningRate)]);
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

/** Step scalars: those of `AdamNumbers`, in order. */
const adamUpdates = updatesOf<AdamStep>({
  name: 'adamStep',
  width: 4,
  writes: [0, 2, 3],
  flops: () => 14,
  run(kernels, inputs, at, attributes, scalars) {
    const numbers = numbersOf(scalars);
    kernels.adamStep(
      inputs[at]!,
      inputs[at + 1]!,
      inputs[at + 2]!,
      inputs[at + 3]!,
      attributes,
      numbers,
    );
  },
  runTogether(kernels, updates, attributes, scalars) {
    if (!('adamSteps' in kernels)) return false;
    kernels.adamSteps(updates(), attributes, numbersOf(scalars));
    return true;
  },
});

/** The step scalars of Adam by name. */
function numbersOf(scalars: readonly number[]): AdamNumbers {
  const [stepSize, rootCorrection, kept] = scalars;
  return { stepSize: stepSize!, rootCorrection: rootCorrection!, kept: kept! };
}

/** What a step of Adam reads and writes of one parameter: running mean and running square of the gradient. */
export interface AdamTensors {
  readonly parameter: Tensor;
  readonly gradient: Tensor;
  readonly mean: Tensor;
  readonly square: Tensor;
}

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
  scalars: AdamScalars,
): void {
  adamSteps([{ parameter, gradient, mean, square }], attributes, scalars);
}

/**
 * @internal `adamStep` of several parameters that have been updated equally often, in order, as one operation.
 * @throws ShapeError, DeviceError; PartialUpdateError where it fails and some have been updated; InferenceOnlyError.
 */
export function adamSteps(
  updates: readonly AdamTensors[],
  attributes: AdamStep,
  { stepSize, rootCorrection, kept }: AdamScalars,
): void {
  requireTraining('adamSteps');
  if (updates.length === 0) return;
  const inputs: Tensor[] = [];
  for (const { parameter, gradient, mean, square } of updates) {
    inputs.push(parameter, gradient, mean, square);
  }
  execute(adamUpdates(updates.length), inputs, attributes, [
    asStepScalar(stepSize),
    asStepScalar(rootCorrection),
    asStepScalar(kept),
  ]);
}
