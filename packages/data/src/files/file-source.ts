import {
  isUrl,
  type UrlLike,
  aLocation,
  either,
  requireKind,
  withMethods,
  type Kind,
} from '@convnet/tensor-core';
import { FileError } from '../errors.ts';
import { nodeModule } from '../platform.ts';

/** Files by their paths: a folder of the file system, what a user has chosen in a browser, an archive. */
export interface FileSource {
  /** What errors call it. */
  readonly name: string;
  /** Paths of all files, with / between folders, in any order. */
  list(): Promise<readonly string[]>;
  /** @throws FileError (fault 'missing') where there is no such file or it cannot be read. */
  read(path: string): Promise<Uint8Array>;
}

/**
 * The files in a folder and the folders in it, in Node. Those that begin with a dot are left out.
 *
 * @param folder A path, or a file: URL.
 */
export function folderFiles(folder: string | UrlLike): FileSource {
  requireKind('folderFiles', 'folder', folder, aLocation);
  const name = isUrl(folder) ? folder.href : folder;
  const what = `reading the folder ${name}`;
  const pathOf = async (): Promise<string> =>
    isUrl(folder) ? (await nodeModule('node:url', what)).fileURLToPath(folder.href) : folder;
  let reading: Promise<readonly [root: string, read: FileReading]> | undefined;
  return {
    name,
    list: async () => {
      const root = await pathOf();
      const { readdir, realpath, stat } = await nodeModule('node:fs/promises', what);
      const found: string[] = [];
      const isFolder = (path: string): Promise<boolean> =>
        stat(path).then(
          (entry) => entry.isDirectory(),
          // A link that leads nowhere is told when it is read.
          () => false,
        );
      const walk = async (path: string, above: readonly string[]): Promise<void> => {
        const place = await realpath(`${root}/${path}`);
        // A link may lead back to a folder that it is in.
        if (above.includes(place)) return;
        const entries = await readdir(place, { withFileTypes: true });
        for (const entry of entries) {
          if (entry.name.startsWith('.')) continue;
          const isLink = entry.isSymbolicLink();
          if (entry.isDirectory() || (isLink && (await isFolder(`${place}/${entry.name}`)))) {
            await walk(`${path}${entry.name}/`, [...above, place]);
          } else if (entry.isFile() || isLink) found.push(path + entry.name);
        }
      };
      await walk('', []).catch((cause: unknown) => {
        throw new FileError('missing', name, `cannot be read (${reasonOf(cause)})`, { cause });
      });
      return found;
    },
    read: async (path) => {
      reading ??= Promise.all([pathOf(), fileReader(what)]);
      const [root, read] = await reading;
      try {
        return await read(`${root}/${path}`);
      } catch (cause) {
        throw new FileError('missing', path, `cannot be read (${reasonOf(cause)})`, { cause });
      }
    },
  };
}

const reasonOf = (cause: unknown): string =>
  cause instanceof Error ? cause.message : String(cause);

type FileReading = (path: string) => Uint8Array | Promise<Uint8Array>;

/** Milliseconds that reading a file may take where the system has it in memory. */
const longAtOnce = 2;

/** Files that are awaited after one that took longer. */
const awaited = 64;

/**
 * Reads files. In a worker one after another, which takes an eighth of the processor time of awaiting them, as long as the system
 * has them in memory; from a slow disk or a network files are awaited, many at a time.
 */
async function fileReader(what: string): Promise<FileReading> {
  const { readFile } = await nodeModule('node:fs/promises', what);
  const { readFileSync } = await nodeModule('node:fs', what);
  const { isMainThread } = await nodeModule('node:worker_threads', what);
  if (isMainThread) return readFile;
  let toAwait = 0;
  return (path) => {
    if (toAwait > 0) {
      toAwait--;
      return readFile(path);
    }
    const start = performance.now();
    const bytes = readFileSync(path);
    if (performance.now() - start > longAtOnce) toAwait = awaited;
    return bytes;
  };
}

/** A file that a user has chosen in a browser: of `File`, what is used here. */
export interface ChosenFile {
  readonly name: string;
  /** The path in the chosen folder, the folder's own name in front; empty where single files were chosen. */
  readonly webkitRelativePath?: string;
  /** Its content. */
  arrayBuffer(): Promise<ArrayBuffer>;
}

const anIterable: Kind = {
  expected: 'a list of files',
  accepts: (value) =>
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<Iterable<unknown>>)[Symbol.iterator] === 'function',
};
const aChosenFile: Kind = {
  expected: 'a File',
  accepts: (value) => {
    const { name, arrayBuffer } = (value ?? {}) as Partial<ChosenFile>;
    return typeof name === 'string' && typeof arrayBuffer === 'function';
  },
};

/** The files that a user has chosen: of `<input type="file" webkitdirectory>`, without the folder's own name. */
export function chosenFiles(files: Iterable<ChosenFile>): FileSource {
  requireKind('chosenFiles', 'files', files, anIterable);
  const byPath = new Map<string, ChosenFile>();
  for (const file of files) {
    requireKind('chosenFiles', 'each of files', file, aChosenFile);
    const path = file.webkitRelativePath ?? '';
    byPath.set(path === '' ? file.name : path.slice(path.indexOf('/') + 1), file);
  }
  return {
    name: 'the chosen files',
    list: () => Promise.resolve([...byPath.keys()]),
    read: async (path) => {
      const file = byPath.get(path);
      if (file === undefined) throw new FileError('missing', path, 'is none of the chosen files');
      return new Uint8Array(await file.arrayBuffer());
    },
  };
}

/** Where files come from, as functions take it: a folder's path or URL, or a source. */
export type FilesOf = string | UrlLike | FileSource;

export const aFileSource: Kind = withMethods(
  'a source of files with list and read',
  'list',
  'read',
);
const someFiles: Kind = either({ ...aLocation, expected: "a folder's path or URL" }, aFileSource);

/** @throws ArgumentError for what is neither. */
export function fileSource(where: string, files: FilesOf): FileSource {
  requireKind(where, 'folder', files, someFiles);
  return typeof files === 'string' || isUrl(files) ? folderFiles(files) : files;
}

/** Whether a path has one of the endings, in any case. */
export function hasEnding(path: string, endings: readonly string[]): boolean {
  const lower = path.toLowerCase();
  return endings.some((ending) => lower.endsWith(ending));
}
