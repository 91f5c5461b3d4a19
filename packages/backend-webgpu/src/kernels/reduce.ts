import {
  contiguousStrides,
  elementCount,
  isFloating,
  type Kernels,
  type ReduceName,
} from '@convnet/tensor-core';

import { memoryOf, shaderType } from '../gpu-buffer.ts';
import type { CommandSink } from '../commands/command-sink.ts';
import { elementShader, groupShader, shaderCache, type Shader } from '../shader.ts';
import { allocate } from './kernel-support.ts';

/** The flat position of reduced element k of result i: `place(i, k)`, from shapes and strides in p. */
const placeFunction = `
fn place(i: i32, k: i32) -> i32 {
  let kept = p[2];
  let reduced = p[3];
  var at = 0;
  var rest = i;
  for (var axis = kept - 1; axis >= 0; axis--) {
    at += (rest % p[4 + axis]) * p[4 + kept + axis];
    rest /= p[4 + axis];
  }
  rest = k;
  let base = 4 + 2 * kept;
  for (var axis = reduced - 1; axis >= 0; axis--) {
    at += (rest % p[base + axis]) * p[base + reduced + axis];
    rest /= p[base + axis];
  }
  return at;
}
`;

interface Reducer {
  readonly start: string;
  readonly join: string;
  readonly finish?: string;
}

const floats: Readonly<Record<string, Reducer>> = {
  sum: { start: '0.0', join: 'a + b' },
  mean: { start: '0.0', join: 'a + b', finish: 'result / f32(p[1])' },
  prod: { start: '1.0', join: 'a * b' },
  max: { start: 'bitcast<f32>(0xff800000u + u32(p[1] & 0))', join: 'greater(a, b)' },
  min: { start: 'bitcast<f32>(0x7f800000u + u32(p[1] & 0))', join: 'lesser(a, b)' },
};

const integers: Readonly<Record<string, Reducer>> = {
  sum: { start: '0', join: 'a + b' },
  prod: { start: '1', join: 'a * b' },
  max: { start: '-2147483647 - 1', join: 'max(a, b)' },
  min: { start: '2147483647', join: 'min(a, b)' },
};

function floatShader(name: string, { start, join, finish = 'result' }: Reducer): Shader {
  return groupShader(
    name,
    [
      { name: 'x', type: 'f32' },
      { name: 'y', type: 'f32', writes: true },
    ],
    `  var tally = new_tally();
  if (inside) { for (var k = lane; k < p[1]; k += 64) { count_in(&tally, x[place(i, k)]); } }
  let result = tallied(tally);
  if (inside && lane == 0) { y[i] = ${finish}; }`,
    { combine: join, start, helpers: placeFunction },
  );
}

function integerShader(name: string, { start, join }: Reducer): Shader {
  return elementShader(
    name,
    [
      { name: 'x', type: 'i32' },
      { name: 'y', type: 'i32', writes: true },
    ],
    `  var a: i32 = ${start};
  for (var k = 0; k < p[1]; k++) { let b = x[place(i, k)]; a = ${join}; }
  y[i] = a;`,
    placeFunction,
  );
}

/** Position of the greatest or least element, the first of equals; the first NaN where there is one. */
function positionShader(name: string, type: 'f32' | 'i32', comparison: '>' | '<'): Shader {
  const nan =
    type === 'f32' ? 'if (is_nan(best)) { break; } if (is_nan(v)) { best = v; found = k; }' : '';
  return elementShader(
    name,
    [
      { name: 'x', type },
      { name: 'y', type: 'i32', writes: true },
    ],
    `  var best = x[place(i, 0)];
  var found = 0;
  for (var k = 1; k < p[1]; k++) {
    let v = x[place(i, k)];
    ${nan}
    if (v ${comparison} best) { best = v; found = k; }
  }
  y[i] = found;`,
    placeFunction,
  );
}

const shaderFor = shaderCache((name: ReduceName, type: 'f32' | 'i32') => {
  const label = `${name} ${type}`;
  if (name === 'argmax' || name === 'argmin') {
    return positionShader(label, type, name === 'argmax' ? '>' : '<');
  }
  return type === 'f32' ? floatShader(label, floats[name]!) : integerShader(label, integers[name]!);
});

export function reduceKernels(sink: CommandSink): Pick<Kernels, 'reduce'> {
  return {
    reduce(name, x, axes, out) {
      const result = allocate(sink, out);
      const strides = contiguousStrides(x.shape);
      const kept = x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
      const part = (list: readonly number[]): number[] => [
        ...list.map((axis) => x.shape[axis]!),
        ...list.map((axis) => strides[axis]!),
      ];
      const count = elementCount(out.shape);
      const reduced = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
      const source = shaderFor(name, shaderType(x.dtype));
      const parameters = [count, reduced, kept.length, axes.length, ...part(kept), ...part(axes)];
      const buffers = [memoryOf(x), result.memory];
      if (isFloating(x.dtype) && !name.startsWith('arg')) {
        sink.dispatchGroups(source, parameters, buffers, count);
      } else {
        sink.dispatch(source, parameters, buffers, count);
      }
      return result;
    },
  };
}
