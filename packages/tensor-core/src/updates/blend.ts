import { anyNumber, requireKind } from '../kinds.ts';
import { context } from '../context.ts';
import { AutogradError, DTypeError, ShapeError } from '../errors.ts';
import { execute } from '../execute.ts';
import { forInference } from '../inference.ts';
import { free, type Operation } from '../operation.ts';
import { requireTensor } from '../require-tensor.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { Tensor } from '../tensor.ts';

interface BlendAttributes {
  readonly alpha: number;
  readonly beta: number;
}

/** In place: target = alpha * target + beta * source; see the kernel. Inputs: target, source. */
const blendOperation: Operation<BlendAttributes> = {
  name: 'blend',
  infer([target, source], { alpha, beta }) {
    requireAlike('blend', target!, source!);
    if (target!.dtype === 'float16' && (alpha !== 0 || beta !== 1)) {
      throw new DTypeError(
        `blend: float16 is copied but not computed with, got ${target!.describe()}`,
      );
    }
    return [];
  },
  run(kernels, [target, source], { alpha, beta }) {
    kernels.blend(target!, source!, alpha, beta);
    return [];
  },
  writes: [0],
  cost: ([target], _, { alpha }) => (alpha === 0 ? free : { macs: 0, flops: 3 * target!.size }),
  movesOnly: true,
};

/**
 * In place: target = alpha * target + beta * source, of one shape and type. alpha 0 overwrites whatever stood there, NaN
 * included; float16 takes only that, with beta 1. Gradients that need the old values fail, and none flows from source to
 * target.
 * @throws ShapeError, DTypeError, DeviceError where the two do not fit; ReleasedTensorError; AutogradError for a target
 * that gradients flow through, outside `noGrad`.
 */
export function blend(target: Tensor, source: Tensor, alpha: number, beta: number): void {
  requireTensor('blend', target);
  requireTensor('blend', source);
  requireKind('blend', 'alpha', alpha, anyNumber);
  requireKind('blend', 'beta', beta, anyNumber);
  requireNoHistory('blend', target);
  execute(blendOperation, [target, source], { alpha, beta });
}

const assignOperation: Operation<null> = {
  name: 'assign',
  infer([target, source]) {
    requireAlike('assign', target!, source!);
    return [];
  },
  run(kernels, [target, source]) {
    kernels.blend(target!, source!, 0, 1);
    return [];
  },
  writes: [0],
  cost: () => free,
  movesOnly: true,
};

/**
 * Overwrites the elements of `target` with those of `source`. Gradients that need the old values fail, and none flows from
 * source to target.
 * @throws ShapeError, DTypeError, DeviceError where the two differ; ReleasedTensorError; AutogradError for a target that
 * gradients flow through, outside `noGrad`.
 */
export function assign(target: Tensor, source: Tensor): void {
  requireTensor('assign', target);
  requireTensor('assign', source);
  requireNoHistory('assign', target);
  // A kernel may not read what it writes.
  if (source.sharesMemoryWith(target)) return;
  execute(assignOperation, [target, source], null);
}

/** What was computed of leaves would go on giving them the gradient of the values that are gone. @throws AutogradError. */
function requireNoHistory(op: string, target: Tensor): void {
  if (forInference || !target.requiresGrad || target.isLeaf || !context().recordsGradients) return;
  throw new AutogradError(
    `${op}: expected a target that no gradient flows through, got ${target.describe()} that an operation computed: ` +
      'detach() it, or write within noGrad',
  );
}

/** @throws ShapeError, DTypeError where the source is not like the target. */
function requireAlike(op: string, target: Tensor, source: Tensor): void {
  if (!sameShape(target.shape, source.shape)) {
    throw new ShapeError(
      `${op}: expected a source ${formatShape(target.shape)}, got ${formatShape(source.shape)}`,
    );
  }
  if (target.dtype !== source.dtype) {
    throw new DTypeError(`${op}: expected ${target.dtype}, got ${source.dtype}`);
  }
}

/** A copy in memory of its own. */
export const cloneOperation: Operation<null> = {
  name: 'clone',
  infer: ([x]) => [{ shape: x!.shape, dtype: x!.dtype }],
  run(kernels, [x], _, out) {
    const spec = out[0]!;
    const buffer = kernels.fill(spec, 0);
    kernels.blend({ ...spec, buffer }, x!, 0, 1);
    return [buffer];
  },
  cost: () => free,
  movesOnly: true,
};

/** The same elements in memory of their own, outside the graph. */
export function clone(x: Tensor): Tensor {
  return execute(cloneOperation, [x], null)[0]!;
}
