import type { UrlLike } from '@convnet/tensor-core';
import type { TensorsToWrite } from '../host-tensor.ts';
import { safetensorsChunks, type SafetensorsWriteOptions } from '../safetensors/write.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/**
 * Writes a safetensors file: whole, or not at all; see `safetensorsChunks` and `writeFileAtomic`.
 * @throws ArgumentError; the file system's error.
 */
export async function saveSafetensors(
  path: string | UrlLike,
  tensors: TensorsToWrite,
  options: SafetensorsWriteOptions = {},
): Promise<void> {
  await writeFileAtomic(path, await safetensorsChunks(tensors, options));
}
