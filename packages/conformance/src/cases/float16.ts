import {
  assign,
  cast,
  clone,
  concat,
  conv,
  expand,
  flip,
  fromFloat16,
  full,
  gather,
  indexSelect,
  pad,
  permute,
  reshape,
  scatter,
  scope,
  slice,
  split,
  stack,
  tensor,
  toFloat16,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { checkCase, type ConformanceCase } from '../case.ts';
import { asType, fixed, integers, listed, uniform, type Input } from '../inputs.ts';
import type { Program } from '../program.ts';

/** What IEEE 754 says that 16 bits are: sign, 5 bits of exponent, 10 of fraction. */
export function standardValue(bits: number): number {
  const sign = bits >> 15 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = (bits & 1023) / 1024;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -14 : (1 + fraction) * 2 ** (exponent - 15));
}

function mismatch(what: string, actual: ArrayLike<number>, expected: readonly number[]): string[] {
  const at = expected.findIndex((value, i) => !Object.is(actual[i], value));
  return actual.length === expected.length && at < 0
    ? []
    : [`${what}: element ${at} of ${actual.length} is ${actual[at]}, expected ${expected[at]}`];
}

function check(
  name: string,
  op: string,
  body: (device: Device) => Promise<readonly string[]>,
): ConformanceCase {
  return checkCase(name, op, (device) => scope(() => body(device)));
}

const allBits = Uint16Array.from({ length: 65_536 }, (_, i) => i);
const allValues = Array.from(allBits, standardValue);

/** The float32 numbers halfway between a float16 and the next, and their neighbours on both sides. */
const aroundMiddles: readonly number[] = Array.from({ length: 0x7bff }, (_, bits) => {
  const floats = new Float32Array(3).fill((standardValue(bits) + standardValue(bits + 1)) / 2);
  const words = new Int32Array(floats.buffer);
  words[0]!--;
  words[2]!++;
  return [...floats];
}).flat();

/** What they are rounded to: below, even, above. */
const roundedMiddles: readonly number[] = Array.from({ length: 0x7bff }, (_, bits) =>
  [bits, bits + (bits % 2), bits + 1].map(standardValue),
).flat();

export const float16Cases: readonly ConformanceCase[] = [
  check('all 65,536 float16 patterns are the numbers of IEEE 754', 'cast', async (device) => {
    const stored = tensor(allBits, [65_536], { device, dtype: 'float16' });
    const floats = cast(stored, 'float32');
    const back = cast(floats, 'float16');
    return [
      ...mismatch('read', await stored.data(), allValues),
      ...mismatch('as float32', await floats.data(), allValues),
      ...mismatch('back', await back.data(), allValues),
    ];
  }),
  check(
    'float32 between two float16 goes to the nearest, halves to even',
    'cast',
    async (device) => {
      const floats = tensor(aroundMiddles, [aroundMiddles.length], { device });
      return mismatch('cast', await cast(floats, 'float16').data(), roundedMiddles);
    },
  ),
  check('fill and pad round to float16', 'fill', async (device) => {
    const [tenth] = fromFloat16(toFloat16([0.1]));
    const x = full([3], 0.1, { device, dtype: 'float16' });
    const padded = pad(x, [[1, 1]], -0.1);
    return mismatch('padded', await padded.data(), [-tenth!, tenth!, tenth!, tenth!, -tenth!]);
  }),
  check('float16 takes half the memory of float32', 'upload', async (device) => {
    const bytes = (dtype: 'float16' | 'float32'): number =>
      full([4096], 1, { device, dtype }).buffer.byteLength;
    return mismatch('bytes', [bytes('float16')], [bytes('float32') / 2]);
  }),
  check('float16 is assigned and cloned', 'blend', async (device) => {
    const options = { device, dtype: 'float16' } as const;
    const target = tensor([NaN, 2, 3, 4, 5], [5], options);
    assign(target, tensor([6, 7, 8, 9, NaN], [5], options));
    return mismatch('clone', await clone(target).data(), [6, 7, 8, 9, NaN]);
  }),
];

const half = (shape: readonly number[]): Input => asType(fixed(uniform(shape)), 'float16');

const moves: readonly (readonly [
  string,
  readonly Input[],
  (...t: Tensor[]) => Tensor | readonly Tensor[],
])[] = [
  ['permute', [half([3, 5, 7])], (x) => permute(x, [2, 0, 1])],
  ['reshape', [half([3, 5, 7])], (x) => reshape(x, [7, 15])],
  ['slice', [half([2, 7, 3])], (x) => slice(x, 1, 1, 6, 2)],
  ['flip', [half([3, 3, 3])], (x) => flip(x, [0, 2])],
  [
    'pad',
    [half([3, 5])],
    (x) =>
      pad(
        x,
        [
          [1, 2],
          [0, 1],
        ],
        2,
      ),
  ],
  ['expand', [half([3, 1])], (x) => expand(x, [2, 3, 5])],
  ['concat', [half([1, 3]), half([4, 3]), half([2, 3])], (...t) => concat(t, 0)],
  ['stack', [half([5]), half([5])], (...t) => stack(t, 1)],
  ['split', [half([7, 3])], (x) => split(x, [1, 4, 2], 0)],
  ['gather', [half([5, 3]), integers([7, 3], 0, 4)], (x, index) => gather(x, 0, index)],
  ['indexSelect', [half([5, 3]), listed([4, 0, 4], [3], 'int32')], (x, i) => indexSelect(x, 0, i)],
  [
    'scatter',
    [half([5, 3]), listed([4, 0, 2], [1, 3], 'int32'), half([1, 3])],
    (x, index, source) => scatter(x, 0, index, source),
  ],
];

export const float16Programs: readonly Program[] = [
  ...moves.map(([op, inputs, body]): Program => ({ name: `${op} of float16`, op, inputs, body })),
  {
    name: 'float16 keeps the result of conv',
    op: 'cast',
    inputs: [integers([2, 3, 3, 5], -4, 4), integers([5, 3, 1, 1], -4, 4)],
    body: (x, weight) => {
      const y = cast(conv(cast(x, 'float32'), cast(weight, 'float32')), 'float16');
      return [y, slice(y, 1, 1, 4), reshape(y, [150]), cast(y, 'int32')];
    },
  },
  {
    name: 'gradients pass float16 unrounded',
    op: 'cast',
    inputs: [uniform([3, 5]), uniform([2, 5])],
    body: (a, b) => {
      const stored = concat([cast(a, 'float16'), cast(b, 'float16')]);
      return cast(permute(expand(stored, [2, 5, 5]), [2, 0, 1]), 'float32');
    },
    // Steps of rounding have no slope.
    smooth: false,
  },
];
