import { SignalError } from '../../errors.ts';

/** How a format of WFDB lays out samples, and what stands for one that is missing. Source: signal(5). */
interface SampleFormat {
  /** Samples that share bytes, and those bytes. */
  readonly group: number;
  readonly bytes: number;
  /** Value of a sample that is not there. */
  readonly invalid: number | null;
  read(view: DataView, at: number, place: number): number;
}

const signed = (value: number, bits: number): number => (value << (32 - bits)) >> (32 - bits);

const formats: Readonly<Record<number, SampleFormat>> = {
  16: { group: 1, bytes: 2, invalid: -32768, read: (view, at) => view.getInt16(at, true) },
  24: {
    group: 1,
    bytes: 3,
    invalid: -8388608,
    read: (view, at) => view.getUint16(at, true) + view.getInt8(at + 2) * 65536,
  },
  32: { group: 1, bytes: 4, invalid: -2147483648, read: (view, at) => view.getInt32(at, true) },
  61: { group: 1, bytes: 2, invalid: -32768, read: (view, at) => view.getInt16(at) },
  80: { group: 1, bytes: 1, invalid: -128, read: (view, at) => view.getUint8(at) - 128 },
  160: {
    group: 1,
    bytes: 2,
    invalid: -32768,
    read: (view, at) => view.getUint16(at, true) - 32768,
  },
  // Two samples of 12 bits in three bytes: low bytes outside, the upper four bits of both in the middle.
  212: {
    group: 2,
    bytes: 3,
    invalid: -2048,
    read: (view, at, place) => {
      const middle = view.getUint8(at + 1);
      return place === 0
        ? signed(((middle & 0x0f) << 8) | view.getUint8(at), 12)
        : signed(((middle & 0xf0) << 4) | view.getUint8(at + 2), 12);
    },
  },
};

/** Where the converter values of `count` samples stand from byte `offset` on, NaN where one is missing. */
export function readWfdbSamples(
  bytes: Uint8Array,
  format: number,
  offset: number,
  count: number | null,
  source: string,
): Float64Array {
  const layout = formats[format];
  if (layout === undefined) {
    throw new SignalError(
      'format',
      source,
      `expected a format of ${Object.keys(formats).join(', ')}, got ${format}`,
    );
  }
  const { group, bytes: groupBytes, invalid, read } = layout;
  const available = Math.max(bytes.length - offset, 0);
  const whole = Math.floor(available / groupBytes) * group;
  // The first sample of a pair may stand alone, in two bytes.
  const present = whole + (group === 2 && available % groupBytes === 2 ? 1 : 0);
  const wanted = count ?? present;
  if (present < wanted) {
    throw new SignalError(
      'length',
      source,
      `expected ${wanted} samples of format ${format}, the file of ${bytes.length} bytes has ${present}: it is cut short`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Float64Array.from({ length: wanted }, (_, i) => {
    const value = read(view, offset + Math.floor(i / group) * groupBytes, i % group);
    return value === invalid ? Number.NaN : value;
  });
}
