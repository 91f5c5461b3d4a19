import {
  elementCount,
  fillRandom,
  float16Bits,
  type DType,
  type Kernels,
} from '@convnet/tensor-core';

import { bytesFor, memoryOf, shaderType, tensorBuffer } from '../gpu-buffer.ts';
import { float, type CommandSink } from '../commands/command-sink.ts';
import { elementShader, fillWords, shaderCache } from '../shader.ts';
import { castFromHalves, castToHalves, isHalf } from './float16.ts';
import { allocate } from './kernel-support.ts';

const fillFloats = elementShader(
  'fillFloats',
  [{ name: 'y', type: 'f32', writes: true }],
  '  y[i] = pf(1);',
);

const blend = elementShader(
  'blend',
  [
    { name: 'y', type: 'f32', writes: true },
    { name: 'x', type: 'f32' },
  ],
  // Not 0 + own: a copied -0 stays one.
  `  let own = pf(2) * x[i];
  if (pf(1) == 0.0) { y[i] = own; } else { y[i] = pf(1) * y[i] + own; }`,
);
const blendIntegers = elementShader(
  'blendIntegers',
  [
    { name: 'y', type: 'i32', writes: true },
    { name: 'x', type: 'i32' },
  ],
  '  y[i] = i32(pf(1)) * y[i] + i32(pf(2)) * x[i];',
);

/** Uniform numbers of Philox 4x32-10, a block of four to an invocation; products by halves of words. */
const uniform = elementShader(
  'uniform',
  [{ name: 'y', type: 'f32', writes: true }],
  `  var key = vec2u(bitcast<u32>(p[2]), bitcast<u32>(p[3]));
  let low = bitcast<u32>(p[4]) + u32(i);
  var c = vec4u(low, bitcast<u32>(p[5]) + select(0u, 1u, low < u32(i)), 0u, 0u);
  for (var round = 0; round < 10; round++) {
    let first = 0xd2511f53u * c.x;
    let second = 0xcd9e8d57u * c.z;
    c = vec4u(high(0xcd9e8d57u, c.z) ^ c.y ^ key.x, second, high(0xd2511f53u, c.x) ^ c.w ^ key.y, first);
    key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  for (var k = 0; k < 4; k++) {
    if (4 * i + k < p[1]) { y[4 * i + k] = f32(c[k] >> 8u) / 16777216.0; }
  }`,
  `fn high(a: u32, b: u32) -> u32 {
  let al = a & 0xffffu; let ah = a >> 16u; let bl = b & 0xffffu; let bh = b >> 16u;
  let middle = ah * bl + ((al * bl) >> 16u);
  let other = al * bh + (middle & 0xffffu);
  return ah * bh + (middle >> 16u) + (other >> 16u);
}`,
);

/** To an integer modulo 2^32, 0 for what is not finite: WGSL's own conversion leaves NaN open and saturates. */
const wrapped = `
fn wrapped(x: f32) -> i32 {
  if (abs(x) < 2147483648.0 && !is_nan(x)) { return i32(x); }
  let bits = bitcast<u32>(x);
  let exponent = (bits >> 23u) & 0xffu;
  if (exponent > 181u) { return 0; }
  let size = bitcast<i32>(((bits & 0x7fffffu) | 0x800000u) << (exponent - 150u));
  return select(size, -size, x < 0.0);
}
`;

const castShader = shaderCache((from: 'f32' | 'i32', to: 'f32' | 'i32', dtype: DType) => {
  const isTrue = from === 'f32' ? 'truth(x[i])' : 'x[i] != 0';
  const convert = from === 'f32' && to === 'i32' ? 'wrapped' : to;
  const number = `${convert}(x[i])${dtype === 'uint8' ? ' & 255' : ''}`;
  return elementShader(
    `cast ${from} to ${dtype}`,
    [
      { name: 'x', type: from },
      { name: 'y', type: to, writes: true },
    ],
    `  y[i] = ${dtype === 'bool' ? `select(0, 1, ${isTrue})` : number};`,
    wrapped,
  );
});

/** A value as the word that fills a buffer. */
function integerFor(value: number, dtype: DType): number {
  if (dtype === 'bool') return Number(value !== 0);
  // Around 2^32, as integers go.
  if (dtype !== 'float16') return Math.trunc(value) | 0;
  const half = float16Bits(value);
  return half | (half << 16);
}

export function elementKernels(
  sink: CommandSink,
): Pick<Kernels, 'fill' | 'reshape' | 'cast' | 'blend' | 'random'> {
  return {
    fill(out, value) {
      const result = allocate(sink, out);
      const words = bytesFor(out) / 4;
      const floats = out.dtype === 'float32';
      sink.dispatch(
        floats ? fillFloats : fillWords,
        [words, floats ? float(value) : integerFor(value, out.dtype)],
        [result.memory],
        words,
      );
      return result;
    },

    reshape(x) {
      return x.buffer;
    },

    cast(x, out) {
      if (isHalf(x)) return castFromHalves(sink, x, out);
      if (isHalf(out)) return castToHalves(sink, x, out);
      const result = allocate(sink, out);
      const count = elementCount(out.shape);
      const [from, to] = [shaderType(x.dtype), shaderType(out.dtype)];
      const source = castShader(from, to, out.dtype);
      sink.dispatch(source, [count], [memoryOf(x), result.memory], count);
      return result;
    },

    blend(target, source, alpha, beta) {
      // Halves are only copied: as words, whatever they are.
      const words = bytesFor(target) / 4;
      sink.dispatch(
        target.dtype === 'float32' ? blend : blendIntegers,
        [words, float(alpha), float(beta)],
        [memoryOf(target), memoryOf(source)],
        words,
      );
    },

    random(distribution, out, seed, offset) {
      const count = elementCount(out.shape);
      if (distribution === 'normal') {
        // Their doubles are out of a shader's reach; drawing them here gives every device the same numbers.
        const values = new Float32Array(count);
        fillRandom(values, distribution, seed, offset);
        return tensorBuffer(sink.upload(values), bytesFor(out));
      }
      const result = allocate(sink, out);
      const blocks = Math.ceil(count / 4);
      const words = [seed, Math.floor(seed / 2 ** 32), offset, Math.floor(offset / 2 ** 32)];
      sink.dispatch(uniform, [blocks, count, ...words.map((w) => w | 0)], [result.memory], blocks);
      return result;
    },
  };
}
