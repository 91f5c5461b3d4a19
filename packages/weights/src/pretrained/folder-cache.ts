import { DownloadError } from '../errors.ts';
import { makeFolder } from '../node/make-folder.ts';
import { environment, nodeModule } from '../platform.ts';
import { download, type Wanted } from './download.ts';
import { notCached, type PretrainedOptions } from './options.ts';
import { digestNames, digestOf } from './digest.ts';
import { digestOfFile, FileSink } from './node-file-sink.ts';

/** Downloads under way, by their paths: who asks for the same file waits for the first. */
const underWay = new Map<string, Promise<void>>();

/**
 * The path of a file in the cache, downloaded where it is not there. A file takes its name once it is whole and right, so
 * what is found by its name is.
 */
export async function fetchIntoFolder(file: Wanted, options: PretrainedOptions): Promise<string> {
  const { access } = await nodeModule('node:fs/promises');
  const { join } = await nodeModule('node:path');
  const folder = options.cache ?? (await defaultFolder());
  const path = join(folder, file.file);
  const isThere = await access(path).then(
    () => true,
    () => false,
  );
  if (isThere) return path;
  if (options.offline === true) throw notCached(file, folder);
  const started =
    underWay.get(path) ?? intoFile(file, path, options).finally(() => underWay.delete(path));
  underWay.set(path, started);
  await started.catch((error: unknown) => {
    throw isOfFileSystem(error) ? notWritten(file, folder, error) : error;
  });
  return path;
}

/** Whether it is an error of Node's file system: those of connections are a `DownloadError`'s cause by then. */
const isOfFileSystem = (error: unknown): error is Error =>
  error instanceof Error && 'syscall' in error && 'code' in error;

const notWritten = ({ file }: Wanted, folder: string, cause: Error): DownloadError =>
  new DownloadError(
    'cache',
    file,
    `it cannot be kept in ${folder} (${cause.message}): the option cache, or CONVNET_WEIGHTS, names another folder`,
    { cause },
  );

async function intoFile(file: Wanted, path: string, options: PretrainedOptions): Promise<void> {
  const { rename, rm } = await nodeModule('node:fs/promises');
  const { dirname } = await nodeModule('node:path');
  await makeFolder(dirname(path));
  const part = `${path}.part`;
  const sink = await FileSink.open(part);
  try {
    await download(file, sink, options);
    await sink.close();
  } catch (error) {
    // That went wrong first; a disk that is full may be so once more.
    await sink.close().catch(() => undefined);
    if (sink.length === 0) await rm(part, { force: true });
    throw error;
  }
  await rename(part, path);
}

/** As `cacheFolder` of `@convnet/weights/node`, which browsers could not load. */
async function defaultFolder(): Promise<string> {
  const given = (name: string): string | undefined => {
    const value = environment(name);
    return value === '' ? undefined : value;
  };
  const named = given('CONVNET_WEIGHTS');
  if (named !== undefined) return named;
  const { homedir } = await nodeModule('node:os');
  const { join } = await nodeModule('node:path');
  const caches = given('XDG_CACHE_HOME') ?? given('LOCALAPPDATA');
  return join(caches ?? join(homedir(), '.cache'), 'convnet', 'weights');
}

/**
 * The path of a file in a folder of the user's own, once its hash was found right.
 * @throws DownloadError.
 */
export async function fromFolder(file: Wanted, folder: string): Promise<string> {
  const { open } = await nodeModule('node:fs/promises');
  const { join } = await nodeModule('node:path');
  const { fileURLToPath } = await nodeModule('node:url');
  const path = join(/^file:/i.test(folder) ? fileURLToPath(folder) : folder, file.file);
  const handle = await open(path).catch((cause: unknown) => {
    throw new DownloadError('missing', file.file, `it could not be opened in ${folder}`, { cause });
  });
  const digest = digestOf(file);
  try {
    if (digest === null) return path;
    if ((await digestOfFile(handle, digest.algorithm)).startsWith(digest.digits)) return path;
  } finally {
    await handle.close();
  }
  throw new DownloadError(
    'hash',
    file.file,
    `what ${folder} has is not the published file: its ${digestNames[digest.algorithm]} does not begin with ${digest.digits}`,
  );
}
