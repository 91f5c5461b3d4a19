import type { DeviceBuffer, Epilogue, TensorSpec } from '../backend.ts';
import { elementKernels } from './elements.ts';

/** What follows a kernel, one thing after the other. */
export function withEpilogue(
  y: DeviceBuffer,
  { residual, activation }: Epilogue,
  out: TensorSpec,
): DeviceBuffer {
  let buffer = y;
  if (residual !== null) {
    buffer = elementKernels.pointwise('add', [{ ...out, buffer }, residual], [], out);
  }
  if (activation !== null) {
    const { name, scalars } = activation;
    buffer = elementKernels.pointwise(name, [{ ...out, buffer }], scalars, out);
  }
  return buffer;
}
