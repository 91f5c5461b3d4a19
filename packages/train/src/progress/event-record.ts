import { crc32c } from './crc32c.ts';

/**
 * Records of TensorBoard's event files: a TFRecord (length, checksum, bytes, checksum) around a protocol-buffer message
 * `tensorflow.Event`. Only the fields that are written here: wall_time 1, step 2, file_version 3, summary 5; of a
 * summary's value 1: tag 1 and simple_value 2.
 */

/** The first record of a file. @param wallTime seconds since 1970 */
export function versionRecord(wallTime: number): Uint8Array {
  return record([...double(1, wallTime), ...text(3, 'brain.Event:2')]);
}

/** Some numbers of one step, each a point of a curve. @param wallTime seconds since 1970 */
export function scalarsRecord(
  values: Readonly<Record<string, number>>,
  step: number,
  wallTime: number,
): Uint8Array {
  const summary = Object.entries(values).flatMap(([tag, value]) =>
    message(1, [...text(1, tag), ...float(2, value)]),
  );
  return record([...double(1, wallTime), ...integer(2, step), ...message(5, summary)]);
}

function record(data: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(data.length + 16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length, true);
  view.setUint32(8, masked(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, masked(bytes.subarray(12, 12 + data.length)), true);
  return bytes;
}

/** A checksum of data that may hold checksums. */
function masked(bytes: Uint8Array): number {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return [...bytes, rest];
}

function tag(field: number, wireType: number): number[] {
  return varint(field * 8 + wireType);
}

/** Fields that are 0 are not written, as in proto3. */
function integer(field: number, value: number): number[] {
  return value === 0 ? [] : [...tag(field, 0), ...varint(value)];
}

function double(field: number, value: number): number[] {
  return [...tag(field, 1), ...new Uint8Array(Float64Array.of(value).buffer)];
}

function float(field: number, value: number): number[] {
  return [...tag(field, 5), ...new Uint8Array(Float32Array.of(value).buffer)];
}

function message(field: number, bytes: readonly number[]): number[] {
  return [...tag(field, 2), ...varint(bytes.length), ...bytes];
}

function text(field: number, value: string): number[] {
  return message(field, [...new TextEncoder().encode(value)]);
}
