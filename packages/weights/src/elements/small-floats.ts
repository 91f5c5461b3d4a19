/** How eight bits are a number: a sign, an exponent and a fraction, and what the ends of their range mean. */
interface SmallFloat {
  readonly exponentBits: number;
  readonly fractionBits: number;
  readonly bias: number;
  /** As in IEEE 754; `fn`: the two patterns of ones are NaN; `fnuz`: minus zero is NaN, and there is no other. */
  readonly special: 'ieee' | 'fn' | 'fnuz';
}

/**
 * Numbers of eight bits. E4M3 and E5M2: Micikevicius et al., "FP8 formats for deep learning", 2022; the `fnuz` ones:
 * Noune et al., "8-bit numerical formats for deep neural networks", 2022.
 */
const formats: Readonly<Record<IeeeLike, SmallFloat>> = {
  float8_e4m3fn: { exponentBits: 4, fractionBits: 3, bias: 7, special: 'fn' },
  float8_e5m2: { exponentBits: 5, fractionBits: 2, bias: 15, special: 'ieee' },
  float8_e4m3fnuz: { exponentBits: 4, fractionBits: 3, bias: 8, special: 'fnuz' },
  float8_e5m2fnuz: { exponentBits: 5, fractionBits: 2, bias: 16, special: 'fnuz' },
};

type IeeeLike = 'float8_e4m3fn' | 'float8_e5m2' | 'float8_e4m3fnuz' | 'float8_e5m2fnuz';

/** A type of numbers of eight bits. */
export type SmallFloatType = IeeeLike | 'float8_e8m0fnu';

function valueOf(bits: number, { exponentBits, fractionBits, bias, special }: SmallFloat): number {
  const negative = bits >= 128;
  const magnitude = bits & 127;
  const top = 2 ** exponentBits - 1;
  const exponent = magnitude >> fractionBits;
  const fraction = magnitude & (2 ** fractionBits - 1);
  if (special === 'fnuz' && bits === 128) return Number.NaN;
  if (special === 'fn' && magnitude === 127) return Number.NaN;
  if (special === 'ieee' && exponent === top) {
    if (fraction !== 0) return Number.NaN;
    return negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  const lead = exponent === 0 ? 0 : 1;
  const scale = 2 ** (Math.max(exponent, 1) - bias);
  const value = (lead + fraction / 2 ** fractionBits) * scale;
  return negative ? -value : value;
}

/** The number that each of the 256 patterns stands for. All are float32 numbers. */
export function smallFloatTable(type: SmallFloatType): Float32Array<ArrayBuffer> {
  // Exponents only (OCP Microscaling Formats 1.0, section 5.4.1).
  if (type === 'float8_e8m0fnu') {
    return Float32Array.from({ length: 256 }, (_, bits) =>
      bits === 255 ? Number.NaN : 2 ** (bits - 127),
    );
  }
  return Float32Array.from({ length: 256 }, (_, bits) => valueOf(bits, formats[type]));
}
