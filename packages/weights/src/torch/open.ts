import { aString, checkOptions, optionKinds, type Kind } from '@convnet/tensor-core';

import {
  openSource,
  sourceOptions,
  type FileLocation,
  type SourceOptions,
} from '../bytes/open-source.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { TorchFileError } from '../errors.ts';
import { FileTensor } from '../file-tensor.ts';
import type { TensorFile } from '../tensor-file.ts';
import { isZip } from '../zip/directory.ts';
import { isLegacyCheckpoint, readLegacyCheckpoint } from './legacy-checkpoint.ts';
import type { PickleValue } from './pickle/values.ts';
import { mainStateDict, stateDictsOf, type StateDicts } from './state-dicts.ts';
import { readZipCheckpoint } from './zip-checkpoint.ts';

export interface TorchOptions extends SourceOptions {
  /**
   * Path of the state dict in the file, such as 'model_ema'; '' for the file itself. Default: what scripts usually call
   * it (state_dict, model_state_dict, model, …), else the file itself where it is one, else the only one there is.
   */
  readonly key?: string;
}

/** @internal */
export const torchOptions: Readonly<Record<keyof TorchOptions, Kind>> = optionKinds<TorchOptions>({
  ...sourceOptions,
  key: aString,
});

/** A file of PyTorch that was opened. */
export interface TorchFile extends TensorFile {
  readonly format: 'torch';
  /** All that the file holds, such as the epoch and the optimiser's state; its tensors are read when asked for. */
  readonly content: PickleValue;
  /** Every dictionary of tensors in it, by its path. `tensors` is one of them. */
  readonly stateDicts: StateDicts;
}

/**
 * Opens a file that `torch.save` wrote (`.pth`, `.pt`, `.th`, `.pth.tar`, `.bin`), of any version since 1.0. Its pickle
 * is read by a machine that builds containers, scalars and tensors and refuses everything else by name; each tensor is
 * read when it is asked for. Close it, or let `await using` do so.
 * @throws TorchFileError, ZipError for a file that is damaged or holds something else; SourceError; ArgumentError.
 */
export async function openTorch(
  location: FileLocation,
  options: TorchOptions = {},
): Promise<TorchFile> {
  checkOptions('openTorch', options, torchOptions);
  const { key, ...rest } = options;
  const source = await openSource(location, rest);
  try {
    return await readTorch(source, key);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** @internal Reads all but the tensors. */
export async function readTorch(source: ByteSource, key?: string): Promise<TorchFile> {
  const { name } = source;
  const content = await readContent(source);
  const stateDicts = stateDictsOf(content, name);
  const path = key ?? mainStateDict(stateDicts, name);
  const tensors = stateDicts.get(path);
  if (tensors === undefined) {
    const known = [...stateDicts.keys()].map((known) => `'${known}'`).join(', ');
    throw new TorchFileError('state dict', name, `it has tensors at ${known}, not at '${path}'`);
  }
  const close = (): Promise<void> => source.close();
  return {
    format: 'torch',
    name,
    content,
    stateDicts,
    tensors,
    metadata: new Map(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readContent(source: ByteSource): Promise<PickleValue> {
  const first = await source.read(0, Math.min(512, source.size));
  const content = isZip(first)
    ? await readZipCheckpoint(source)
    : isLegacyCheckpoint(first)
      ? await readLegacyCheckpoint(source)
      : noCheckpoint(source, first);
  // One tensor alone, which has no name.
  if (content instanceof FileTensor) return new Map([['', content]]);
  return content as PickleValue;
}

function noCheckpoint({ name, size }: ByteSource, first: Uint8Array): never {
  const isTar = String.fromCharCode(...first.subarray(257, 262)) === 'ustar';
  const is = isTar
    ? 'a tar archive: unpack it, or save it with a PyTorch newer than 0.1'
    : size === 0
      ? 'empty'
      : 'no file that torch.save wrote';
  throw new TorchFileError('format', name, is);
}
