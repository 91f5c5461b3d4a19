import type { ByteSource } from '../bytes/byte-source.ts';
import { readAttribute } from './attribute.ts';
import { readDataset, type Dataset } from './dataset.ts';
import { readLinks } from './group.ts';
import { Hdf5Bytes } from './hdf5-bytes.ts';
import { messageType, readMessages, type Message } from './object-header.ts';

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const superblockBytes = 96;

/** Whether a file begins as HDF5 does. */
export function isHdf5(first: Uint8Array): boolean {
  return signature.every((byte, i) => first[i] === byte);
}

/** A group or a dataset. */
export class Hdf5Object {
  readonly path: string;
  readonly #file: Hdf5Bytes;
  readonly #messages: readonly Message[];
  #links: Promise<ReadonlyMap<string, number>> | undefined;

  constructor(file: Hdf5Bytes, path: string, messages: readonly Message[]) {
    this.path = path;
    this.#file = file;
    this.#messages = messages;
  }

  get isGroup(): boolean {
    return this.#messages.some(({ type }) => type === messageType.symbolTable);
  }

  /** Addresses of what a group has, by name. */
  links(): Promise<ReadonlyMap<string, number>> {
    this.#links ??= this.#readLinks();
    return this.#links;
  }

  async #readLinks(): Promise<ReadonlyMap<string, number>> {
    const table = this.#messages.find(({ type }) => type === messageType.symbolTable);
    if (table === undefined) return new Map();
    const { content } = table;
    const what = `the group ${this.path}`;
    if (content.byteLength < 16) throw this.#file.fail('structure', `${what} ends too early`);
    return readLinks(
      this.#file,
      this.#file.address(content, 0, what),
      this.#file.address(content, 8, what),
    );
  }

  /** The object of a group that stands at an address. */
  async at(name: string, address: number): Promise<Hdf5Object> {
    const path = this.path === '' ? name : `${this.path}/${name}`;
    return new Hdf5Object(this.#file, path, await readMessages(this.#file, address));
  }

  /** The object of a name or path below a group; null where there is none. */
  async get(path: string): Promise<Hdf5Object | null> {
    const [name, ...rest] = path.split('/').filter((part) => part !== '');
    if (name === undefined) return this;
    const address = (await this.links()).get(name);
    if (address === undefined) return null;
    return (await this.at(name, address)).get(rest.join('/'));
  }

  /** The texts of an attribute; null where there is none. */
  async texts(name: string): Promise<readonly string[] | null> {
    for (const { type, content } of this.#messages) {
      if (type === messageType.attributeInfo) {
        throw this.#file.fail(
          'format',
          `the attributes of ${this.path} are of a form that Keras does not write`,
        );
      }
      if (type !== messageType.attribute) continue;
      const attribute = readAttribute(this.#file, content);
      if (attribute.name === name) return attribute.texts();
    }
    return null;
  }

  /** Its numbers. @throws KerasFileError for what is no dataset of numbers. */
  dataset(name: string): Dataset {
    return readDataset(this.#file, this.#messages, name);
  }
}

/**
 * The root of a file of HDF5, of the versions that libraries write unless they are asked for newer ones: superblock 0 or 1
 * (HDF5 file format 3.0, section II.A). Nothing is read before it is asked for.
 * @throws KerasFileError.
 */
export async function openHdf5(source: ByteSource): Promise<Hdf5Object> {
  const file = new Hdf5Bytes(source);
  const first = await source.read(0, Math.min(9, source.size));
  if (!isHdf5(first)) throw file.fail('format', 'expected a file of HDF5');
  const version = first[8];
  if (version === undefined) throw file.fail('truncated', 'the file ends after its signature');
  if (version !== 0 && version !== 1) {
    throw file.fail(
      'format',
      `expected HDF5 with a superblock of version 0 or 1, as Keras writes it, got ${version}`,
    );
  }
  const more = version === 1 ? 4 : 0;
  const view = await file.view(0, superblockBytes + more, 'the superblock');
  const [offsets, lengths] = [view.getUint8(13), view.getUint8(14)];
  const base = file.word(view, 24 + more);
  if (offsets !== 8 || lengths !== 8 || base !== 0) {
    throw file.fail(
      'format',
      `expected addresses of 8 bytes that count from 0, got ${offsets} and ${lengths} bytes from ${base}`,
    );
  }
  const end = file.address(view, 40 + more, 'the end of the file');
  file.requireInside(0, end, 'the file');
  const root = file.address(view, 64 + more, 'the root group');
  return new Hdf5Object(file, '', await readMessages(file, root));
}
