import { DTypeError, ShapeError } from './errors.ts';
import { commonDevice } from './operation.ts';
import { formatShape, sameShape } from './shape.ts';
import type { Tensor } from './tensor.ts';

/**
 * Overwrites the elements of `target` with those of `source`. Gradients that need the old values fail.
 * @throws ShapeError, DTypeError, DeviceError where the two differ.
 */
export function assign(target: Tensor, source: Tensor): void {
  const device = commonDevice('assign', [target, source]);
  if (!sameShape(target.shape, source.shape)) {
    throw new ShapeError(
      `assign: expected a source ${formatShape(target.shape)}, got ${formatShape(source.shape)}`,
    );
  }
  if (target.dtype !== source.dtype) {
    throw new DTypeError(`assign: expected ${target.dtype}, got ${source.dtype}`);
  }
  if (device.isMeta) return;
  device.kernels.blend(target, source, 0, 1);
  target.storage.version++;
}

/** The same elements in memory of their own, outside the graph. */
export function clone(x: Tensor): Tensor {
  x.requireLive('clone');
  if (x.device.isMeta) return x.alias();
  const copy = x.withBuffer(x.device.kernels.fill(x, 0));
  assign(copy, x);
  return copy;
}
