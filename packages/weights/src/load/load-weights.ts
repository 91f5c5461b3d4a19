import {
  ArgumentError,
  DeviceError,
  sameShape,
  tensor,
  type Device,
  type Tensor,
  aBoolean,
  aDevice,
  aString,
  checkOptions,
  listOf,
  optionKinds,
  type Kind,
} from '@convnet/tensor-core';

import type { FileLocation } from '../bytes/open-source.ts';
import { decode } from '../elements/decode.ts';
import { openOptions, openWeights, type OpenOptions } from '../open-weights.ts';
import { fetchWeights } from '../pretrained/fetch-weights.ts';
import { pretrainedOptions, type PretrainedOptions } from '../pretrained/options.ts';
import { isWeightsFile, type WeightsFile } from '../pretrained/weights-file.ts';
import type { TensorFile } from '../tensor-file.ts';
import { WeightsMismatchError } from './errors.ts';
import { aKeyMap, isKerasMap, type KeyMap } from './key-map.ts';
import { inWordsOfPyTorch } from './keras-layout.ts';
import { match, type Head, type Match } from './match.ts';
import { nameOf, requireModel, type LoadableModel } from './model.ts';

export interface LoadWeightsOptions extends OpenOptions, PretrainedOptions {
  /** Refuse weights where a tensor of the model or of the file is left over. Default true. Shapes must fit either way. */
  readonly strict?: boolean;
  /** How names of the file become names of the model, where they differ. */
  readonly map?: KeyMap;
  /**
   * Whether the classifier is loaded too. Default true. With false the last layer keeps its values, and so does every
   * tensor that differs from the file's in its number of outputs and nothing else; a path, or several, names the layers
   * that are to keep theirs.
   */
  readonly head?: Head;
  /**
   * Where a model of the meta device, which was built without `device`, comes to stand with its weights: so that none are
   * drawn before. What the file lacks gets its first values there.
   */
  readonly device?: Device;
}

const paths = listOf(aString);
const aHead: Kind = {
  expected: 'true, false or paths of layers',
  accepts: (value) =>
    typeof value === 'boolean' || typeof value === 'string' || paths.accepts(value),
};
const loadOptions = optionKinds<LoadWeightsOptions>({
  ...openOptions,
  ...pretrainedOptions,
  strict: aBoolean,
  map: aKeyMap,
  head: aHead,
  device: aDevice,
});

/** What became of the tensors of a file, and of those of the model. */
export interface WeightsReport {
  /** The file. */
  readonly source: string;
  /** Tensors of the model that have new values. */
  readonly loaded: readonly string[];
  /** Those of them that are called otherwise in the file: its name, by that of the model. */
  readonly renamed: ReadonlyMap<string, string>;
  /** Those of them that have axes of one element elsewhere in the file: its shape, by their name. */
  readonly reshaped: ReadonlyMap<string, readonly number[]>;
  /** Tensors of the model that kept their values, the head among them. */
  readonly left: readonly string[];
  /** Tensors of the file that the model does not have. */
  readonly unexpected: readonly string[];
}

/**
 * Reads weights into a model: all, or nothing and an error. Beginnings that `DataParallel` and `torch.compile` put in
 * front of names are taken off. Numbers become what the tensor of the model holds. Variables of Keras, also in files of
 * TensorFlow.js, are called as PyTorch calls them (`conv1.weight` for `conv1/kernel`), and their axes are turned.
 * @param source a file of any format that `openWeights` knows, one that was opened, or published weights such as
 * `resnet18Weights.IMAGENET1K_V1`, which are downloaded where they are not in the cache (see `fetchWeights`)
 * @throws WeightsMismatchError for weights of another model; WeightsFileError; DownloadError; DeviceError where the model
 * is on the meta device; ArgumentError.
 */
export async function loadWeights(
  model: LoadableModel,
  source: FileLocation | TensorFile | WeightsFile,
  options: LoadWeightsOptions = {},
): Promise<WeightsReport> {
  checkOptions('loadWeights', options, loadOptions);
  requireModel(model);
  const { strict = true, map, head = true, device } = options;
  const settings: Settings = { strict, map, head, device };
  if (isTensorFile(source)) return load(model, source, settings);
  if (isWeightsFile(source)) {
    requireRoom(model, device);
    const place = await fetchWeights(source, chosen(options, Object.keys(pretrainedOptions)));
    const open = { name: source.file, ...chosen(options, ['key', 'name']) };
    return loadFrom(model, place, open, { ...settings, published: source });
  }
  return loadFrom(model, source, chosen(options, Object.keys(openOptions)), settings);
}

async function loadFrom(
  model: LoadableModel,
  location: FileLocation,
  options: OpenOptions,
  settings: Settings,
): Promise<WeightsReport> {
  const file = await openWeights(location, options);
  try {
    return await load(model, file, settings);
  } finally {
    await file.close();
  }
}

/** Those of the options that another function has too. */
function chosen(
  options: LoadWeightsOptions,
  names: readonly string[],
): OpenOptions & PretrainedOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => names.includes(name)));
}

interface Settings {
  readonly strict: boolean;
  readonly map: KeyMap | undefined;
  readonly head: Head;
  readonly device: Device | undefined;
  /** What is known of the file. */
  readonly published?: WeightsFile;
}

function isTensorFile(source: FileLocation | TensorFile | WeightsFile): source is TensorFile {
  return typeof source === 'object' && source !== null && 'tensors' in source;
}

async function load(
  model: LoadableModel,
  file: TensorFile,
  { strict, map, head, device, published }: Settings,
): Promise<WeightsReport> {
  requireRoom(model, device);
  const own = model.stateDict();
  const isOfKeras = file.format === 'keras' || file.format === 'tfjs';
  if (isKerasMap(map) && !isOfKeras) {
    throw new ArgumentError(
      `loadWeights: the map is for files of Keras, ${file.name} is one of ${file.format}`,
    );
  }
  const tensors = isOfKeras
    ? inWordsOfPyTorch(file, isKerasMap(map) ? map : undefined)
    : file.tensors;
  const matching = match(own, tensors, { map, head, published, isOfKeras });
  const { matches, missing, unexpected, misshaped, clashing } = matching;
  const leftOver = missing.length + unexpected.length;
  const isNothing = matches.length === 0 && leftOver > 0;
  const isWrong = misshaped.length + clashing.length > 0;
  if (isNothing || isWrong || (strict && leftOver > 0)) {
    throw new WeightsMismatchError(file.name, nameOf(model), matching);
  }
  await copyIn(model, matches, device);
  return {
    source: file.name,
    loaded: matches.map(({ to }) => to),
    renamed: new Map(
      matches.filter(({ from, to }) => from !== to).map(({ from, to }) => [to, from]),
    ),
    reshaped: new Map(
      matches
        .filter((one) => !sameShape(one.source.shape, one.target.shape))
        .map(({ to, source }) => [to, source.shape]),
    ),
    left: [...matching.head, ...missing],
    unexpected,
  };
}

/** Reads all tensors onto the device of the model, or the one that is given, in the order of the file, and hands them over. */
async function copyIn(
  model: LoadableModel,
  matches: readonly Match[],
  device: Device | undefined,
): Promise<void> {
  const state = new Map<string, Tensor>();
  try {
    const inOrder = matches.slice().sort((a, b) => a.source.position - b.source.position);
    for (const one of inOrder) state.set(one.to, await valuesOf(one, device));
    await model.loadStateDict(state, { strict: false, assign: device !== undefined });
    if (device !== undefined) await model.to?.(device);
  } finally {
    for (const values of state.values()) values.dispose();
  }
}

async function valuesOf(
  { from, source, target }: Match,
  device: Device = target.device,
): Promise<Tensor> {
  const { dtype, shape } = target;
  const { data } = decode(`loadWeights, ${from}`, await source.bytes(), source.dtype);
  return tensor(data, shape, { device, dtype });
}

/** @throws DeviceError, before anything is downloaded. */
function requireRoom(model: LoadableModel, wanted: Device | undefined): void {
  for (const [key, { device }] of model.stateDict()) {
    if (wanted === undefined && device.isMeta) {
      throw new DeviceError(
        `loadWeights: ${key} of the model is on the meta device and has no memory for values: load with { device }, or ` +
          'move the model first, with await model.to(device)',
      );
    }
    // What an earlier call brought there, before something failed, may be loaded again.
    if (wanted !== undefined && !device.isMeta && device !== wanted) {
      throw new DeviceError(
        `loadWeights: device is for models that have no values yet, and ${key} of the model is on ` +
          `${device.nameBeside(wanted)}: leave it out, or build the model without a device`,
      );
    }
  }
}
