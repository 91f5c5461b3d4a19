import type { Kernels } from './backend.ts';
import { commonDevice } from './common-device.ts';
import { DTypeError, ShapeError } from './errors.ts';
import { formatShape, sameShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/**
 * The one way to a kernel that changes tensors. All operands must be live and on one device: a kernel writes
 * where their addresses point, and those mean something else on another device. The versions of the first
 * `written` operands go up, which tells autograd, and whatever keeps something derived from them, of the change.
 * Nothing happens on the meta device.
 * @throws DeviceError, ReleasedTensorError, before anything is changed.
 */
export function changeInPlace(
  op: string,
  operands: readonly (Tensor | null)[],
  written: number,
  kernel: (kernels: Kernels) => void,
): void {
  const device = commonDevice(op, operands);
  if (device.isMeta) return;
  kernel(device.kernels);
  for (let i = 0; i < written; i++) {
    const operand = operands[i];
    if (operand) operand.storage.version++;
  }
}

/**
 * In place: target = alpha * target + beta * source, of one shape and type. alpha 0 overwrites whatever stood
 * there, NaN included; float16 takes only that, with beta 1.
 * @param op stands for the operation in errors.
 * @throws ShapeError, DTypeError, DeviceError where the two do not fit; ReleasedTensorError.
 */
export function blend(
  target: Tensor,
  source: Tensor,
  alpha: number,
  beta: number,
  op: string = 'blend',
): void {
  requireAlike(op, target, source);
  if (target.dtype === 'float16' && (alpha !== 0 || beta !== 1)) {
    throw new DTypeError(
      `${op}: float16 is copied but not computed with, got ${target.describe()}`,
    );
  }
  changeInPlace(op, [target, source], 1, (kernels) => kernels.blend(target, source, alpha, beta));
}

/**
 * Overwrites the elements of `target` with those of `source`. Gradients that need the old values fail.
 * @throws ShapeError, DTypeError, DeviceError where the two differ; ReleasedTensorError.
 */
export function assign(target: Tensor, source: Tensor): void {
  // A kernel may not read what it writes.
  if (source.sharesMemoryWith(target)) return;
  blend(target, source, 0, 1, 'assign');
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

/** The same elements in memory of their own, outside the graph. */
export function clone(x: Tensor): Tensor {
  x.requireLive('clone');
  if (x.device.isMeta) return x.alias();
  const copy = x.withBuffer(x.device.kernels.fill(x, 0));
  assign(copy, x);
  return copy;
}
