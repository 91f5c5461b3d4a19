import { elementCount, type DType, type Operand, type TensorSpec } from '@convnet/tensor-core';

import { memoryOf, type GpuTensorBuffer } from '../gpu-buffer.ts';
import type { CommandSink } from '../commands/command-sink.ts';
import { elementShader, shaderCache, type Shader } from '../shader.ts';
import { allocate, giveBack } from './kernel-support.ts';

/**
 * Elements of 16 bits, two to a word. Conversions work on bits: WGSL leaves it open how `pack2x16float` rounds, and
 * whether it keeps numbers below 2^-14.
 */
const helpers = `
fn half_of(words: u32, i: i32) -> u32 { return (words >> (16u * u32(i & 1))) & 0xffffu; }
fn float_bits(half: u32) -> u32 {
  let size = half & 0x7fffu;
  let sign = (half & 0x8000u) << 16u;
  if (size < 0x400u) { return sign | bitcast<u32>(f32(size) / 16777216.0); }
  return sign | ((size << 13u) + select(0x70000000u, 0x38000000u, size < 0x7c00u));
}
fn half_bits(float: u32) -> u32 {
  let size = float & 0x7fffffffu;
  let sign = (float >> 16u) & 0x8000u;
  if (size > 0x7f800000u) { return sign | 0x7e00u; }
  if (size >= 0x38800000u) {
    return sign | min((size + 0xfffu + ((size >> 13u) & 1u) - 0x38000000u) >> 13u, 0x7c00u);
  }
  let exponent = size >> 23u;
  if (exponent < 102u) { return sign; }
  let fraction = (size & 0x7fffffu) | 0x800000u;
  let shift = 126u - exponent;
  return sign | ((fraction + (1u << (shift - 1u)) - 1u + ((fraction >> shift) & 1u)) >> shift);
}`;

const words = [
  { name: 'x', type: 'i32' },
  { name: 'y', type: 'i32', writes: true },
] as const;

/** One invocation per element: its bits, in a word of its own. */
const widening = elementShader(
  'float16 widening',
  words,
  '  y[i] = i32(half_of(bitcast<u32>(x[i / 2]), i));',
  helpers,
);

/** One invocation per pair: `half` gives the bits of element `at`. */
function pairing(name: string, half: string): Shader {
  return elementShader(
    `float16 ${name}`,
    words,
    `  let even = half(2 * i);
  y[i] = bitcast<i32>(even | (half(min(2 * i + 1, p[1] - 1)) << 16u));`,
    `${helpers}
fn half(at: i32) -> u32 { return ${half}; }`,
  );
}

const narrowing = pairing('narrowing', 'u32(x[at]) & 0xffffu');
const fromFloats = pairing('from float32', 'half_bits(bitcast<u32>(x[at]))');
const fromIntegers = pairing('from int32', 'half_bits(bitcast<u32>(f32(x[at])))');

/** What an element is in a type, from the bits `b` of a float. */
const toTypes: Readonly<Record<Exclude<DType, 'float16' | 'float64'>, string>> = {
  float32: 'bitcast<i32>(b)',
  int32: 'i32(bitcast<f32>(b))',
  uint8: 'i32(bitcast<f32>(b)) & 255',
  bool: 'select(0, 1, (b & 0x7fffffffu) != 0u)',
};

/** Floats to halves; a word `p[2]` says whether one has become infinite. All that write it write the same. */
export const toHalvesWithin: Shader = elementShader(
  'float16 weights',
  [...words, { name: 'beyond', type: 'i32', writes: true }],
  `  let even = half(2 * i);
  y[i] = bitcast<i32>(even | (half(min(2 * i + 1, p[1] - 1)) << 16u));`,
  `${helpers}
fn half(at: i32) -> u32 {
  let float = bitcast<u32>(x[at]);
  let h = half_bits(float);
  if ((h & 0x7fffu) == 0x7c00u && (float & 0x7fffffffu) != 0x7f800000u) { beyond[p[2]] = 1; }
  return h;
}`,
);

const castShader = shaderCache((to: keyof typeof toTypes) =>
  elementShader(
    `cast float16 to ${to}`,
    words,
    `  let b = float_bits(half_of(bitcast<u32>(x[i / 2]), i));
  y[i] = ${toTypes[to]};`,
    helpers,
  ),
);

/** Halves to floats. */
export const toFloats: Shader = castShader('float32');

/** Whether an element takes 16 bits. */
export function isHalf({ dtype }: { readonly dtype: DType }): boolean {
  return dtype === 'float16';
}

/** Elements converted from float16. */
export function castFromHalves(sink: CommandSink, x: Operand, out: TensorSpec): GpuTensorBuffer {
  const result = allocate(sink, out);
  const count = elementCount(out.shape);
  const source = castShader(out.dtype as keyof typeof toTypes);
  sink.dispatch(source, [count], [memoryOf(x), result.memory], count);
  return result;
}

/** Elements converted to float16. */
export function castToHalves(sink: CommandSink, x: Operand, out: TensorSpec): GpuTensorBuffer {
  const result = allocate(sink, out);
  const count = elementCount(out.shape);
  const pairs = Math.ceil(count / 2);
  sink.dispatch(
    x.dtype === 'float32' ? fromFloats : fromIntegers,
    [pairs, count],
    [memoryOf(x), result.memory],
    pairs,
  );
  return result;
}

/**
 * Moves float16 elements with a kernel that moves int32: each goes by way of a word of its own. `move` is given the
 * sources and the output's spec so.
 */
export function moveHalves(
  sink: CommandSink,
  sources: readonly Operand[],
  out: TensorSpec,
  move: (sources: readonly Operand[], out: TensorSpec) => GpuTensorBuffer,
): GpuTensorBuffer {
  const wide = sources.map((source): Operand => {
    const spec = { shape: source.shape, dtype: 'int32' } as const;
    const buffer = allocate(sink, spec);
    const count = elementCount(spec.shape);
    sink.dispatch(widening, [count], [memoryOf(source), buffer.memory], count);
    return { ...spec, buffer };
  });
  const moved = move(wide, { shape: out.shape, dtype: 'int32' });
  const result = allocate(sink, out);
  const count = elementCount(out.shape);
  const pairs = Math.ceil(count / 2);
  sink.dispatch(narrowing, [pairs, count], [moved.memory, result.memory], pairs);
  for (const { buffer } of wide) giveBack(sink, buffer);
  giveBack(sink, moved);
  return result;
}
