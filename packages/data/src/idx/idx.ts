import {
  aFiniteNumber,
  aFunction,
  aShape,
  aString,
  checkOptions,
  elementCount,
  formatShape,
  listOf,
  optionKinds,
  perAxisNumbers,
  requireKind,
} from '@convnet/tensor-core';
import { ArrayDataset, type ArrayDatasetOptions } from '../dataset/array-dataset.ts';
import { requireFileBytes } from '../file-bytes.ts';
import { IdxError } from '../errors.ts';

/** Host arrays that an IDX file can hold. */
export type IdxArray =
  | Uint8Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** An array read from an IDX file, row-major. */
export interface IdxFile {
  readonly shape: readonly number[];
  readonly data: IdxArray;
}

interface ElementType {
  readonly name: string;
  readonly bytes: number;
  readonly read: (view: DataView, start: number, count: number) => IdxArray;
}

/** Fills `out` with big-endian elements read one at a time. */
function readEach<T extends IdxArray>(
  out: T,
  bytes: number,
  start: number,
  read: (offset: number) => number,
): T {
  for (let i = 0; i < out.length; i++) out[i] = read(start + i * bytes);
  return out;
}

const elementTypes: Readonly<Record<number, ElementType>> = {
  0x08: {
    name: 'uint8',
    bytes: 1,
    read: (view, start, count) =>
      new Uint8Array(view.buffer, view.byteOffset + start, count).slice(),
  },
  0x09: {
    name: 'int8',
    bytes: 1,
    read: (view, start, count) =>
      new Int8Array(view.buffer, view.byteOffset + start, count).slice(),
  },
  0x0b: {
    name: 'int16',
    bytes: 2,
    read: (view, start, count) =>
      readEach(new Int16Array(count), 2, start, (offset) => view.getInt16(offset)),
  },
  0x0c: {
    name: 'int32',
    bytes: 4,
    read: (view, start, count) =>
      readEach(new Int32Array(count), 4, start, (offset) => view.getInt32(offset)),
  },
  0x0d: {
    name: 'float32',
    bytes: 4,
    read: (view, start, count) =>
      readEach(new Float32Array(count), 4, start, (offset) => view.getFloat32(offset)),
  },
  0x0e: {
    name: 'float64',
    bytes: 8,
    read: (view, start, count) =>
      readEach(new Float64Array(count), 8, start, (offset) => view.getFloat64(offset)),
  },
};

function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

/**
 * Reads an IDX file, the format of MNIST (Y. LeCun, C. Cortes, C. Burges, "The MNIST database"): two zero
 * bytes, a byte for the element type, a byte for the number of axes, the extents as big-endian 32-bit
 * integers, then the elements, big-endian and row-major. The result shares no memory with `bytes`.
 *
 * @param source name of the file for error messages.
 * @throws IdxError naming the `fault`: 'compressed' (still gzip), 'magic', 'type', 'truncated' or 'trailing'.
 */
export function parseIdx(bytes: Uint8Array, source = 'IDX file'): IdxFile {
  requireFileBytes('parseIdx', bytes);
  requireKind('parseIdx', 'source', source, aString);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    throw new IdxError(
      'compressed',
      source,
      'the file is compressed with gzip; decompress it first',
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4) {
    throw new IdxError('truncated', source, `expected an IDX header, got ${bytes.length} bytes`);
  }
  const magic = view.getUint32(0);
  if (magic >>> 16 !== 0) {
    throw new IdxError(
      'magic',
      source,
      `expected the IDX magic number 0x0000TTRR (type, rank), got ${hex(magic, 8)}`,
    );
  }
  const type = elementTypes[bytes[2]!];
  if (type === undefined) {
    const known = Object.entries(elementTypes).map(
      ([code, { name }]) => `${hex(Number(code), 2)} (${name})`,
    );
    throw new IdxError(
      'type',
      source,
      `expected an element type of ${known.join(', ')}, got ${hex(bytes[2]!, 2)}`,
    );
  }
  const rank = bytes[3]!;
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) {
    throw new IdxError(
      'truncated',
      source,
      `the header of ${rank} axes takes ${headerBytes} bytes, the file has ${bytes.length}`,
    );
  }
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  const count = elementCount(shape);
  const expected = headerBytes + count * type.bytes;
  if (bytes.length !== expected) {
    const fault = bytes.length < expected ? 'truncated' : 'trailing';
    const verdict = fault === 'truncated' ? 'it is cut short' : 'bytes are left over';
    throw new IdxError(
      fault,
      source,
      `${type.name} ${formatShape(shape)} takes ${expected} bytes, the file has ${bytes.length}: ${verdict}`,
    );
  }
  return { shape, data: type.read(view, headerBytes, count) };
}

/** One IDX file and the name that errors call it by. */
export interface IdxSource {
  readonly bytes: Uint8Array;
  readonly source: string;
}

/** Options of `idxDataset`. */
export interface IdxDatasetOptions extends Pick<
  ArrayDatasetOptions,
  'classes' | 'scale' | 'mean' | 'std' | 'transforms'
> {
  /** Sample shape to read the elements by; by default [1, …the file's axes after the first]. */
  readonly inputShape?: readonly number[];
}

const idxDatasetOptions = optionKinds<IdxDatasetOptions>({
  classes: listOf(aString),
  scale: aFiniteNumber,
  mean: perAxisNumbers,
  std: perAxisNumbers,
  transforms: listOf(aFunction),
  inputShape: aShape,
});

const sourceKinds = optionKinds<IdxSource>({
  bytes: { expected: 'a Uint8Array', accepts: (value) => value instanceof Uint8Array },
  source: aString,
});

/**
 * A dataset from an IDX file of bytes [N, …] and an IDX file of N byte labels.
 *
 * @throws IdxError as `parseIdx` does, or with fault 'type' or 'rank' where the files hold something else,
 *   or 'count' where the numbers of samples and labels differ.
 * @throws DatasetError where the labels do not fit `classes`, or `inputShape` the samples.
 */
export function idxDataset(
  samples: IdxSource,
  labels: IdxSource,
  options: IdxDatasetOptions,
): ArrayDataset {
  checkOptions('idxDataset: samples', samples, sourceKinds, ['bytes', 'source']);
  checkOptions('idxDataset: labels', labels, sourceKinds, ['bytes', 'source']);
  checkOptions('idxDataset', options, idxDatasetOptions, ['classes']);
  const sampleFile = requireBytes(samples);
  const labelFile = requireBytes(labels);
  if (sampleFile.shape.length < 2) {
    throw new IdxError(
      'rank',
      samples.source,
      `expected samples with 2 axes or more, got shape ${formatShape(sampleFile.shape)}`,
    );
  }
  if (labelFile.shape.length !== 1) {
    throw new IdxError(
      'rank',
      labels.source,
      `expected labels with 1 axis, got shape ${formatShape(labelFile.shape)}`,
    );
  }
  const [count, ...extents] = sampleFile.shape;
  if (labelFile.shape[0] !== count) {
    throw new IdxError(
      'count',
      labels.source,
      `expected a label for each of the ${count} samples of ${samples.source}, got ${labelFile.shape[0]}`,
    );
  }
  const { inputShape = [1, ...extents], ...rest } = options;
  return new ArrayDataset({ ...rest, inputShape, data: sampleFile.data, labels: labelFile.data });
}

function requireBytes({ bytes, source }: IdxSource): {
  shape: readonly number[];
  data: Uint8Array;
} {
  const { shape, data } = parseIdx(bytes, source);
  if (!(data instanceof Uint8Array)) {
    throw new IdxError(
      'type',
      source,
      `expected elements of type 0x08 (uint8), got ${hex(bytes[2]!, 2)}`,
    );
  }
  return { shape, data };
}
