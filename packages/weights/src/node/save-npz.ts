import type { UrlLike } from '@convnet/tensor-core';
import type { TensorsToWrite } from '../host-tensor.ts';
import { npzChunks } from '../numpy/write.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/**
 * Writes a `.npz` file: whole, or not at all; see `npzChunks` and `writeFileAtomic`.
 * @throws ArgumentError; the file system's error.
 */
export async function saveNpz(path: string | UrlLike, tensors: TensorsToWrite): Promise<void> {
  await writeFileAtomic(path, await npzChunks(tensors));
}
