import { encodeSafetensors, openSafetensors, type FileLocation } from '@convnet/weights';

import { checkpointContents, restoreCheckpoint, type CheckpointParts } from './contents.ts';

/**
 * A checkpoint in memory, for training loops of your own; `saveCheckpoint` of '@convnet/train/node' writes it to a file.
 * @throws ArgumentError.
 */
export function encodeCheckpoint(parts: CheckpointParts): Promise<Uint8Array<ArrayBuffer>> {
  return encodeSafetensors(...checkpointContents(parts));
}

/**
 * Puts a checkpoint into the parts that are given: into all, or into none and an error.
 *
 *     await loadCheckpoint('runs/a/best.safetensors', { model });
 *
 * @param location a path (in Node), a URL, a File, or bytes
 * @throws CheckpointError for what is no checkpoint, one of a newer version, of other parameters, or without a part;
 * StateError and StateDictError for state that does not fit; WeightsFileError for a file that is damaged or missing.
 */
export async function loadCheckpoint(
  location: FileLocation,
  parts: CheckpointParts,
): Promise<void> {
  await using file = await openSafetensors(location);
  await restoreCheckpoint(file, parts);
}
