import type { UrlLike } from '@convnet/tensor-core';
import { saveSafetensors } from '@convnet/weights/node';

import { checkpointContents, type CheckpointParts } from '../checkpoint/contents.ts';

/**
 * Writes the state of some parts into one safetensors file, whole or not at all; `loadCheckpoint` reads it.
 *
 *     await saveCheckpoint('run.safetensors', { model, optimizer, schedule, random: currentGenerator() });
 *
 * @throws ArgumentError; the file system's error.
 */
export async function saveCheckpoint(
  path: string | UrlLike,
  parts: CheckpointParts,
): Promise<void> {
  await saveSafetensors(path, ...checkpointContents(parts));
}
