import { createReadStream } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, normalize, sep } from 'node:path';
import { createGunzip } from 'node:zlib';
import { makeFolder } from '@convnet/weights/node';
import { DataFileError } from '../errors.ts';
import { notKept } from '../files/remote-file.ts';

/** A file in an archive. */
export interface TarEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const blockBytes = 512;

/**
 * The files of a `.tar.gz` archive, one after another (POSIX.1-1988 ustar, with long names of GNU and pax).
 *
 * @throws DataFileError with fault 'content' for an archive that is damaged or cut short.
 */
export async function* readTarGz(path: string): AsyncGenerator<TarEntry> {
  const input = createReadStream(path);
  const unpacked = input.pipe(createGunzip());
  input.on('error', (error) => unpacked.destroy(error));
  let rest = Buffer.alloc(0);
  let pending: Buffer[] = [];
  let wanted = 0;
  let header: { name: string; type: string; size: number } | null = null;
  let longName: string | null = null;
  const refuse = (message: string): DataFileError => new DataFileError('content', path, message);
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      rest = Buffer.concat([rest, chunk]);
      for (;;) {
        if (header === null) {
          if (rest.length < blockBytes) break;
          const block = rest.subarray(0, blockBytes);
          rest = rest.subarray(blockBytes);
          if (block.every((byte) => byte === 0)) continue;
          header = headerOf(block, refuse);
          wanted = Math.ceil(header.size / blockBytes) * blockBytes;
          pending = [];
        }
        const taken = rest.subarray(0, wanted);
        pending.push(taken);
        rest = rest.subarray(taken.length);
        wanted -= taken.length;
        if (wanted > 0) break;
        const bytes = Buffer.concat(pending).subarray(0, header.size);
        const { type, name } = header;
        header = null;
        if (type === 'L') longName = bytes.toString().replace(/\0.*$/s, '');
        else if (type === 'x') longName = /\d+ path=(.*)\n/.exec(bytes.toString())?.[1] ?? null;
        else {
          if (type === '0' || type === '\0') yield { name: longName ?? name, bytes };
          longName = null;
        }
      }
    }
  } catch (error) {
    if (error instanceof DataFileError) throw error;
    throw refuse(`cannot be unpacked: ${String(error)}`);
  }
  if (header !== null || rest.some((byte) => byte !== 0)) throw refuse('the archive is cut short');
}

function headerOf(
  block: Buffer,
  refuse: (message: string) => DataFileError,
): { name: string; type: string; size: number } {
  const text = (from: number, to: number): string =>
    block.toString('utf8', from, to).replace(/\0.*$/s, '');
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (Number.parseInt(text(148, 156), 8) !== sum)
    throw refuse('a header of the archive is damaged');
  const prefix = text(257, 262) === 'ustar' ? text(345, 500) : '';
  const name = text(0, 100);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    type: String.fromCharCode(block[156]!),
    size: Number.parseInt(text(124, 136), 8) || 0,
  };
}

/**
 * Unpacks a `.tar.gz` archive into `folder`, which takes its name once all is there.
 *
 * @throws DataFileError for a damaged archive, one with a file that would lie outside the folder, and a folder that nothing can
 * be written to.
 */
export async function unpackTarGz(path: string, folder: string): Promise<void> {
  const part = `${folder}.part`;
  try {
    await rm(part, { recursive: true, force: true });
    for await (const { name, bytes } of readTarGz(path)) {
      const inside = normalize(name);
      if (inside.startsWith('..') || inside.startsWith(sep)) {
        throw new DataFileError('content', path, `the file '${name}' would lie outside the folder`);
      }
      const target = join(part, inside);
      await makeFolder(dirname(target));
      await writeFile(target, bytes);
    }
    await rename(part, folder);
  } catch (error) {
    if (error instanceof DataFileError) throw error;
    throw new DataFileError('cache', path, notKept(folder, error), { cause: error });
  }
}
