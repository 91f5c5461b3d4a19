import { aString, instanceOf, requireKind } from '@convnet/tensor-core';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DataFileError } from './errors.ts';

const aMap = instanceOf('a Map', Map);

/** Files that are read only if their SHA-256 is the recorded one. */
export class CheckedFolder {
  /** What errors call it. */
  readonly name: string;
  readonly #folder: string;
  readonly #sums: ReadonlyMap<string, string>;

  /** `sums`: the SHA-256 of each file, in hexadecimal, by its path inside `folder`. */
  constructor(name: string, folder: string, sums: ReadonlyMap<string, string>) {
    requireKind('CheckedFolder', 'name', name, aString);
    requireKind('CheckedFolder', 'folder', folder, aString);
    requireKind('CheckedFolder', 'sums', sums, aMap);
    this.name = name;
    this.#folder = folder;
    this.#sums = sums;
  }

  /** Paths of the files with a recorded checksum. */
  get files(): readonly string[] {
    return [...this.#sums.keys()];
  }

  /**
   * @throws DataFileError naming the file, with fault 'missing' where it cannot be read or has no recorded
   *   checksum, or 'checksum' where its content is not the recorded one.
   */
  async read(file: string): Promise<Uint8Array> {
    const source = `${this.name}/${file}`;
    requireKind('CheckedFolder.read', 'file', file, aString);
    const expected = this.#sums.get(file);
    if (expected === undefined) {
      throw new DataFileError('missing', source, 'no checksum is recorded for this file');
    }
    const bytes = await readFile(join(this.#folder, file)).catch((cause: Error) => {
      throw new DataFileError('missing', source, `cannot be read (${cause.message})`);
    });
    const found = createHash('sha256').update(bytes).digest('hex');
    if (found !== expected) {
      throw new DataFileError(
        'checksum',
        source,
        `expected SHA-256 ${expected}, got ${found} (${bytes.length} bytes). The file was changed or cut ` +
          'short: delete node_modules and install again',
      );
    }
    return bytes;
  }
}

/**
 * Reads the format of the `sha256sum` command: a hexadecimal sum, two characters, a path.
 *
 * @throws DataFileError with fault 'content' for a line that is none.
 */
export function parseSums(text: string, source = 'checksums'): ReadonlyMap<string, string> {
  requireKind('parseSums', 'text', text, aString);
  requireKind('parseSums', 'source', source, aString);
  const lines = text.split('\n').filter((line) => line !== '');
  return new Map(
    lines.map((line, i) => {
      const [, sum, path] = /^([0-9a-f]{64}) [ *](.+)$/.exec(line) ?? [];
      if (sum === undefined || path === undefined) {
        throw new DataFileError(
          'content',
          source,
          `expected a SHA-256, two characters and a path in line ${i + 1}, got ${JSON.stringify(line)}`,
        );
      }
      return [path, sum];
    }),
  );
}

/**
 * An installed npm package, checked against `checksums/<name>.sha256`.
 *
 * @throws DataFileError with fault 'package' where it is not installed, 'version' where another one is.
 */
export function openPackage(name: string, version: string): CheckedFolder {
  requireKind('openPackage', 'name', name, aString);
  requireKind('openPackage', 'version', version, aString);
  let manifest: string;
  try {
    manifest = createRequire(import.meta.url).resolve(`${name}/package.json`);
  } catch {
    throw new DataFileError(
      'package',
      name,
      `the package is not installed: npm install ${name}@${version}`,
    );
  }
  const installed = (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
  if (installed !== version) {
    throw new DataFileError(
      'version',
      name,
      `expected version ${version}, got ${installed}: run pnpm install`,
    );
  }
  const sums = new URL(`../checksums/${name}.sha256`, import.meta.url);
  return new CheckedFolder(name, dirname(manifest), parseSums(readFileSync(sums, 'utf8')));
}
