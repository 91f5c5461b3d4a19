import {
  ArgumentError,
  formatShape,
  anObject,
  checkOptions,
  formatValue,
  optionKinds,
} from '@convnet/tensor-core';

import { concatenate } from '../bytes/concatenate.ts';
import { hostTensors, type TensorsToWrite, type WritableTensor } from '../host-tensor.ts';
import { isWellFormed } from '../json-scanner.ts';
import { longestHeader, lengthBytes, metadataName, typesByName } from './format.ts';

/** Options of `encodeSafetensors` and `saveSafetensors`. */
export interface SafetensorsWriteOptions {
  /** Texts for the reader, in the order in which they are to stand. */
  readonly metadata?: Readonly<Record<string, string>>;
}

const writeOptions = optionKinds<SafetensorsWriteOptions>({ metadata: anObject });

const order = new Map(Array.from(typesByName, ([name, type], rank) => [type, { name, rank }]));

/**
 * A safetensors file in pieces, to be written one behind the other: equal, byte for byte, to what the reference
 * implementation writes for the same tensors and at most one text of metadata (the order of several is random there).
 * Tensors are read from their device at the time of the call.
 * @throws ArgumentError for names, metadata or tensors that the format does not have.
 */
export async function safetensorsChunks(
  tensors: TensorsToWrite,
  options: SafetensorsWriteOptions = {},
): Promise<readonly Uint8Array[]> {
  checkOptions('safetensorsChunks', options, writeOptions);
  const { metadata } = options;
  const list = (await hostTensors('safetensorsChunks', tensors)).map(checked);
  list.sort((a, b) => b.rank - a.rank || compareBytes(a.name, b.name));
  const fields: string[] = [];
  if (metadata !== undefined) {
    requireTexts(metadata);
    fields.push(`"${metadataName}":${JSON.stringify(metadata)}`);
  }
  let offset = 0;
  for (const { name, type, tensor } of list) {
    const end = offset + tensor.bytes.length;
    const entry = { dtype: type, shape: tensor.shape, data_offsets: [offset, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    offset = end;
  }
  return [header(fields), ...list.map(({ tensor }) => tensor.bytes)];
}

/** A safetensors file in memory; see `safetensorsChunks`. */
export async function encodeSafetensors(
  tensors: TensorsToWrite,
  options: SafetensorsWriteOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  checkOptions('encodeSafetensors', options, writeOptions);
  return concatenate(await safetensorsChunks(tensors, options));
}

/** The length of the header, and the header filled up with spaces to a multiple of 8 bytes. */
function header(fields: readonly string[]): Uint8Array {
  const text = new TextEncoder().encode(`{${fields.join(',')}}`);
  const length = Math.ceil(text.length / lengthBytes) * lengthBytes;
  if (length > longestHeader) {
    throw new ArgumentError(
      `safetensorsChunks: the header takes ${length} bytes, the format allows ${longestHeader}`,
    );
  }
  const bytes = new Uint8Array(lengthBytes + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, lengthBytes);
  return bytes;
}

interface Checked {
  readonly name: string;
  readonly type: string;
  readonly rank: number;
  readonly tensor: WritableTensor;
}

function checked([name, tensor]: readonly [string, WritableTensor]): Checked {
  if (name === metadataName || !isWellFormed(name)) {
    throw new ArgumentError(
      `safetensorsChunks: no tensor can be called ${JSON.stringify(name)} in a safetensors file`,
    );
  }
  const type = order.get(tensor.dtype);
  if (type === undefined) {
    throw new ArgumentError(
      `safetensorsChunks: the format has no ${tensor.dtype}, the type of ${name} ${formatShape(tensor.shape)}`,
    );
  }
  return { name, type: type.name, rank: type.rank, tensor };
}

function requireTexts(metadata: Readonly<Record<string, unknown>>): void {
  for (const [key, value] of Object.entries(metadata)) {
    if (typeof value === 'string' && isWellFormed(value) && isWellFormed(key)) continue;
    throw new ArgumentError(
      `safetensorsChunks: expected texts as metadata, got ${formatValue(value)} for ${JSON.stringify(key)}`,
    );
  }
}

/** Which of two names comes first by their UTF-8 bytes, which is by their code points. */
function compareBytes(a: string, b: string): number {
  const left = Array.from(a, (character) => character.codePointAt(0)!);
  const right = Array.from(b, (character) => character.codePointAt(0)!);
  for (let i = 0; i < left.length && i < right.length; i++) {
    if (left[i] !== right[i]) return left[i]! - right[i]!;
  }
  return left.length - right.length;
}
