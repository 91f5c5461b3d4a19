import {
  ArgumentError,
  isUrl,
  type UrlLike,
  aLocation,
  anything,
  aString,
  checkOptions,
  optionKinds,
  requireKind,
  formatValue,
} from '@convnet/tensor-core';
import type { Collate } from './collate.ts';
import { requireDataset, type AnyDataset } from './serve.ts';
import { isFresh } from './sendable.ts';
import type { DatasetModule, WorkerSource } from './worker-protocol.ts';
import { isSubset } from '../dataset/subset.ts';
import type { Dataset } from '../dataset/dataset.ts';

/** Options of `openDataset`. */
export interface OpenDatasetOptions {
  /** Name of the export; default 'default'. */
  readonly name?: string;
  /**
   * What the export is called with, where it is a function. Workers get a copy, so it must be made of what can be
   * cloned: no functions.
   */
  readonly options?: unknown;
}

const openDatasetOptions = optionKinds<OpenDatasetOptions>({ name: aString, options: anything });

/** Where opened datasets come from. */
const modules = new WeakMap<object, DatasetModule>();

/**
 * The dataset that a module exports, as its default or by `name`: a dataset, or a function that makes one or a promise of
 * one. A loader with `numWorkers` has it in each worker thread too, which imports the same module:
 *
 *     // train-set.ts
 *     export default ({ root }: { root: string }) => imageFolder(root, { transform: … });
 *     // elsewhere
 *     const train = await openDataset(new URL('./train-set.ts', import.meta.url), { options: { root } });
 *     const loader = new DataLoader(train, { batchSize: 64, numWorkers: 2, device });
 *
 * A dataset with a function `collate` of its own has its batches made by it, in the workers. Parts that `subset`,
 * `randomSplit` and `kFold` make of an opened dataset can be loaded by workers too.
 *
 * @param module URL of the module.
 * @throws ArgumentError where the module has no such export, or it is no dataset.
 */
export async function openDataset<D extends AnyDataset = Dataset>(
  module: UrlLike | string,
  options: OpenDatasetOptions = {},
): Promise<D> {
  requireKind('openDataset', 'module', module, aLocation);
  checkOptions('openDataset', options, openDatasetOptions);
  const { name = 'default' } = options;
  const described: DatasetModule = {
    url: isUrl(module) ? module.href : module,
    name,
    options: options.options,
  };
  const { dataset } = await loadDataset(described);
  modules.set(dataset, described);
  return dataset as D;
}

/** @internal */
export async function loadDataset({ url, name, options }: DatasetModule): Promise<{
  readonly dataset: AnyDataset;
  readonly collate: Collate<unknown, unknown> | undefined;
}> {
  const exported = await imported(url);
  const value = exported[name];
  if (value === undefined) {
    throw new ArgumentError(
      `openDataset: ${url} has no export '${name}'; it has ${Object.keys(exported).join(', ') || 'none'}`,
    );
  }
  const dataset: unknown =
    typeof value === 'function' ? await (value as (given: unknown) => unknown)(options) : value;
  requireDataset(`openDataset: the export '${name}' of ${url}`, dataset);
  return { dataset, collate: collateOf(dataset) };
}

async function imported(url: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ url)) as Readonly<
      Record<string, unknown>
    >;
  } catch (cause) {
    throw new ArgumentError(
      `openDataset: the module ${formatValue(url)} cannot be loaded: ${String(cause)}`,
      { cause },
    );
  }
}

/** The collate that a dataset brings; a part has that of its whole. */
export function collateOf(dataset: AnyDataset): Collate<unknown, unknown> | undefined {
  if ('get' in dataset && isSubset(dataset)) return collateOf(dataset.source);
  const { collate } = dataset as { readonly collate?: Collate<unknown, unknown> };
  if (typeof collate !== 'function') return undefined;
  return isFresh(collate) ? collate : collate.bind(dataset);
}

/**
 * Where workers find `dataset`, and how many samples the module's dataset has; undefined where it was not opened by
 * `openDataset`.
 */
export function workerSource(
  dataset: AnyDataset,
): (WorkerSource & { readonly length: number | undefined }) | undefined {
  const module = modules.get(dataset);
  if (module !== undefined) return { module, length: dataset.length };
  if (!('get' in dataset) || !isSubset(dataset)) return undefined;
  const source = workerSource(dataset.source);
  if (source === undefined) return undefined;
  const { indices: outer } = source;
  const indices =
    outer === undefined ? dataset.indices : dataset.indices.map((index) => outer[index]!);
  return { ...source, indices };
}
