import { nodeModule } from '../platform.ts';

/**
 * @internal Makes a folder and those that it lies in, one by one: Node's `mkdir` with `recursive` never ends where a folder takes no
 * other, as those of /proc.
 * @returns those that were made, the outermost first.
 * @throws the file system's error; ENOTDIR or EEXIST where a file is in the way.
 */
export async function makeFolder(path: string): Promise<readonly string[]> {
  const { mkdir, stat } = await nodeModule('node:fs/promises');
  const { dirname, resolve } = await nodeModule('node:path');
  const folder = resolve(path);
  const found = await stat(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  });
  if (found?.isDirectory() === true) return [];
  const made = dirname(folder) === folder ? [] : [...(await makeFolder(dirname(folder)))];
  try {
    await mkdir(folder);
  } catch (error) {
    // Another process may have made it meanwhile.
    if (!(await isFolder(folder))) throw error;
    return made;
  }
  return [...made, folder];
}

async function isFolder(path: string): Promise<boolean> {
  const { stat } = await nodeModule('node:fs/promises');
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
