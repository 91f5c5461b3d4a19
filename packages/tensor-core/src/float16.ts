import { ArgumentError } from './errors.ts';
import { formatValue } from './format-value.ts';

/**
 * IEEE 754 binary16 as 16 bits in an integer: JavaScript engines before 2025 have no Float16Array, and a device
 * needs the bits.
 */

function misfit(where: string, expected: string, value: unknown): ArgumentError {
  return new ArgumentError(`${where}: expected ${expected}, got ${formatValue(value)}`);
}

function requireList(where: string, name: string, list: unknown): void {
  if (Array.isArray(list) || ArrayBuffer.isView(list)) return;
  throw misfit(where, `${name} as a list of numbers`, list);
}

const floats = new Float32Array(1);
const words = new Uint32Array(floats.buffer);

/**
 * The bits of the float16 nearest to `value`, halves to even; beyond 65,504 + 16 an infinity. A number is
 * rounded to float32 first, as PyTorch does.
 */
export function float16Bits(value: number): number {
  if (typeof value !== 'number') throw misfit('float16Bits', 'value as a number', value);
  floats[0] = value;
  const bits = words[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude < 0x38800000) return sign | subnormalBits(magnitude);
  // The exponent is 112 less; a carry out of the fraction raises it.
  const rounded = (magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000) >>> 13;
  return sign | Math.min(rounded, 0x7c00);
}

/** A float32 below 2^-14, as a multiple of 2^-24. */
function subnormalBits(magnitude: number): number {
  const exponent = magnitude >>> 23;
  if (exponent < 102) return 0;
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - exponent;
  const below = (1 << (shift - 1)) - 1;
  return (fraction + below + ((fraction >>> shift) & 1)) >>> shift;
}

/** The number that 16 bits stand for. */
export function float16Value(bits: number): number {
  if (!(bits >= 0 && typeof bits === 'number')) {
    throw misfit('float16Value', 'bits as an integer ≥ 0', bits);
  }
  const magnitude = bits & 0x7fff;
  if (magnitude < 0x400) return (bits & 0x8000 ? -1 : 1) * magnitude * 2 ** -24;
  const exponent = magnitude < 0x7c00 ? 0x38000000 : 0x70000000;
  words[0] = ((bits & 0x8000) << 16) | ((magnitude << 13) + exponent);
  return floats[0]!;
}

/** Numbers as the bits of float16, for files and devices. */
export function toFloat16(values: ArrayLike<number>): Uint16Array<ArrayBuffer> {
  requireList('toFloat16', 'values', values);
  const bits = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = float16Bits(values[i]!);
  return bits;
}

/** The numbers that the bits of float16 stand for; all are float32 numbers. */
export function fromFloat16(bits: ArrayLike<number>): Float32Array<ArrayBuffer> {
  requireList('fromFloat16', 'bits', bits);
  const values = new Float32Array(bits.length);
  for (let i = 0; i < values.length; i++) values[i] = float16Value(bits[i]!);
  return values;
}
