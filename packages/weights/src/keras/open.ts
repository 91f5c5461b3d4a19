import { checkOptions } from '@convnet/tensor-core';

import type { ByteSource } from '../bytes/byte-source.ts';
import {
  openSource,
  sourceOptions,
  type FileLocation,
  type SourceOptions,
} from '../bytes/open-source.ts';
import { KerasFileError } from '../errors.ts';
import { FileTensor } from '../file-tensor.ts';
import { isHdf5, openHdf5 } from '../hdf5/open.ts';
import type { TensorFile } from '../tensor-file.ts';
import { readEntry } from '../zip/content.ts';
import { isZip, readDirectory, type ZipEntry } from '../zip/directory.ts';
import { EntrySource } from '../zip/entry-source.ts';
import { layerConfigs } from './config.ts';
import { variablesOf2, variablesOf3, type LayerConfig } from './variables.ts';

const weightsEntry = 'model.weights.h5';
const configEntry = 'config.json';
/** That of the largest network of keras.applications has 2 MB. */
const longestConfig = 2 ** 25;

/**
 * Opens a file of Keras: `.keras`, `.weights.h5`, or the older `.h5` of weights or of a whole model. Variables are named by
 * their layer, `block1_conv1/kernel`, and read when they are asked for, each by itself. Axes are as Keras has them: the
 * kernel of a convolution is [height, width, in, out]; `loadWeights` turns them.
 * @throws KerasFileError, ZipError, SourceError; ArgumentError.
 */
export async function openKeras(
  location: FileLocation,
  options: SourceOptions = {},
): Promise<TensorFile> {
  checkOptions('openKeras', options, sourceOptions);
  const source = await openSource(location, options);
  try {
    return await readKeras(source);
  } catch (error) {
    await source.close();
    throw error;
  }
}

/** Whether an archive is a model of Keras. */
export function isKerasArchive(names: readonly string[]): boolean {
  return names.includes(weightsEntry);
}

/** @internal Reads all but the elements. */
export async function readKeras(source: ByteSource): Promise<TensorFile> {
  const first = await source.read(0, Math.min(8, source.size));
  const { hdf5, configs } = isZip(first)
    ? await openArchive(source)
    : { hdf5: source, configs: null };
  if (!isZip(first) && !isHdf5(first)) {
    throw new KerasFileError('format', source.name, 'expected a file of Keras: .keras, or HDF5');
  }
  const tensors = await readVariables(hdf5, configs);
  const close = (): Promise<void> => source.close();
  return {
    format: 'keras',
    name: source.name,
    tensors,
    metadata: new Map(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

type Configs = ReadonlyMap<string, LayerConfig>;

async function openArchive(
  source: ByteSource,
): Promise<{ readonly hdf5: ByteSource; readonly configs: Configs }> {
  const entries = await readDirectory(source);
  const weights = entries.get(weightsEntry);
  if (weights === undefined) {
    throw new KerasFileError(
      'format',
      source.name,
      `expected an archive with ${weightsEntry}, got one with ${[...entries.keys()].slice(0, 5).join(', ')}`,
    );
  }
  return {
    hdf5: new EntrySource(source, weights),
    configs: await configsOf(source, entries.get(configEntry)),
  };
}

async function configsOf(source: ByteSource, entry: ZipEntry | undefined): Promise<Configs> {
  if (entry === undefined) return new Map();
  return layerConfigs(new TextDecoder().decode(await readEntry(source, entry, longestConfig)));
}

async function readVariables(
  source: ByteSource,
  given: Configs | null,
): Promise<ReadonlyMap<string, FileTensor>> {
  const root = await openHdf5(source);
  const fail = (message: string): Error => new KerasFileError('structure', source.name, message);
  const [text] = given === null ? ((await root.texts('model_config')) ?? []) : [];
  const configs = given ?? (text === undefined ? new Map() : layerConfigs(text));
  const variables =
    (await variablesOf2(root, configs, fail)) ?? (await variablesOf3(root, configs, fail));
  if (variables.length === 0) {
    throw new KerasFileError('format', source.name, 'it has no weights of a network of Keras');
  }
  const tensors = new Map<string, FileTensor>();
  for (const { name, object } of variables) {
    if (tensors.has(name)) {
      throw new KerasFileError('duplicate', source.name, `${JSON.stringify(name)} stands twice`);
    }
    const { dtype, shape, position, read } = object.dataset(name);
    tensors.set(
      name,
      new FileTensor({ where: `${source.name}, ${name}`, dtype, shape, position, read }),
    );
  }
  return tensors;
}
