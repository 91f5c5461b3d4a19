import { aFunction, aString, listOf, requireKind, type Kind } from '@convnet/tensor-core';
import type { Dataset } from '../dataset/dataset.ts';
import { indexError } from '../dataset/shape.ts';
import { requireStream, type RandomStream } from '../random/random-stream.ts';
import { randomFor } from '../random/streams.ts';
import type { ListedFiles } from './file-list.ts';
import { aFileSource, type FileSource } from './file-source.ts';

/** What a list of files gives beside each: the number of its class, its numbers, or both. */
export type FileTarget = number | Float32Array | readonly [label: number, targets: Float32Array];

/** Turns the bytes of a file into an input. */
export type FileReader<X> = (
  bytes: Uint8Array,
  path: string,
  random: RandomStream,
) => X | Promise<X>;

const listedFiles: Kind = {
  expected: 'an object with the paths of files, { files, … }',
  accepts: (value) => listOf(aString).accepts((value as Partial<ListedFiles> | null)?.files),
};

/** A dataset of files, each read when it is asked for. */
export class FileDataset<X, Y extends FileTarget = number> implements Dataset<readonly [X, Y]> {
  readonly length: number;
  /** Paths of the files. */
  readonly files: readonly string[];
  readonly classes?: readonly string[];
  readonly labels?: Int32Array;
  /** What belongs together, where the list says so; see `randomSplit`. */
  readonly groups?: readonly string[];
  readonly #source: FileSource;
  readonly #targets: readonly Float32Array[] | undefined;
  readonly #read: FileReader<X>;

  constructor(source: FileSource, listed: ListedFiles, read: FileReader<X>) {
    requireKind('FileDataset', 'source', source, aFileSource);
    requireKind('FileDataset', 'listed', listed, listedFiles);
    requireKind('FileDataset', 'read', read, aFunction);
    this.length = listed.files.length;
    this.files = listed.files;
    if (listed.classes !== undefined) this.classes = listed.classes;
    if (listed.labels !== undefined) this.labels = listed.labels;
    if (listed.groups !== undefined) this.groups = listed.groups;
    this.#source = source;
    this.#targets = listed.targets;
    this.#read = read;
  }

  /** The file's input and target. Without `random`, random transforms draw the same numbers for a file each time. */
  async get(index: number, random?: RandomStream): Promise<readonly [X, Y]> {
    const file = this.files[index];
    if (random !== undefined) requireStream('FileDataset.get', random);
    if (file === undefined) throw indexError(index, this.length, 'FileDataset');
    const bytes = await this.#source.read(file);
    const input = await this.#read(bytes, file, random ?? randomFor(index));
    return [input, this.#target(index) as Y];
  }

  nameOf(index: number): string {
    const file = this.files[index];
    if (file === undefined) throw indexError(index, this.length, 'FileDataset.nameOf');
    return file;
  }

  #target(index: number): FileTarget {
    const label = this.labels?.[index];
    const numbers = this.#targets?.[index];
    if (numbers === undefined) return label!;
    return label === undefined ? numbers : [label, numbers];
  }
}
