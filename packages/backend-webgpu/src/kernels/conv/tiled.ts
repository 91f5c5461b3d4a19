import { isPointwise, type Axes, type Convolution } from '@convnet/tensor-core';

import type { CommandSink, Parameters } from '../../commands/command-sink.ts';
import type { Memory } from '../../gpu-buffer.ts';
import { floatType, shaderCache } from '../../shader.ts';
import { quietNaN } from '../kernel-support.ts';
import { addParts } from '../tiled/add-parts.ts';
import {
  endingClass,
  endingMemories,
  endingParameters,
  endingText,
  noEnding,
  type Ending,
} from '../tiled/epilogue.ts';
import { partsOf, tileFor, type Tile } from '../tiled/tile.ts';
import { ownParameters, tiledParameters, tiledShader } from '../tiled/tiled-shader.ts';
import {
  channelColumns,
  channelRows,
  columns,
  reachingGradients,
  rows,
  underTaps,
  underTapsAlongPositions,
  weightsOfPhase,
  type Phase,
} from './factors.ts';
import {
  convolutionNames,
  convolutionParameterCount,
  convolutionParameters,
  flatOf,
  geometryClass,
  geometryOf,
  nameOfHalves,
  vec3i,
} from './geometry.ts';

/** First parameter behind those of the convolution. */
const behind = ownParameters + convolutionParameterCount;

function setup(more = ''): string {
  return `${convolutionNames(ownParameters)}${more}`;
}

const tiles = new Map<string, Tile>();

function tileKey(tile: Tile): string {
  const key = Object.values(tile).join();
  tiles.set(key, tile);
  return key;
}

/** Rows are outputs, columns positions of samples, terms channels and taps. */
const forwardShader = shaderCache(
  (
    tile: string,
    geometry: string,
    isPadded: boolean,
    isPlain: boolean,
    isVector: boolean,
    isExact: boolean,
    ending: string,
    inHalves: boolean,
  ) => {
    const { taps, stride, dilation } = geometryOf(geometry);
    const { bindings, functions, statements } = endingText(ending);
    const right = isPlain
      ? { factor: channelColumns('x', 'channels', 'per_group'), functions: '' }
      : underTaps(taps, stride, dilation, isPadded);
    const at =
      '(n / positions * outputs + batch * outputs_per_group + m) * positions + n % positions';
    const end = statements('batch * outputs_per_group + m', 'at', `${behind}`);
    return tiledShader({
      name: `conv ${geometry} ${ending}${nameOfHalves(inHalves)}`.trim(),
      tile: tiles.get(tile)!,
      bindings: [
        { name: 'x', type: isPlain ? 'vec4f' : 'f32' },
        { name: 'weight', type: floatType(isVector, inHalves) },
        ...bindings,
        { name: 'y', type: 'f32', writes: true },
      ],
      functions: `${right.functions}${functions}`,
      setup: setup('\n  let part_start = part * samples * outputs * positions;'),
      left: rows('weight', 'batch * outputs_per_group * p[4]', 'p[4]', isVector, inHalves),
      right: right.factor,
      isInnerExact: isExact,
      store: `let at = ${at}; var v = value; ${end} y[part_start + at] = v;`,
    });
  },
);

/** Rows are outputs, columns channels and taps, terms positions of samples. */
const weightGradientShader = shaderCache(
  (
    tile: string,
    geometry: string,
    isPadded: boolean,
    isPlain: boolean,
    isVector: boolean,
    isExact: boolean,
  ) => {
    const { taps, stride, dilation } = geometryOf(geometry);
    const right = isPlain
      ? { factor: channelRows('x', 'channels', 'per_group', isVector), functions: '' }
      : underTapsAlongPositions(taps, stride, dilation, isPadded);
    return tiledShader({
      name: `conv weight gradient ${geometry}`,
      tile: tiles.get(tile)!,
      bindings: [
        { name: 'x', type: isPlain && isVector ? 'vec4f' : 'f32' },
        { name: 'dy', type: isVector ? 'vec4f' : 'f32' },
        { name: 'dw', type: 'f32', writes: true },
      ],
      functions: right.functions,
      setup: setup('\n  let part_start = part * outputs * columns;'),
      left: channelRows('dy', 'outputs', 'outputs_per_group', isVector),
      right: right.factor,
      isInnerExact: isExact,
      store: 'dw[part_start + (batch * outputs_per_group + m) * columns + n] = value;',
    });
  },
);

/**
 * Rows are channels, columns input positions of one phase: those that lie under the same taps, which are as many for
 * every stride. Terms are outputs and the taps of the phase.
 */
const inputGradientShader = shaderCache(
  (
    tile: string,
    geometry: string,
    counts: string,
    isPlain: boolean,
    isVector: boolean,
    isExact: boolean,
    inHalves: boolean,
  ) => {
    const { taps, stride, dilation } = geometryOf(geometry);
    const phase = phaseForm(counts.split('x').map(Number) as unknown as Axes, stride, dilation);
    const isOneTap = taps.every((extent) => extent === 1);
    const left = isOneTap
      ? {
          factor: columns(
            'weight',
            'batch * outputs_per_group * per_group',
            'per_group',
            isVector,
            inHalves,
          ),
          functions: '',
        }
      : weightsOfPhase(phase, taps, inHalves);
    const right = isPlain
      ? { factor: channelColumns('dy', 'outputs', 'outputs_per_group'), functions: '' }
      : reachingGradients(phase);
    const place = `first_place + vec3i(of_phase / (phase_extents.z * phase_extents.y), of_phase / phase_extents.z % phase_extents.y, of_phase % phase_extents.z) * ${vec3i(stride)}`;
    return tiledShader({
      name: `conv input gradient ${geometry} phase ${counts}${nameOfHalves(inHalves)}`,
      tile: tiles.get(tile)!,
      bindings: [
        { name: 'dy', type: isPlain ? 'vec4f' : 'f32' },
        { name: 'weight', type: floatType(isVector, inHalves) },
        { name: 'dx', type: 'f32', writes: true },
      ],
      functions: `${left.functions}${right.functions}`,
      setup: setup(`
  let phase_extents = vec3i(p[${behind}], p[${behind + 1}], p[${behind + 2}]);
  let phase_positions = phase_extents.x * phase_extents.y * phase_extents.z;
  let last = vec3i(p[${behind + 3}], p[${behind + 4}], p[${behind + 5}]);
  let first_tap = vec3i(p[${behind + 6}], p[${behind + 7}], p[${behind + 8}]);
  let first_place = vec3i(p[${behind + 9}], p[${behind + 10}], p[${behind + 11}]);
  let part_start = part * samples * channels * input_positions;`),
      left: left.factor,
      right: right.factor,
      isInnerExact: isExact,
      store: `let of_phase = n % phase_positions; let place = ${place}; dx[part_start + (n / phase_positions * channels + batch * per_group + m) * input_positions + ${flatOf('place', 'input')}] = value;`,
    });
  },
);

function phaseForm(counts: Axes, stride: Axes, dilation: Axes): Phase {
  const steps = stride.map(
    (step, axis) => step / divisor(step, dilation[axis]!),
  ) as unknown as Axes;
  const backs = steps.map((step, axis) => (step * dilation[axis]!) / stride[axis]!);
  return { counts, steps, backs: backs as unknown as Axes };
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** One axis of a phase: taps t with t * dilation = r modulo the stride. */
interface PhaseAxis {
  readonly count: number;
  readonly firstTap: number;
  readonly extent: number;
  readonly last: number;
  readonly firstPlace: number;
}

function phaseAxis(
  r: number,
  [taps, stride, dilation, pad, extent]: readonly [number, number, number, number, number],
): PhaseAxis {
  const own = Array.from({ length: taps }, (_, t) => t).filter(
    (t) => (t * dilation) % stride === r,
  );
  const firstTap = own[0] ?? 0;
  const firstPlace = (((r - pad) % stride) + stride) % stride;
  const reached = (firstPlace + pad - r) / stride;
  return {
    count: own.length,
    firstTap,
    extent: Math.max(Math.ceil((extent - firstPlace) / stride), 0),
    last: own.length === 0 ? 0 : reached - (firstTap * dilation - r) / stride,
    firstPlace,
  };
}

/** All phases of the input positions, each an axis triple. */
function phasesOf({ taps, stride, dilation, pad, input }: Convolution): PhaseAxis[][] {
  let phases: PhaseAxis[][] = [[]];
  for (let axis = 0; axis < 3; axis++) {
    const numbers = [
      taps[axis]!,
      stride[axis]!,
      dilation[axis]!,
      pad[axis]!,
      input[axis]!,
    ] as const;
    const own = Array.from({ length: stride[axis]! }, (_, r) => phaseAxis(r, numbers));
    phases = phases.flatMap((before) => own.map((phase) => [...before, phase]));
  }
  return phases;
}

/** A dispatch in parts, whose sums are added up behind it where there are several. */
function dispatchInParts(
  sink: CommandSink,
  size: {
    readonly tile: Tile;
    readonly rows: number;
    readonly columns: number;
    readonly terms: number;
    readonly groups: number;
    readonly elements: number;
  },
  out: Memory,
  run: (
    parts: { readonly count: number; readonly terms: number },
    target: Memory,
    dispatch: { readonly groups: number; readonly parameters: number[] },
  ) => void,
  add: (parts: Memory, count: number) => void,
): void {
  const { tile, rows: down, columns: across, terms, groups, elements } = size;
  const workgroups = groups * Math.ceil(down / tile.m) * Math.ceil(across / tile.n);
  const parts = partsOf(workgroups, terms, tile);
  const target = parts.count === 1 ? out : sink.take(elements * parts.count * 4);
  run(parts, target, tiledParameters(tile, down, across, terms, groups, parts, quietNaN));
  if (parts.count > 1) {
    add(target, parts.count);
    sink.giveBack(target);
  }
}

/** A convolution as a product in tiles, with what follows it. */
export function tiledForward(
  sink: CommandSink,
  c: Convolution,
  x: Memory,
  weight: Memory,
  out: Memory,
  inHalves: boolean,
  ending: Ending,
): void {
  const terms = c.perGroup * c.tapCount;
  const across = c.batch * c.positions;
  const tile = tileFor(sink.limits.tiles, c.outputsPerGroup, across, terms, c.groups);
  const elements = c.batch * c.outputs * c.positions;
  const size = {
    tile,
    rows: c.outputsPerGroup,
    columns: across,
    terms,
    groups: c.groups,
    elements,
  };
  dispatchInParts(
    sink,
    size,
    out,
    ({ count }, target, { groups, parameters }) => {
      const direct = count === 1 ? ending : noEnding;
      const shader = forwardShader(
        tileKey(tile),
        geometryClass(c),
        c.isPadded,
        isPointwise(c) && c.positions % 4 === 0,
        terms % 4 === 0,
        terms % tile.k === 0,
        endingClass(direct),
        inHalves,
      );
      const all: Parameters = [
        ...parameters,
        ...convolutionParameters(c),
        ...endingParameters(direct),
      ];
      sink.dispatchGroups(shader, all, [x, weight, ...endingMemories(direct), target], groups);
    },
    (parts, count) => {
      const shape = { elements, parts: count, channels: c.outputs, inner: c.positions };
      addParts(sink, parts, out, shape, ending);
    },
  );
}

/** The gradient by the input, a product in tiles for each phase of the stride. */
export function tiledInputGradient(
  sink: CommandSink,
  c: Convolution,
  dy: Memory,
  weight: Memory,
  out: Memory,
  inHalves: boolean,
): void {
  for (const phase of phasesOf(c)) {
    const list = (of: (axis: PhaseAxis) => number): number[] => phase.map(of);
    const product = (of: (axis: PhaseAxis) => number): number =>
      phase.reduce((total, axis) => total * of(axis), 1);
    const across = c.batch * product(({ extent }) => extent);
    if (across === 0) continue;
    const counts = list(({ count }) => count);
    const terms = c.outputsPerGroup * product(({ count }) => count);
    const tile = tileFor(sink.limits.tiles, c.perGroup, across, 0, c.groups);
    const isOneTap = c.tapCount === 1;
    const shader = inputGradientShader(
      tileKey(tile),
      geometryClass(c),
      counts.join('x'),
      isPointwise(c) && c.positions % 4 === 0,
      isOneTap && c.perGroup % 4 === 0,
      terms % tile.k === 0,
      inHalves,
    );
    const parts = { count: 1, terms: Math.max(terms, 1) };
    const own = tiledParameters(tile, c.perGroup, across, terms, c.groups, parts, quietNaN);
    sink.dispatchGroups(
      shader,
      [
        ...own.parameters,
        ...convolutionParameters(c),
        ...list(({ extent }) => extent),
        ...list(({ last }) => last),
        ...list(({ firstTap }) => firstTap),
        ...list(({ firstPlace }) => firstPlace),
      ],
      [dy, weight, out],
      own.groups,
    );
  }
}

/** The gradient by the weight, in parts of the positions that are added up in order. */
export function tiledWeightGradient(
  sink: CommandSink,
  c: Convolution,
  x: Memory,
  dy: Memory,
  out: Memory,
): void {
  const terms = c.batch * c.positions;
  const across = c.perGroup * c.tapCount;
  const tile = tileFor(sink.limits.tiles, c.outputsPerGroup, across, terms, c.groups);
  const elements = c.outputs * across;
  const size = {
    tile,
    rows: c.outputsPerGroup,
    columns: across,
    terms,
    groups: c.groups,
    elements,
  };
  dispatchInParts(
    sink,
    size,
    out,
    (_, target, { groups, parameters }) => {
      const shader = weightGradientShader(
        tileKey(tile),
        geometryClass(c),
        c.isPadded,
        isPointwise(c),
        c.positions % 4 === 0,
        terms % tile.k === 0,
      );
      sink.dispatchGroups(
        shader,
        [...parameters, ...convolutionParameters(c)],
        [x, dy, target],
        groups,
      );
    },
    (parts, count) => {
      addParts(
        sink,
        parts,
        out,
        { elements, parts: count, channels: 1, inner: elements },
        noEnding,
      );
    },
  );
}

/** Phases of a stride from which on the input gradient goes position by position. */
export const manyPhases = 16;

export function phaseCount({ stride }: Convolution): number {
  return stride[0] * stride[1] * stride[2];
}
