import { formatShape } from '@convnet/tensor-core';

import type { ByteSource } from '../bytes/byte-source.ts';
import { bitsOf, bytesFor, type ElementType } from '../elements/element-type.ts';
import { gather, swapBytes } from '../elements/strided.ts';
import { NumpyError, type NumpyFault } from '../errors.ts';
import { FileTensor } from '../file-tensor.ts';
import { isNpy, longestHeader, typesByCode } from './format.ts';

/** What the header of an array says. */
interface Header {
  readonly dtype: ElementType;
  readonly isBigEndian: boolean;
  /** Whether the first axis is the fastest. */
  readonly isColumnMajor: boolean;
  readonly shape: readonly number[];
}

/** The length of the header stands behind the magic and the version. */
const beforeLength = 8;

/**
 * Reads the header of a `.npy` file (NumPy Enhancement Proposal 1, "A simple file format for NumPy arrays"; versions 1
 * to 3).
 * @throws NumpyError, SourceError.
 */
export async function readNpy(source: ByteSource, position = 0): Promise<FileTensor> {
  const fail = (fault: NumpyFault, message: string): NumpyError =>
    new NumpyError(fault, source.name, message);
  const { name, size } = source;
  const first = await source.read(0, Math.min(12, size));
  if (!isNpy(first)) throw fail('format', 'expected an array of NumPy');
  const version = first[6];
  if (first.length < 12) throw fail('truncated', `the file has ${size} bytes and no header`);
  if (version === undefined || version < 1 || version > 3) {
    throw fail('format', `expected version 1, 2 or 3 of the format, got ${version}`);
  }
  const view = new DataView(first.buffer, first.byteOffset, 12);
  const headerStart = version === 1 ? beforeLength + 2 : beforeLength + 4;
  const length =
    version === 1 ? view.getUint16(beforeLength, true) : view.getUint32(beforeLength, true);
  if (length > longestHeader) {
    throw fail('header', `a header of ${length} bytes is longer than that of any array of numbers`);
  }
  const start = headerStart + length;
  if (start > size)
    throw fail('truncated', `the header ends at byte ${start}, the file at ${size}`);
  const text = new TextDecoder().decode(await source.read(headerStart, start));
  const header = parseHeader(text, fail);
  const { dtype, shape, isColumnMajor, isBigEndian } = header;
  const bytes = bytesFor(dtype, shape);
  if (bytes === null || start + bytes !== size) {
    const fault = bytes === null || start + bytes < size ? 'size' : 'truncated';
    throw fail(
      fault,
      `${dtype} ${formatShape(shape)} takes ${bytes ?? 'more'} bytes, the file has ${size - start} for it`,
    );
  }
  return new FileTensor({
    where: name,
    dtype,
    shape,
    position: position + start,
    read: async () => {
      const raw = await source.read(start, size);
      const width = bitsOf[dtype] / 8;
      const word = dtype.startsWith('complex') ? width / 2 : width;
      const ordered = isBigEndian ? swapBytes(raw, word) : raw;
      if (!isColumnMajor) return ordered;
      return gather(ordered, { offset: 0, shape, stride: columnMajorStrides(shape) }, width);
    },
  });
}

function columnMajorStrides(shape: readonly number[]): number[] {
  let step = 1;
  return shape.map((extent) => {
    step *= extent;
    return step / extent;
  });
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`: no more of Python than this. */
function parseHeader(
  text: string,
  fail: (fault: NumpyFault, message: string) => NumpyError,
): Header {
  const inside = /^\s*\{(.*)\}\s*$/s.exec(text)?.[1]?.trimEnd() ?? '';
  const fields = new Map<string, string>();
  const field =
    /\s*(['"])(descr|fortran_order|shape)\1\s*:\s*('[^']*'|"[^"]*"|True|False|\([\d\s,L]*\)|\[[^[\]]*\])\s*(?:,|$)/y;
  let at = 0;
  while (at < inside.length) {
    field.lastIndex = at;
    const match = field.exec(inside);
    if (match === null || fields.has(match[2]!)) break;
    fields.set(match[2]!, match[3]!);
    at = field.lastIndex;
  }
  const isOver = at >= inside.length;
  const descr = fields.get('descr');
  const order = fields.get('fortran_order');
  const shape = fields.get('shape');
  if (!isOver || descr === undefined || order === undefined || shape?.startsWith('(') !== true) {
    const came = JSON.stringify(text.trim().slice(0, 80));
    throw fail('header', `expected a header with descr, fortran_order and shape, got ${came}`);
  }
  const [, mark, code] = /^['"]([<>|=])(\w+)['"]$/.exec(descr) ?? [];
  const dtype = typesByCode.get(code ?? '');
  if (dtype === undefined) {
    throw fail('dtype', `expected elements that are numbers, got ${descr}; objects are not read`);
  }
  if (order !== 'True' && order !== 'False') throw fail('header', `fortran_order is ${order}`);
  const extents = shape.match(/\d+/g)?.map(Number) ?? [];
  if (
    !/^\((?:\s*\d+L?\s*,)*\s*(?:\d+L?\s*)?\)$/.test(shape) ||
    !extents.every(Number.isSafeInteger)
  ) {
    throw fail('header', `expected a shape of integers, got ${shape}`);
  }
  return { dtype, isBigEndian: mark === '>', isColumnMajor: order === 'True', shape: extents };
}
