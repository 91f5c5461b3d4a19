import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { TileTable } from '@convnet/backend-webgpu';
import { anObject } from '@convnet/tensor-core';
import { cacheFolder, makeFolder, writeFileAtomic } from '@convnet/weights/node';

import { isWriteError, CliError, messageOf } from '../errors.ts';
import type { AdapterIdentity } from './adapter.ts';

/** The first thing in a file; another form of them gets another number. */
const format = 'convnet WebGPU tiles 1';

/** Version of the tables that this program's backend reads. */
const tableVersion: TileTable['version'] = 1;

/** What a file holds: a table, and of which adapter it is. */
interface TileFile {
  readonly format: typeof format;
  readonly adapter: AdapterIdentity;
  readonly tableVersion: TileTable['version'];
  readonly table: TileTable;
}

/** A table that is kept, or why the file with it does not serve; both null where there is none. */
export interface KeptTiles {
  readonly table: TileTable | null;
  /** A sentence without its full stop. */
  readonly problem: string | null;
}

/** CONVNET_WEBGPU_TILES, or `convnet/webgpu-tiles` in the user's folder of caches. */
export const tileFolder = (environment?: Readonly<Record<string, string | undefined>>): string =>
  cacheFolder('webgpu-tiles', 'CONVNET_WEBGPU_TILES', environment);

/** Where the table of an adapter is: each adapter, and each version of tables, has its own file. */
export function tilePath(adapter: AdapterIdentity): string {
  const identity = JSON.stringify([...partsOf(adapter), tableVersion]);
  return join(
    tileFolder(),
    `${createHash('sha256').update(identity).digest('hex').slice(0, 16)}.json`,
  );
}

const partsOf = ({ description, vendor, architecture }: AdapterIdentity): readonly string[] => [
  description,
  vendor,
  architecture,
];

/** The table that `keepTiles` kept for an adapter. A file that is damaged or another's is no error: it does not serve. */
export async function keptTiles(adapter: AdapterIdentity): Promise<KeptTiles> {
  let path: string;
  let found: unknown;
  try {
    path = tilePath(adapter);
  } catch (error) {
    return { table: null, problem: `tiles are kept nowhere (${messageOf(error)})` };
  }
  try {
    found = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { table: null, problem: null };
    return { table: null, problem: `${path} cannot be read (${messageOf(error)})` };
  }
  return isFileOf(adapter, found)
    ? { table: found.table, problem: null }
    : { table: null, problem: `${path} is no table of tiles for this adapter` };
}

/** Whether what was read is a file of an adapter. What stands in its table, the backend looks at. */
function isFileOf(adapter: AdapterIdentity, found: unknown): found is TileFile {
  if (!anObject.accepts(found)) return false;
  const file = found as Partial<TileFile>;
  return (
    file.format === format &&
    file.tableVersion === tableVersion &&
    anObject.accepts(file.table) &&
    anObject.accepts(file.adapter) &&
    partsOf(file.adapter as AdapterIdentity).join('\n') === partsOf(adapter).join('\n')
  );
}

/** Makes the folder for tables, before anything is measured in vain. @throws CliError where that cannot be done. */
export const makeTileFolder = (): Promise<unknown> => makeFolder(tileFolder()).catch(refuse);

/**
 * Keeps a table for an adapter; whole or not at all, so that another process may read meanwhile.
 * @returns the file. @throws CliError where it cannot be written.
 */
export async function keepTiles(adapter: AdapterIdentity, table: TileTable): Promise<string> {
  await makeTileFolder();
  const path = tilePath(adapter);
  const file: TileFile = { format, adapter, tableVersion, table };
  await writeFileAtomic(path, `${JSON.stringify(file, undefined, 2)}\n`).catch(refuse);
  return path;
}

function refuse(cause: unknown): never {
  if (!isWriteError(cause)) throw cause;
  throw new CliError(
    `tables of tiles cannot be written to ${tileFolder()} (${messageOf(cause)}): CONVNET_WEBGPU_TILES names another folder`,
    { cause },
  );
}

/** Removes what is kept for an adapter; whether there was something. @throws CliError where that cannot be done. */
export async function forgetTiles(adapter: AdapterIdentity): Promise<boolean> {
  const path = tilePath(adapter);
  try {
    await rm(path);
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    if (!isWriteError(cause)) throw cause;
    throw new CliError(`${path} cannot be removed (${messageOf(cause)})`, { cause });
  }
}
