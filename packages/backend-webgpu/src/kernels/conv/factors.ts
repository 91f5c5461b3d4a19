import type { Axes } from '@convnet/tensor-core';

import { asFloat, fourFrom } from '../../shader.ts';
import type { Factor } from '../tiled/tiled-shader.ts';
import { flatOf, isInside, placeOf, tapOf, vec3i } from './geometry.ts';

/*
 * Factors of the products that a convolution is computed as. `batch` is the group; names are those of
 * `convolutionNames`.
 */

const four = [0, 1, 2, 3] as const;

function vector(elements: (i: number) => string): string {
  return `vec4f(${four.map(elements).join(', ')})`;
}

/** Rows that stand one behind the other in memory: element k of row `at` is at `start + at * line + k`. */
export function rows(
  buffer: string,
  start: string,
  line: string,
  isVector: boolean,
  inHalves = false,
): Factor {
  return {
    vectors: 'inner',
    neighbours: 'inner',
    load(at, k) {
      const first = `${start} + ${at} * ${line} + ${k}`;
      return fourFrom(buffer, first, isVector, inHalves);
    },
  };
}

/** Columns that stand one behind the other: element k of column `at` is at `start + k * line + at`. */
export function columns(
  buffer: string,
  start: string,
  line: string,
  isVector: boolean,
  inHalves = false,
): Factor {
  return {
    vectors: 'outer',
    neighbours: 'outer',
    load(at, k) {
      const first = `${start} + ${k} * ${line} + ${at}`;
      return fourFrom(buffer, first, isVector, inHalves);
    },
  };
}

/**
 * Positions of samples as columns, channels as the inner index, of a tensor [samples, …, positions]: four positions of
 * one channel at once. Positions are a multiple of four.
 */
export function channelColumns(buffer: string, allChannels: string, ownChannels: string): Factor {
  return {
    vectors: 'outer',
    neighbours: 'outer',
    prepare(at, name) {
      return `  let ${name('start')} = (${at} / positions * ${allChannels} + batch * ${ownChannels}) * positions + ${at} % positions;`;
    },
    load: (_, k, outer) => `${buffer}[(${outer('start')} + ${k} * positions) / 4]`,
  };
}

/** Channels as rows or columns, positions of samples as the inner index. */
export function channelRows(
  buffer: string,
  allChannels: string,
  ownChannels: string,
  isVector: boolean,
): Factor {
  return {
    vectors: 'inner',
    neighbours: 'inner',
    prepare(at, name) {
      return `  let ${name('start')} = (batch * ${ownChannels} + ${at}) * positions;`;
    },
    step(k, name) {
      return (isVector ? [0] : four)
        .map((i) => {
          const place = i === 0 ? k : `(${k} + ${i})`;
          return `    let ${name(`offset${i}`)} = ${place} / positions * ${allChannels} * positions + ${place} % positions;`;
        })
        .join('\n');
    },
    load(_, _k, outer, inner) {
      if (isVector) return `${buffer}[(${outer('start')} + ${inner('offset0')}) / 4]`;
      return vector((i) => `${buffer}[${outer('start')} + ${inner(`offset${i}`)}]`);
    },
  };
}

/** What lies under the taps of a filter: columns are output positions, the inner index channels and taps. */
export function underTaps(
  taps: Axes,
  stride: Axes,
  dilation: Axes,
  isPadded: boolean,
): { readonly factor: Factor; readonly functions: string } {
  const count = taps[0] * taps[1] * taps[2];
  const value = 'x[start + channel * input_positions + ' + flatOf('place', 'input') + ']';
  return {
    factor: {
      vectors: 'inner',
      neighbours: 'outer',
      prepare: (at, name) => `${placeOf(name('o'), `(${at} % positions)`, 'output')}
  let ${name('first')} = ${name('o')} * ${vec3i(stride)} - pad;
  let ${name('start')} = (${at} / positions * channels + batch * per_group) * input_positions;`,
      load: (_, k, outer) =>
        vector(
          (i) =>
            `under_tap(${k} + ${i}, ${outer('first')}, ${outer('start')}, input, input_positions)`,
        ),
    },
    functions: `
fn under_tap(k: i32, first: vec3i, start: i32, input: vec3i, input_positions: i32) -> f32 {
  let channel = k / ${count};
  ${tapOf('tap', `(k % ${count})`, taps)}
  let place = first + tap * ${vec3i(dilation)};
  ${isPadded ? `return select(0.0, ${value}, ${isInside('place', 'input')});` : `return ${value};`}
}
`,
  };
}

/**
 * The same as rows or columns of channels and taps, with positions of samples as the inner index. Of four positions the
 * first is found by division, the others by counting on.
 */
export function underTapsAlongPositions(
  taps: Axes,
  stride: Axes,
  dilation: Axes,
  isPadded: boolean,
): { readonly factor: Factor; readonly functions: string } {
  const count = taps[0] * taps[1] * taps[2];
  const value = `x[start + ${flatOf('place', 'input')}]`;
  return {
    factor: {
      vectors: 'inner',
      neighbours: 'inner',
      prepare: (at, name) => `  ${tapOf(name('t'), `(${at} % ${count})`, taps)}
  let ${name('tap')} = ${name('t')} * ${vec3i(dilation)} - pad;
  let ${name('start')} = (batch * per_group + ${at} / ${count}) * input_positions;`,
      step(k, name) {
        const lines = [
          `    let ${name('n0')} = ${k} / positions;`,
          `  ${placeOf(name('o0'), `(${k} % positions)`, 'output')}`,
        ];
        for (const i of [1, 2, 3]) {
          lines.push(
            `    let ${name(`o${i}`)} = next_place(${name(`o${i - 1}`)}, output);`,
            `    let ${name(`n${i}`)} = ${name(`n${i - 1}`)} + select(0, 1, all(${name(`o${i}`)} == vec3i(0)));`,
          );
        }
        for (const i of four) {
          lines.push(
            `    let ${name(`first${i}`)} = ${name(`o${i}`)} * ${vec3i(stride)};`,
            `    let ${name(`sample${i}`)} = ${name(`n${i}`)} * channels * input_positions;`,
          );
        }
        return lines.join('\n');
      },
      load: (_, _k, outer, inner) =>
        vector(
          (i) =>
            `under_place(${inner(`first${i}`)} + ${outer('tap')}, ${outer('start')} + ${inner(`sample${i}`)}, input)`,
        ),
    },
    functions: `
fn next_place(o: vec3i, output: vec3i) -> vec3i {
  let w = o.z + 1;
  let wraps = w == output.z;
  let h = o.y + select(0, 1, wraps);
  let turns = h == output.y;
  let d = o.x + select(0, 1, turns);
  return vec3i(select(d, 0, d == output.x), select(h, 0, turns), select(w, 0, wraps));
}
fn under_place(place: vec3i, start: i32, input: vec3i) -> f32 {
  ${isPadded ? `return select(0.0, ${value}, ${isInside('place', 'input')});` : `return ${value};`}
}
`,
  };
}

/** Taps of one phase of the input positions: how many along each axis, and how far apart they are. */
export interface Phase {
  readonly counts: Axes;
  /** From one tap to the next of the phase. */
  readonly steps: Axes;
  /** Output positions that this goes back. */
  readonly backs: Axes;
}

/**
 * Output gradients that reach the input positions of one phase as columns, with outputs and the taps of the phase as the
 * inner index. Names besides: `phase_extents`, `last` (the output under tap 0 of the phase's first position).
 */
export function reachingGradients({ counts, backs }: Phase): {
  readonly factor: Factor;
  readonly functions: string;
} {
  const count = Math.max(counts[0] * counts[1] * counts[2], 1);
  return {
    factor: {
      vectors: 'inner',
      neighbours: 'outer',
      prepare: (at, name) => `  let ${name('n')} = ${at} / phase_positions;
${placeOf(name('i'), `(${at} % phase_positions)`, 'phase_extents')}
  let ${name('last')} = ${name('i')} + last;
  let ${name('start')} = (${name('n')} * outputs + batch * outputs_per_group) * positions;`,
      load: (_, k, outer) =>
        vector(
          (i) => `reaching(${k} + ${i}, ${outer('last')}, ${outer('start')}, output, positions)`,
        ),
    },
    functions: `
fn reaching(k: i32, last: vec3i, start: i32, output: vec3i, positions: i32) -> f32 {
  let channel = k / ${count};
  ${tapOf('tap', `(k % ${count})`, [Math.max(counts[0], 1), Math.max(counts[1], 1), Math.max(counts[2], 1)])}
  let place = last - tap * ${vec3i(backs)};
  return select(0.0, dy[start + channel * positions + ${flatOf('place', 'output')}], ${isInside('place', 'output')});
}
`,
  };
}

/** The weights that go with `reachingGradients`: rows are channels. `first_tap` is tap 0 of the phase. */
export function weightsOfPhase(
  { counts, steps }: Phase,
  taps: Axes,
  inHalves: boolean,
): {
  readonly factor: Factor;
  readonly functions: string;
} {
  const count = Math.max(counts[0] * counts[1] * counts[2], 1);
  const all = taps[0] * taps[1] * taps[2];
  return {
    factor: {
      vectors: 'inner',
      neighbours: 'inner',
      load: (at, k) =>
        vector(
          (i) => `weight_of(${k} + ${i}, ${at}, first_tap, batch * outputs_per_group, per_group)`,
        ),
    },
    functions: `
fn weight_of(k: i32, channel: i32, first_tap: vec3i, first_output: i32, per_group: i32) -> f32 {
  ${tapOf('of_phase', `(k % ${count})`, [Math.max(counts[0], 1), Math.max(counts[1], 1), Math.max(counts[2], 1)])}
  let tap = first_tap + of_phase * ${vec3i(steps)};
  let line = (first_output + k / ${count}) * per_group + channel;
  return ${asFloat(`weight[line * ${all} + (tap.x * ${taps[1]} + tap.y) * ${taps[2]} + tap.z]`, inHalves)};
}
`,
  };
}
