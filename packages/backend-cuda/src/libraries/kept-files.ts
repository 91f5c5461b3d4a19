import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { makeFolder } from './make-folder.ts';

/** What entries depend on beside their keys: versions, the device, and options. */
export type Identity = Readonly<Record<string, string | number | boolean | null>>;

/** What is kept. */
export interface EntryKind<Entry> {
  /** In messages, such as 'plan'. */
  readonly title: string;
  /** The first thing in a file; another form of entries gets another number. */
  readonly format: string;
  readonly isEntry: (value: Readonly<Partial<Record<keyof Entry, unknown>>>) => boolean;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24);
}

/** The same of what was written and read again: JSON keeps the order of fields. */
const checksumOf = (entry: object): string => hashOf(JSON.stringify(entry));

/**
 * Entries on disk: a file for each key in a folder for each identity. A file comes whole or not at all, so that processes may write the
 * same; one that is damaged, which a checksum tells, or another's is ignored with a warning, and written anew.
 */
export class KeptFiles<Entry extends object> {
  readonly #folder: string;
  readonly #kind: EntryKind<Entry>;
  readonly #identity: Identity;
  readonly #warn: (text: string) => void;
  /** A folder that cannot be written to is told once. */
  #isWritable = true;

  constructor(
    folder: string,
    kind: EntryKind<Entry>,
    identity: Identity,
    warn: (text: string) => void,
  ) {
    this.#folder = join(folder, hashOf(JSON.stringify(identity)));
    this.#kind = kind;
    this.#identity = identity;
    this.#warn = warn;
  }

  /** Null where there is none that serves. */
  read(key: string): Entry | null {
    const path = this.#pathOf(key);
    const { title } = this.#kind;
    let text: string;
    try {
      text = readFileSync(path, 'utf8');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Where the folder is a file, writing tells.
      if (code !== 'ENOENT' && code !== 'ENOTDIR')
        this.#warn(`${path} is not readable: ${String(error)}`);
      return null;
    }
    const found = this.#entryIn(text);
    if (found === null)
      this.#warn(`${path} is damaged, or no ${title} of this version: it is ignored`);
    else if (found.key !== key || JSON.stringify(found.identity) !== JSON.stringify(this.#identity))
      this.#warn(`${path} is a ${title} for something else: it is ignored`);
    else return found.entry;
    return null;
  }

  write(key: string, entry: Entry): void {
    if (!this.#isWritable) return;
    const path = this.#pathOf(key);
    const draft = `${path}.${randomUUID()}`;
    const { format, title } = this.#kind;
    const checksum = checksumOf(entry);
    const file: KeptFile<Entry> = { format, identity: this.#identity, key, checksum, entry };
    try {
      makeFolder(this.#folder);
      writeFileSync(draft, JSON.stringify(file));
      renameSync(draft, path);
    } catch (error) {
      this.#isWritable = false;
      if (existsSync(draft)) rmSync(draft);
      this.#warn(
        `${title}s are not kept (${String(error)}): planCache, or CONVNET_CUDA_PLANS, names another folder`,
      );
    }
  }

  #pathOf(key: string): string {
    return join(this.#folder, `${hashOf(key)}.json`);
  }

  #entryIn(text: string): KeptFile<Entry> | null {
    let value: Partial<KeptFile<Entry>> | null;
    try {
      value = JSON.parse(text) as Partial<KeptFile<Entry>> | null;
    } catch {
      return null;
    }
    const { format, isEntry } = this.#kind;
    const isWhole =
      typeof value === 'object' &&
      value?.format === format &&
      typeof value.key === 'string' &&
      typeof value.identity === 'object' &&
      typeof value.entry === 'object' &&
      value.checksum === checksumOf(value.entry) &&
      isEntry(value.entry);
    return isWhole ? (value as KeptFile<Entry>) : null;
  }
}

/** An entry with what it is for. */
interface KeptFile<Entry> {
  readonly format: string;
  readonly identity: Identity;
  readonly key: string;
  readonly checksum: string;
  readonly entry: Entry;
}
