import {
  bytesOf,
  elementCount,
  type Kernels,
  type MovePart,
  type TensorSpec,
} from '@convnet/tensor-core';
import { bufferOf, layoutsAgree, newBuffer, stridedCopy, stridesOf } from '../layout.ts';
import type { Layout } from '../buffer.ts';
import type { Machine } from '../machine.ts';
import { fillAt } from './elements.ts';

/** Whether a part keeps every axis in its place, so that its source's layout suits the output. */
function keepsAxes(part: MovePart, rank: number): boolean {
  return part.source.shape.length === rank && part.axis.every((axis, i) => axis === i || axis < 0);
}

/** Channels-last where all parts come from there and keep their axes. */
function outputLayout(parts: readonly MovePart[], out: TensorSpec): Layout {
  const rank = out.shape.length;
  if (rank < 3 || parts.length === 0) return 'rows';
  const fits = (part: MovePart): boolean =>
    keepsAxes(part, rank) &&
    (bufferOf(part.source).layout === 'channelsLast' || layoutsAgree(part.source.shape));
  const some = parts.some(
    (part) => bufferOf(part.source).layout === 'channelsLast' && !layoutsAgree(part.source.shape),
  );
  return some && parts.every(fits) ? 'channelsLast' : 'rows';
}

function copyPart(
  machine: Machine,
  part: MovePart,
  out: TensorSpec,
  layout: Layout,
  to: number,
): void {
  const bytes = bytesOf[out.dtype];
  const buffer = bufferOf(part.source);
  const sourceStrides = stridesOf(part.source.shape, buffer.layout);
  const outStrides = stridesOf(out.shape, layout);
  let from = 0;
  let start = 0;
  for (const [axis, position] of Object.entries(part.at)) {
    from += position * sourceStrides[Number(axis)]!;
  }
  const axes = part.size.map((extent, i) => {
    const walked = part.axis[i]!;
    const step = walked < 0 ? 0 : sourceStrides[walked]!;
    from += walked < 0 ? 0 : part.from[i]! * step;
    start += part.to[i]! * outStrides[i]!;
    return { extent, from: step * part.fromStep[i]!, to: outStrides[i]! * part.toStep[i]! };
  });
  stridedCopy(machine, buffer.address + from * bytes, to + start * bytes, bytes, axes);
}

export function movementKernels(machine: Machine): Pick<Kernels, 'move'> {
  return {
    move(parts, out, fill) {
      const layout = outputLayout(parts, out);
      const buffer = newBuffer(machine, out, layout);
      const count = elementCount(out.shape);
      const covered = parts.reduce((sum, part) => sum + elementCount(part.size), 0);
      if (covered < count) fillAt(machine, buffer.address, count, fill, out.dtype);
      for (const part of parts) {
        if (elementCount(part.size) > 0) copyPart(machine, part, out, layout, buffer.address);
      }
      machine.finish();
      return buffer;
    },
  };
}
