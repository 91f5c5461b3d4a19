import {
  type UrlLike,
  aLocation,
  aString,
  either,
  instanceOf,
  requireKind,
  type Kind,
} from '@convnet/tensor-core';
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What is written: bytes or text, or pieces of them one behind the other. */
export type Contents =
  | Uint8Array
  | string
  | Iterable<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>;

const aPiece: Kind = either(aString, instanceOf('a Uint8Array', Uint8Array));
const someContents: Kind = {
  expected: 'bytes or text, or pieces of them one behind the other',
  accepts: (value) =>
    typeof value === 'string' ||
    value instanceof Uint8Array ||
    (typeof value === 'object' &&
      value !== null &&
      (Symbol.iterator in value || Symbol.asyncIterator in value)),
};

/**
 * Writes a file whole or not at all. Whoever reads the path, also after a crash or a loss of power in the middle, finds
 * the file of before or the new one: the bytes go into a file beside it, are flushed to the disk, and then take its
 * name. Where something fails, or the process ends itself, the file of before stays and nothing else is left. A symbolic
 * link stays one, and a file keeps its permissions.
 * @throws the file system's error, and what making `contents` throws.
 */
export async function writeFileAtomic(path: string | UrlLike, contents: Contents): Promise<void> {
  requireKind('writeFileAtomic', 'path', path, aLocation);
  requireKind('writeFileAtomic', 'contents', contents, someContents);
  const target = await resolved(typeof path === 'string' ? path : fileURLToPath(path.href));
  const folder = dirname(target);
  const beside = join(folder, `.${basename(target).slice(0, 200)}.${randomUUID()}.tmp`);
  const mode = await modeOf(target);
  begin(beside);
  try {
    const file = await open(beside, 'wx', mode);
    try {
      // What `open` was given is cut down by the mask of the process.
      if (mode !== undefined) await file.chmod(mode);
      await writeAll(file, contents);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, target);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  } finally {
    end(beside);
  }
  await syncFolder(folder);
}

/** Files that have no name yet: a process that ends itself meanwhile removes them. */
const unfinished = new Set<string>();

function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
}

function begin(path: string): void {
  if (unfinished.size === 0) process.once('exit', removeUnfinished);
  unfinished.add(path);
}

function end(path: string): void {
  unfinished.delete(path);
  if (unfinished.size === 0) process.off('exit', removeUnfinished);
}

async function writeAll(file: FileHandle, contents: Contents): Promise<void> {
  if (typeof contents === 'string' || contents instanceof Uint8Array) {
    await file.writeFile(contents);
    return;
  }
  // Each goes on where the last ended.
  for await (const piece of contents) {
    requireKind('writeFileAtomic', 'each piece of contents', piece, aPiece);
    await file.writeFile(piece);
  }
}

/** Where a link leads, so that the file behind it is the one that is replaced. */
async function resolved(path: string): Promise<string> {
  return realpath(path).catch((error: unknown) => {
    if (isMissing(error)) return path;
    throw error;
  });
}

async function modeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mode }) => mode & 0o7777,
    (error: unknown) => {
      if (isMissing(error)) return undefined;
      throw error;
    },
  );
}

function isMissing(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'ENOENT';
}

/** A new name is on the disk once its folder is; Windows neither can nor need be told so. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
