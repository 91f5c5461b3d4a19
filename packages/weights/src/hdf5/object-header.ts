import type { Hdf5Bytes } from './hdf5-bytes.ts';

/** A message of an object header (HDF5 file format 3.0, section IV.A.2). */
export interface Message {
  readonly type: number;
  /** Whether its content stands elsewhere. */
  readonly isShared: boolean;
  readonly content: DataView;
}

/** Kinds of messages. */
export const messageType = {
  dataspace: 0x01,
  datatype: 0x03,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

const prefixBytes = 16;
const messageHeadBytes = 8;
/** Blocks of one header; more are a circle. */
const mostBlocks = 4096;

/** The messages of a header of version 1 (section IV.A.1.a), the one that is written unless another is asked for. */
export async function readMessages(file: Hdf5Bytes, address: number): Promise<readonly Message[]> {
  const what = `the object header at byte ${address}`;
  const prefix = await file.view(address, prefixBytes, what);
  const version = prefix.getUint8(0);
  if (version !== 1) {
    const isNewer = String.fromCharCode(version) === 'O';
    throw file.fail(
      isNewer ? 'format' : 'structure',
      `${what}: expected version 1${isNewer ? ', got version 2, which Keras does not write' : `, got ${version}`}`,
    );
  }
  const count = prefix.getUint16(2, true);
  const blocks: [start: number, length: number][] = [
    [address + prefixBytes, prefix.getUint32(8, true)],
  ];
  const seen = new Set<number>();
  const messages: Message[] = [];
  for (const [start, length] of blocks) {
    if (seen.has(start) || seen.size >= mostBlocks) {
      throw file.fail('structure', `${what}: its blocks lead in a circle`);
    }
    seen.add(start);
    const block = await file.view(start, length, what);
    let at = 0;
    while (at + messageHeadBytes <= length && messages.length < count) {
      const type = block.getUint16(at, true);
      const size = block.getUint16(at + 2, true);
      const begin = at + messageHeadBytes;
      if (begin + size > length) {
        throw file.fail('structure', `${what}: a message ends behind its block`);
      }
      const content = new DataView(block.buffer, block.byteOffset + begin, size);
      messages.push({ type, isShared: (block.getUint8(at + 4) & 2) !== 0, content });
      if (type === messageType.continuation && size >= 16) {
        blocks.push([file.address(content, 0, what), file.address(content, 8, what)]);
      }
      at = begin + size;
    }
  }
  return messages;
}
