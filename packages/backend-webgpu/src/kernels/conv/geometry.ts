import type { Axes, Convolution } from '@convnet/tensor-core';

/** What shaders of a convolution are made for; everything else is a parameter. */
export type Geometry = Pick<Convolution, 'taps' | 'stride' | 'dilation'>;

const geometries = new Map<string, Geometry>();

/** The name of a geometry, by which caches of shaders know it. */
export function geometryClass({ taps, stride, dilation }: Geometry): string {
  const differs = dilation.some((step) => step !== 1);
  const name = `${taps.join('x')} stride ${stride.join('x')}${differs ? ` dilation ${dilation.join('x')}` : ''}`;
  if (!geometries.has(name)) geometries.set(name, { taps, stride, dilation });
  return name;
}

/** What the name of a shader says of its weights. */
export function nameOfHalves(inHalves: boolean): string {
  return inHalves ? ', weights in halves' : '';
}

/** The geometry that `geometryClass` has named. */
export function geometryOf(name: string): Geometry {
  return geometries.get(name)!;
}

/** A vec3i of WGSL. */
export function vec3i(axes: Axes): string {
  return `vec3i(${axes.join(', ')})`;
}

/** Names for the parameters from `at` on, which `convolutionParameters` lists. */
export function convolutionNames(at: number): string {
  const p = (i: number): string => `p[${at + i}]`;
  return `  let channels = ${p(0)}; let outputs = ${p(1)}; let per_group = ${p(2)}; let outputs_per_group = ${p(3)};
  let input = vec3i(${p(4)}, ${p(5)}, ${p(6)});
  let output = vec3i(${p(7)}, ${p(8)}, ${p(9)});
  let pad = vec3i(${p(10)}, ${p(11)}, ${p(12)});
  let samples = ${p(13)}; let input_positions = ${p(14)}; let positions = ${p(15)};`;
}

/** Parameters of a convolution. */
export const convolutionParameterCount = 16;

export function convolutionParameters(c: Convolution): number[] {
  return [
    c.channels,
    c.outputs,
    c.perGroup,
    c.outputsPerGroup,
    ...c.input,
    ...c.output,
    ...c.pad,
    c.batch,
    c.inputPositions,
    c.positions,
  ];
}

/** Statements that take flat position `at` over `extents` apart into the vec3i `name`. */
export function placeOf(name: string, at: string, extents: string): string {
  return `  let ${name} = vec3i(${at} / (${extents}.z * ${extents}.y), (${at} / ${extents}.z) % ${extents}.y, ${at} % ${extents}.z);`;
}

/** Flat position of the vec3i `place`. */
export function flatOf(place: string, extents: string): string {
  return `(${place}.x * ${extents}.y + ${place}.y) * ${extents}.z + ${place}.z`;
}

/** Statements that take `tap` apart into the vec3i `name` of its positions along the axes. */
export function tapOf(name: string, tap: string, [, b, c]: Axes): string {
  return `let ${name} = vec3i(${tap} / ${b * c}, ${tap} / ${c} % ${b}, ${tap} % ${c});`;
}

/** Whether the vec3i `place` lies inside. */
export function isInside(place: string, extents: string): string {
  return `all(vec3u(${place}) < vec3u(${extents}))`;
}
