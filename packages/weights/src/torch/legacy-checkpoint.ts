import type { ByteSource } from '../bytes/byte-source.ts';
import { bitsOf } from '../elements/element-type.ts';
import { TorchFileError, type TorchFileFault } from '../errors.ts';
import { AllowList } from './allow-list.ts';
import { storageOf } from './persistent.ts';
import { OutOfBytes } from './pickle/byte-reader.ts';
import { unpickle, type PickleHost } from './pickle/machine.ts';
import type { StorageReference } from './storage.ts';
import type { Storages } from './tensors.ts';

/** The first pickle of a legacy file: the number 0x1950a86a20f9469cfc6c. */
const magic = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocolVersion = 1001;
/** Read at first; where the pickles are longer, twice as much and so on. */
const firstRead = 2 ** 20;
/** In front of each storage, the number of its elements. */
const lengthBytes = 8;

/** Whether a file begins as `torch.save` wrote it before 1.6, in whatever protocol of pickle. */
export function isLegacyCheckpoint(first: Uint8Array): boolean {
  // Behind the operations that say the protocol.
  const start = first[0] !== 0x80 ? 0 : first[2] === 0x95 ? 11 : 2;
  return magic.every((byte, i) => first[start + i] === byte);
}

/**
 * What a file holds that `torch.save` wrote before PyTorch 1.6, or with `_use_new_zipfile_serialization=False`: five
 * pickles (a magic number, a version, the machine, the object, the keys of its storages) and then the storages.
 * @throws TorchFileError, SourceError.
 */
export async function readLegacyCheckpoint(source: ByteSource): Promise<unknown> {
  for (let length = firstRead; ; length *= 2) {
    const bytes = await source.read(0, Math.min(length, source.size));
    const storages = new LegacyStorages(source);
    try {
      return readPickles(bytes, storages);
    } catch (error) {
      if (!(error instanceof OutOfBytes)) throw error;
      if (bytes.length === source.size) {
        throw new TorchFileError('truncated', source.name, error.message);
      }
    }
  }
}

function readPickles(bytes: Uint8Array, storages: LegacyStorages): unknown {
  const { name } = storages.source;
  const fail = (fault: TorchFileFault, message: string): TorchFileError =>
    new TorchFileError(fault, name, message);
  const allowed = new AllowList(storages);
  const references = new Map<string, StorageReference>();
  const host: PickleHost = {
    find: (module, global) => allowed.find(module, global),
    persistent: (id) => {
      const reference = storageOf(id, name);
      const known = references.get(reference.key);
      if (known !== undefined && known.dtype !== reference.dtype) {
        throw fail('storage', `the storage ${reference.key} is of two types`);
      }
      references.set(reference.key, reference);
      return reference;
    },
    fail,
  };
  let at = 0;
  const next = (): unknown => {
    const { value, length } = unpickle(bytes.subarray(at), host);
    at += length;
    return value;
  };
  if (next() !== magicNumber) throw fail('format', 'expected the magic number of PyTorch');
  const version = next();
  if (version !== protocolVersion) {
    throw fail(
      'format',
      `expected version ${protocolVersion} of the format, got ${String(version)}`,
    );
  }
  // The machine that wrote it. Storages are little-endian whatever it was.
  next();
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw fail('pickle', 'expected the keys of the storages');
  storages.place(keys.map(String), references, at);
  return value;
}

/** The bytes of a storage in the file. */
interface Place {
  readonly start: number;
  readonly size: number;
  /** What should stand in front of it. */
  readonly elements: number;
}

class LegacyStorages implements Storages {
  readonly source: ByteSource;
  isBigEndian = false;
  readonly #places = new Map<string, Place>();

  constructor(source: ByteSource) {
    this.source = source;
  }

  /** Storages follow each other in the order of their keys, from `start` on. */
  place(
    keys: readonly string[],
    references: ReadonlyMap<string, StorageReference>,
    start: number,
  ): void {
    const { name, size: fileSize } = this.source;
    let at = start;
    for (const key of keys) {
      const reference = references.get(key);
      if (reference === undefined || this.#places.has(key)) {
        throw new TorchFileError(
          'storage',
          name,
          `no tensor lies in the storage ${key}, or it stands twice`,
        );
      }
      const { dtype, total } = reference;
      const size = total * (dtype === null ? 1 : bitsOf[dtype] / 8);
      at += lengthBytes;
      this.#places.set(key, { start: at, size, elements: total });
      at += size;
    }
    if (at > fileSize) {
      throw new TorchFileError(
        'truncated',
        name,
        `its storages end at byte ${at}, the file at ${fileSize}`,
      );
    }
  }

  sizeOf(key: string): number | undefined {
    return this.#places.get(key)?.size;
  }

  positionOf(key: string): number {
    return this.#places.get(key)?.start ?? 0;
  }

  async startOf(key: string): Promise<number> {
    const { start, elements } = this.#places.get(key)!;
    const bytes = await this.source.read(start - lengthBytes, start);
    const view = new DataView(bytes.buffer, bytes.byteOffset, lengthBytes);
    const found = view.getBigInt64(0, true);
    if (found !== BigInt(elements)) {
      throw new TorchFileError(
        'storage',
        this.source.name,
        `expected ${elements} elements in the storage ${key}, it says ${found}`,
      );
    }
    return start;
  }
}
