import { readFile, rm } from 'node:fs/promises';
import { nearestHint } from '@convnet/tensor-core';
import { fetchPublished } from '@convnet/weights';
import { DataFileError, DataRequestError } from '../errors.ts';
import {
  cacheFolder,
  fetchIntoCache,
  fetchOptions,
  type FetchSetOptions,
} from '../files/remote-file.ts';
import { zenodoRecords } from './zenodo-records.ts';

/** A file of a record of Zenodo. */
interface RecordFile {
  readonly url: string;
  readonly md5: string;
  readonly bytes: number;
}

/**
 * Paths of a problem's `.ts` files, downloaded where the cache lacks them. Zenodo's record of a problem says the MD5 of each
 * file; a mirror has the record as `GunPoint.json` beside the files.
 * @throws DataRequestError for a problem that is not there; DataFileError for a record that is none; DownloadError.
 */
export async function downloadProblem(
  name: string,
  options: FetchSetOptions,
): Promise<{ readonly TRAIN: string; readonly TEST: string }> {
  const problem = Object.hasOwn(zenodoRecords, name) ? name : name.replace(/(_eq|_nmv)+$/, '');
  const record = Object.hasOwn(zenodoRecords, problem) ? zenodoRecords[problem] : undefined;
  if (record === undefined) throw unknownProblem(name);
  const inCache = { ...fetchOptions(options), cache: cacheFolder('ucr', options) };
  const files = await recordFiles(problem, record, inCache);
  const get = async (part: 'TRAIN' | 'TEST'): Promise<string> => {
    const file = `${name}_${part}.ts`;
    const found = files.get(file);
    if (found === undefined) {
      throw new DataRequestError(
        `ucr: the record of ${problem} has no ${file}; it has ${[...files.keys()].join(', ')}`,
      );
    }
    return fetchIntoCache(fetchPublished, { file, ...found }, inCache);
  };
  // One after another: a bar for each.
  return { TRAIN: await get('TRAIN'), TEST: await get('TEST') };
}

function unknownProblem(name: string): DataRequestError {
  const names = Object.keys(zenodoRecords);
  return new DataRequestError(
    `ucr: '${name}'${nearestHint(name, names)} is none of the ${names.length} problems that are downloaded by name; 'folder' reads others`,
  );
}

/** The files of a record, by name. What is no record is not kept. */
async function recordFiles(
  problem: string,
  record: number,
  options: FetchSetOptions & { readonly cache: string },
): Promise<ReadonlyMap<string, RecordFile>> {
  const { onProgress: _, ...quiet } = options;
  const index = {
    file: `${problem}.json`,
    url: `https://zenodo.org/api/records/${record}`,
    bytes: 0,
  };
  const path = await fetchIntoCache(fetchPublished, index, quiet);
  const files = filesIn(await readFile(path, 'utf8'));
  if (files !== null) return files;
  const isCopy = options.mirror === undefined || /^https?:/i.test(options.mirror);
  if (isCopy) await rm(path, { force: true });
  throw new DataFileError(
    'content',
    index.file,
    `expected Zenodo's record of ${problem}, whose files have an MD5 each`,
  );
}

function filesIn(text: string): ReadonlyMap<string, RecordFile> | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const { files } = (parsed ?? {}) as { readonly files?: unknown };
  if (!Array.isArray(files)) return null;
  const found = new Map<string, RecordFile>();
  for (const entry of files as readonly unknown[]) {
    const { key, size, checksum, links } = (entry ?? {}) as {
      readonly key?: unknown;
      readonly size?: unknown;
      readonly checksum?: unknown;
      readonly links?: { readonly self?: unknown };
    };
    const url = links?.self;
    const md5 = /^md5:([0-9a-f]{32})$/.exec(typeof checksum === 'string' ? checksum : '')?.[1];
    if (typeof key !== 'string' || typeof url !== 'string' || md5 === undefined) return null;
    found.set(key, { url, md5, bytes: typeof size === 'number' ? size : 0 });
  }
  return found.size === 0 ? null : found;
}
