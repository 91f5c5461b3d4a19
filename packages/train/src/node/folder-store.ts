import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

import type { UrlLike } from '@convnet/tensor-core';
import { makeFolder, writeFileAtomic } from '@convnet/weights/node';

import type { CheckpointStore } from '../checkpoint/store.ts';
import { pathOf } from './path-of.ts';

/** What a process that was killed while it wrote has left. */
const leftover = /^\.(step-\d+|best)\.safetensors\..*\.tmp$/;

/**
 * A folder of checkpoints, made where it is not there. Files are written beside their place, flushed to the disk and then
 * renamed, so that none is ever found half written, whenever the process or the machine stops. One process at a time
 * writes to a folder.
 * @throws ArgumentError for what is no path.
 */
export function folderStore(path: string | UrlLike): CheckpointStore {
  const folder = pathOf('folderStore', 'path', path);
  let isClean = false;
  return {
    name: folder,
    list: async () => {
      const names = await readdir(folder).catch((error: unknown) => {
        if ((error as { readonly code?: unknown }).code === 'ENOENT') return [];
        throw error;
      });
      if (!isClean) {
        for (const name of names) {
          if (leftover.test(name)) await rm(join(folder, name), { force: true });
        }
        isClean = true;
      }
      return names;
    },
    read: (name) => readFile(join(folder, name)),
    write: async (name, chunks) => {
      await makeFolder(folder);
      await writeFileAtomic(join(folder, name), chunks);
    },
    remove: (name) => rm(join(folder, name), { force: true }),
  };
}
