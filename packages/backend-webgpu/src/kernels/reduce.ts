import { contiguousStrides, elementCount, isFloating, type Kernels } from '@convnet/tensor-core';

import { memoryOf, shaderType } from '../gpu-buffer.ts';
import type { CommandSink } from '../commands/command-sink.ts';
import { elementShader, groupShader, shaderCache, workgroupSize } from '../shader.ts';
import { allocate } from './kernel-support.ts';

/** First parameter of the axes: extents and strides of the kept ones, then of the reduced ones. */
const axesAt = 5;

/** The flat position of reduced element k of result i: `place(i, k)`, from shapes and strides in p. */
function placeFunction(kept: number, reduced: number): string {
  const walk = (index: string, rank: number, at: number): string[] => {
    const lines = [`  rest = ${index};`];
    for (let axis = rank - 1; axis >= 0; axis--) {
      const extent = `p[${at + axis}]`;
      const step = `p[${at + rank + axis}]`;
      if (axis > 0) lines.push(`  at += rest % ${extent} * ${step}; rest /= ${extent};`);
      else lines.push(`  at += rest * ${step};`);
    }
    return rank === 0 ? [] : lines;
  };
  return `
fn place(i: i32, k: i32) -> i32 {
  var at = 0;
  var rest = 0;
${[...walk('i', kept, axesAt), ...walk('k', reduced, axesAt + 2 * kept)].join('\n')}
  return at;
}
`;
}

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

/** Elements up to which an invocation reduces them alone. */
const few = 32;

/** Elements of a part, at least, and workgroups that fill a device. */
const leastShare = 2048;
const enoughGroups = 512;

const bindingsOf = (from: 'f32' | 'i32', to: 'f32' | 'i32') =>
  [
    { name: 'x', type: from },
    { name: 'y', type: to, writes: true },
  ] as const;

/**
 * A workgroup for each part of a result. Parameters: workgroups, reduced elements, parts, results, elements of a part.
 * Of one part it finishes the result.
 */
const floatShader = shaderCache((name: string, isWhole: boolean, kept: number, reduced: number) => {
  const { start, join, finish = 'result' } = floats[name]!;
  return groupShader(
    `${name}${isWhole ? '' : ' of parts'}`,
    bindingsOf('f32', 'f32'),
    `  var tally = new_tally();
  let begin = i % p[2] * p[4];
  let end = min(begin + p[4], p[1]);
  let target_at = i / p[2];
  if (inside) { for (var k = begin + lane; k < end; k += ${workgroupSize}) { count_in(&tally, x[place(target_at, k)]); } }
  let result = tallied(tally);
  if (inside && lane == 0) { y[i % p[2] * p[3] + target_at] = ${isWhole ? finish : 'result'}; }`,
    { combine: join, start, helpers: placeFunction(kept, reduced) },
  );
});

/** Joins the parts of each result, in order. Parameters: results, reduced elements, parts. */
const partsShader = shaderCache((name: string) => {
  const { start, join, finish = 'result' } = floats[name]!;
  return elementShader(
    `${name}, joined`,
    bindingsOf('f32', 'f32'),
    `  var result: f32 = ${start};
  for (var k = 0; k < p[2]; k++) { let a = result; let b = x[k * p[0] + i]; result = ${join}; }
  y[i] = ${finish};`,
  );
});

/** An invocation for each result. */
const serialShader = shaderCache(
  (name: string, type: 'f32' | 'i32', kept: number, reduced: number) => {
    const { start, join, finish = 'result' } = (type === 'f32' ? floats : integers)[name]!;
    return elementShader(
      `${name} ${type} of few`,
      bindingsOf(type, type),
      `  var result: ${type} = ${start};
  for (var k = 0; k < p[1]; k++) { let a = result; let b = x[place(i, k)]; result = ${join}; }
  y[i] = ${finish};`,
      placeFunction(kept, reduced),
    );
  },
);

/** Position of the greatest or least element, the first of equals; the first NaN where there is one. */
const positionShader = shaderCache(
  (name: string, type: 'f32' | 'i32', kept: number, reduced: number) => {
    const nan =
      type === 'f32' ? 'if (is_nan(best)) { break; } if (is_nan(v)) { best = v; found = k; }' : '';
    return elementShader(
      `${name} ${type}`,
      bindingsOf(type, 'i32'),
      `  var best = x[place(i, 0)];
  var found = 0;
  for (var k = 1; k < p[1]; k++) {
    let v = x[place(i, k)];
    ${nan}
    if (v ${name === 'argmax' ? '>' : '<'} best) { best = v; found = k; }
  }
  y[i] = found;`,
      placeFunction(kept, reduced),
    );
  },
);

/** Extents and strides of some axes of a shape, those joined that are walked as one. */
function joined(
  shape: readonly number[],
  axes: readonly number[],
): { rank: number; numbers: number[] } {
  const strides = contiguousStrides(shape);
  const extents: number[] = [];
  const steps: number[] = [];
  for (const axis of axes) {
    const [extent, step] = [shape[axis]!, strides[axis]!];
    const last = extents.length - 1;
    if (last >= 0 && steps[last] === extent * step) {
      extents[last]! *= extent;
      steps[last] = step;
    } else {
      extents.push(extent);
      steps.push(step);
    }
  }
  return { rank: extents.length, numbers: [...extents, ...steps] };
}

export function reduceKernels(sink: CommandSink): Pick<Kernels, 'reduce'> {
  return {
    reduce(name, x, axes, out) {
      const result = allocate(sink, out);
      const kept = joined(
        x.shape,
        x.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis)),
      );
      const reduced = joined(x.shape, axes);
      const count = elementCount(out.shape);
      const terms = axes.reduce((product, axis) => product * x.shape[axis]!, 1);
      const type = shaderType(x.dtype);
      const axisNumbers = [...kept.numbers, ...reduced.numbers];
      const isPosition = name === 'argmax' || name === 'argmin';
      if (isPosition || !isFloating(x.dtype) || terms <= few) {
        const make = isPosition ? positionShader : serialShader;
        sink.dispatch(
          make(name, type, kept.rank, reduced.rank),
          [count, terms, 1, count, terms, ...axisNumbers],
          [memoryOf(x), result.memory],
          count,
        );
        return result;
      }
      const wanted = Math.min(Math.floor(enoughGroups / count), Math.floor(terms / leastShare));
      const each = Math.ceil(terms / Math.max(wanted, 1));
      const parts = Math.ceil(terms / each);
      const target = parts === 1 ? result.memory : sink.take(count * parts * 4);
      sink.dispatchGroups(
        floatShader(name, parts === 1, kept.rank, reduced.rank),
        [count * parts, terms, parts, count, each, ...axisNumbers],
        [memoryOf(x), target],
        count * parts,
      );
      if (parts > 1) {
        sink.dispatch(partsShader(name), [count, terms, parts], [target, result.memory], count);
        sink.giveBack(target);
      }
      return result;
    },
  };
}
