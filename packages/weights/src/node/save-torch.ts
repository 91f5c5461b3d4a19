import type { UrlLike } from '@convnet/tensor-core';
import { torchChunks, type TorchContent } from '../torch/write.ts';
import { writeFileAtomic } from './write-file-atomic.ts';

/**
 * Writes a file that `torch.load(path, weights_only=True)` reads: whole, or not at all; see `torchChunks` and
 * `writeFileAtomic`.
 * @throws ArgumentError; the file system's error.
 */
export async function saveTorch(path: string | UrlLike, content: TorchContent): Promise<void> {
  await writeFileAtomic(path, await torchChunks(content));
}
