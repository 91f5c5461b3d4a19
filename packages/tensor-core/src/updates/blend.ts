import { DTypeError, ShapeError } from '../errors.ts';
import { execute } from '../execute.ts';
import { free, savesNothing, type Operation } from '../operation.ts';
import { formatShape, sameShape } from '../shape.ts';
import type { StepScalar } from '../step-scalar.ts';
import type { Tensor } from '../tensor.ts';

interface BlendAttributes {
  /** null: the first step scalar. */
  readonly alpha: number | null;
  /** null: the next step scalar. */
  readonly beta: number | null;
}

/** In place: target = alpha * target + beta * source; see the kernel. Inputs: target, source. */
function blendOperationOf(name: string, movesOnly: boolean): Operation<BlendAttributes> {
  return {
    name,
    infer([target, source]) {
      requireAlike(name, target!, source!);
      return [];
    },
    run(kernels, [target, source], { alpha, beta }, _, scalars) {
      const [first, second] = scalars;
      kernels.blend(target!, source!, alpha ?? first!, beta ?? (alpha === null ? second! : first!));
      return [];
    },
    writes: [0],
    saves: () => savesNothing,
    cost: ([target]) => (movesOnly ? free : { macs: 0, flops: 3 * target!.size }),
    movesOnly,
  };
}

/** @throws ShapeError, DTypeError where the two differ. */
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

const blendOperation = blendOperationOf('blend', false);
const assignOperation = blendOperationOf('assign', true);

/**
 * target = alpha * target + beta * source, in place. Gradients that need the old values fail.
 * @throws ShapeError, DTypeError, DeviceError where the two differ.
 */
export function blend(
  target: Tensor,
  source: Tensor,
  alpha: number | StepScalar,
  beta: number | StepScalar,
): void {
  const scalars: StepScalar[] = [];
  const constant = (value: number | StepScalar): number | null => {
    if (typeof value === 'number') return value;
    scalars.push(value);
    return null;
  };
  execute(
    blendOperation,
    [target, source],
    { alpha: constant(alpha), beta: constant(beta) },
    scalars,
  );
}

const overwrite: BlendAttributes = { alpha: 0, beta: 1 };

/**
 * Overwrites the elements of `target` with those of `source`. Gradients that need the old values fail.
 * @throws ShapeError, DTypeError, DeviceError where the two differ.
 */
export function assign(target: Tensor, source: Tensor): void {
  execute(assignOperation, [target, source], overwrite);
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
  saves: () => savesNothing,
  cost: () => free,
  movesOnly: true,
};

/** The same elements in memory of their own, outside the graph. */
export function clone(x: Tensor): Tensor {
  return execute(cloneOperation, [x], null)[0]!;
}
