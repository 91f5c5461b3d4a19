import {
  contiguousStrides,
  elementCount,
  float16Bits,
  type Kernels,
  type MovePart,
  type TensorSpec,
} from '@convnet/tensor-core';

import { memoryOf, shaderType, type GpuTensorBuffer } from '../gpu-buffer.ts';
import type { CommandSink } from '../commands/command-sink.ts';
import { elementShader, type Shader } from '../shader.ts';
import { isHalf, moveHalves } from './float16.ts';
import { allocate } from './kernel-support.ts';

/** Parameters: count, rank, first source and output position, then sizes, source steps and output steps. */
const boxes = { f32: boxShader('f32'), i32: boxShader('i32') };

function boxShader(type: 'f32' | 'i32'): Shader {
  return elementShader(
    `move ${type}`,
    [
      { name: 'x', type },
      { name: 'y', type, writes: true },
    ],
    `  let rank = p[1];
  var source_at = p[2];
  var target_at = p[3];
  var rest = i;
  for (var axis = rank - 1; axis >= 0; axis--) {
    let place = rest % p[4 + axis];
    rest /= p[4 + axis];
    source_at += place * p[4 + rank + axis];
    target_at += place * p[4 + 2 * rank + axis];
  }
  y[target_at] = x[source_at];`,
  );
}

export function moveKernels(sink: CommandSink, fill: Kernels['fill']): Pick<Kernels, 'move'> {
  function move(parts: readonly MovePart[], out: TensorSpec, value: number): GpuTensorBuffer {
    const moved = parts.reduce((total, part) => total + elementCount(part.size), 0);
    // Boxes do not overlap: where they are as large as the output they cover it.
    const covered = moved === elementCount(out.shape);
    const result = covered ? allocate(sink, out) : (fill(out, value) as GpuTensorBuffer);
    const outStrides = contiguousStrides(out.shape);
    for (const part of parts) {
      const count = elementCount(part.size);
      sink.dispatch(
        boxes[shaderType(out.dtype)],
        [count, part.size.length, ...boxParameters(part, outStrides)],
        [memoryOf(part.source), result.memory],
        count,
      );
    }
    return result;
  }

  return {
    move(parts, out, value) {
      if (!isHalf(out)) return move(parts, out, value);
      const sources = parts.map(({ source }) => source);
      return moveHalves(sink, sources, out, (wide, words) => {
        const widened = parts.map((part, i) => ({ ...part, source: wide[i]! }));
        return move(widened, words, float16Bits(value));
      });
    },
  };
}

function boxParameters(part: MovePart, outStrides: readonly number[]): number[] {
  const strides = contiguousStrides(part.source.shape);
  let from = 0;
  let to = 0;
  const fromSteps: number[] = [];
  const toSteps: number[] = [];
  part.size.forEach((_, axis) => {
    const walked = part.axis[axis]!;
    const stride = walked < 0 ? 0 : strides[walked]!;
    from += part.from[axis]! * stride;
    fromSteps.push(part.fromStep[axis]! * stride);
    to += part.to[axis]! * outStrides[axis]!;
    toSteps.push(part.toStep[axis]! * outStrides[axis]!);
  });
  for (const [axis, position] of Object.entries(part.at)) from += position * strides[Number(axis)]!;
  return [from, to, ...part.size, ...fromSteps, ...toSteps];
}
