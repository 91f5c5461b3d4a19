import { formatShape } from '@convnet/tensor-core';

import { bitsOf, bytesFor, type ElementType } from '../elements/element-type.ts';
import { swapBytes } from '../elements/strided.ts';
import { readDataspace } from './dataspace.ts';
import { readDatatype } from './datatype.ts';
import type { Hdf5Bytes } from './hdf5-bytes.ts';
import { messageType, type Message } from './object-header.ts';

/** Numbers of a file, before they are read. */
export interface Dataset {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  /** Where its elements begin in the file. */
  readonly position: number;
  /** Row-major, little-endian. */
  read(): Promise<Uint8Array>;
}

/** Where the elements of a dataset are: in the file, or in the message itself. */
type Place = { readonly start: number; readonly length: number } | { readonly bytes: Uint8Array };

/**
 * The numbers of an object header with a dataspace, a datatype and a layout.
 * @throws KerasFileError.
 */
export function readDataset(file: Hdf5Bytes, messages: readonly Message[], name: string): Dataset {
  const content = (type: number, what: string): DataView => {
    const message = messages.find((each) => each.type === type);
    if (message === undefined) throw file.fail('structure', `${name} has no ${what}`);
    if (!message.isShared) return message.content;
    throw file.fail('storage', `${name}: its ${what} stands elsewhere, which is not read`);
  };
  const shape = readDataspace(file, content(messageType.dataspace, 'dataspace'));
  const type = readDatatype(file, content(messageType.datatype, 'datatype'));
  if (type.kind !== 'number') {
    const came = type.kind === 'other' ? type.name : 'texts';
    throw file.fail('dtype', `${name}: expected numbers, got ${came}`);
  }
  const { dtype, isBigEndian } = type;
  const length = bytesFor(dtype, shape);
  const place = readLayout(file, content(messageType.layout, 'layout'), name);
  if (messages.some((each) => each.type === messageType.externalFiles)) {
    throw file.fail('storage', `${name}: its elements stand in other files`);
  }
  const room = 'bytes' in place ? place.bytes.length : place.length;
  if (length === null || length !== room) {
    throw file.fail(
      'size',
      `${name}, ${dtype} ${formatShape(shape)}, takes ${length ?? 'more'} bytes, the file has ${room} for it`,
    );
  }
  if (!('bytes' in place)) file.requireInside(place.start, length, name);
  return {
    dtype,
    shape,
    position: 'bytes' in place ? 0 : place.start,
    read: async () => {
      const raw =
        'bytes' in place ? place.bytes : await file.source.read(place.start, place.start + length);
      return isBigEndian ? swapBytes(raw, bitsOf[dtype] / 8) : raw;
    },
  };
}

const layoutNames = ['compact', 'contiguous', 'in chunks', 'virtual'];

/** A layout message (HDF5 file format 3.0, section IV.A.2.i). */
function readLayout(file: Hdf5Bytes, content: DataView, name: string): Place {
  const fail = (): Error => file.fail('structure', `the layout of ${name} ends too early`);
  if (content.byteLength < 4) throw fail();
  const version = content.getUint8(0);
  if (version !== 3 && version !== 4) {
    throw file.fail('format', `${name}: expected a layout of version 3 or 4, got ${version}`);
  }
  const kind = content.getUint8(1);
  if (kind === 0) {
    const length = content.getUint16(2, true);
    if (content.byteLength < 4 + length) throw fail();
    return { bytes: new Uint8Array(content.buffer, content.byteOffset + 4, length).slice() };
  }
  if (kind === 1) {
    if (content.byteLength < 18) throw fail();
    const start = file.word(content, 2);
    const length = file.address(content, 10, name);
    // What was never written has no place.
    return start === null ? { bytes: new Uint8Array() } : { start, length };
  }
  throw file.fail(
    'storage',
    `${name} is stored ${layoutNames[kind] ?? `as class ${kind}`}; only what is stored whole and uncompressed is read, as Keras writes it`,
  );
}
