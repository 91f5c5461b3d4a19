import type { CrossEntropyKernelOptions as KernelOptions } from '../backend.ts';
import { isFloating } from '../dtype.ts';
import { ArgumentError, DTypeError, ShapeError } from '../errors.ts';
import { apply } from '../apply.ts';
import { elementwiseCost, type Operation } from '../operation.ts';
import { spliced } from '../lists.ts';
import { aFiniteNumber, aTensor, anInt32, orNull } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { requireTensor } from '../require-tensor.ts';
import { scope } from '../scope.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';
import { add, mul, neg } from './arithmetic.ts';
import { cast, reshape } from './layout.ts';
import { sum } from './reduce.ts';
import {
  aReduction,
  reduceLosses,
  requireReduction,
  type LossOptions,
  type Reduction,
} from './reduction.ts';
import { requireSameDType } from './require.ts';
import { logSoftmax } from './softmax.ts';

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions extends LossOptions {
  /** Weight of each class, [C]. */
  readonly weight?: Tensor;
  /** Targets of this value contribute nothing. Default -100. */
  readonly ignoreIndex?: number;
  /** Share of the target spread evenly over all classes, in [0, 1). Default 0. */
  readonly labelSmoothing?: number;
}

const crossEntropyOptions = optionKinds<CrossEntropyOptions>({
  weight: orNull(aTensor),
  ignoreIndex: anInt32,
  labelSmoothing: aFiniteNumber,
  reduction: aReduction,
});

/** Inputs: logits, target, weight. Outputs: the loss, log-probabilities, weight of the targets that count. */
const crossEntropyOperation: Operation<KernelOptions> = {
  name: 'crossEntropy',
  infer: ([logits, target], { reduction }) => {
    const { shape, dtype } = logits!;
    return [
      { shape: reduction === 'none' ? target!.shape : [], dtype },
      { shape, dtype },
      { shape: [], dtype },
    ];
  },
  run: (kernels, [logits, target, weight], options) =>
    kernels.crossEntropy(logits!, target!, weight ?? null, options),
  saves: () => ({ inputs: [1, 2], outputs: [1, 2] }),
  gradient: ({ gradients, inputs, outputs, attributes }) => [
    apply(
      crossEntropyGradOperation,
      [outputs[1]!, inputs[1]!, inputs[2] ?? null, outputs[2]!, gradients[0]!],
      attributes,
    )[0]!,
    null,
    null,
  ],
  cost: ([logits]) => ({ macs: 0, flops: 6 * logits!.size }),
};

const crossEntropyGradOperation: Operation<KernelOptions> = {
  name: 'crossEntropyGrad',
  infer: ([logProbabilities]) => [
    { shape: logProbabilities!.shape, dtype: logProbabilities!.dtype },
  ],
  run: (kernels, [logProbabilities, target, weight, countedWeight, dloss], options) => [
    kernels.crossEntropyGrad(
      logProbabilities!,
      target!,
      weight ?? null,
      countedWeight!,
      dloss!,
      options,
    ),
  ],
  cost: (_, outputs) => elementwiseCost(outputs, 3),
};

/**
 * Cross-entropy of logits [N, C, …] (or [C]) with class labels int32 [N, …], or with class probabilities
 * of the logits' shape and type. A scalar, or one loss for each target with reduction 'none'; the mean is
 * over the weights of the targets that count.
 * @throws ShapeError, DTypeError, ArgumentError; LabelRangeError where a label is no class (on devices
 * that can tell without waiting; elsewhere the loss is NaN).
 */
export function crossEntropy(
  logits: Tensor,
  target: Tensor,
  options: CrossEntropyOptions = {},
): Tensor {
  requireTensor('crossEntropy', logits);
  requireTensor('crossEntropy', target);
  checkOptions('crossEntropy', options, crossEntropyOptions);
  const { labelSmoothing = 0, ignoreIndex = -100, weight = null, reduction = 'mean' } = options;
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new ArgumentError(
      `crossEntropy: expected labelSmoothing in [0, 1), got ${labelSmoothing}`,
    );
  }
  requireReduction('crossEntropy', reduction);
  requireSameDType('crossEntropy', 'a weight', logits, weight);
  if (logits.rank === 0 || !isFloating(logits.dtype)) {
    throw new DTypeError(
      `crossEntropy: expected floating logits [N, C, …], got ${logits.describe()}`,
    );
  }
  if (logits.rank === 1) {
    return scope(() => {
      const one = crossEntropy(
        reshape(logits, [1, logits.size]),
        reshape(target, [1, ...target.shape]),
        options,
      );
      return reduction === 'none' ? reshape(one, []) : one;
    });
  }
  const classes = logits.shape[1]!;
  if (weight !== null && !sameShape(weight.shape, [classes])) {
    throw new ShapeError(
      `crossEntropy: expected a weight for each of ${classes} classes, got ${formatShape(weight.shape)}`,
    );
  }
  if (isFloating(target.dtype)) {
    return scope(() => softTargets(logits, target, weight, labelSmoothing, reduction));
  }
  const expected = spliced(logits.shape, 1, 1);
  if (!sameShape(target.shape, expected)) {
    throw new ShapeError(
      `crossEntropy: expected targets ${formatShape(expected)} for logits ${formatShape(logits.shape)}, ` +
        `got ${formatShape(target.shape)}`,
    );
  }
  const kernelOptions = { ignoreIndex, labelSmoothing, reduction };
  return scope(() => {
    const labels = cast(target, 'int32');
    return apply(crossEntropyOperation, [logits, labels, weight], kernelOptions)[0]!;
  });
}

function softTargets(
  logits: Tensor,
  target: Tensor,
  weight: Tensor | null,
  labelSmoothing: number,
  reduction: Reduction,
): Tensor {
  if (!sameShape(target.shape, logits.shape)) {
    throw new ShapeError(
      `crossEntropy: expected class probabilities ${formatShape(logits.shape)}, got ${formatShape(target.shape)}`,
    );
  }
  const classes = logits.shape[1]!;
  const smoothed =
    labelSmoothing === 0 ? target : add(mul(target, 1 - labelSmoothing), labelSmoothing / classes);
  let weighted = mul(smoothed, logSoftmax(logits, 1));
  if (weight !== null) {
    weighted = mul(weighted, reshape(weight, [1, classes, ...logits.shape.slice(2).map(() => 1)]));
  }
  const losses = neg(sum(weighted, 1));
  return reduceLosses(losses, reduction);
}
