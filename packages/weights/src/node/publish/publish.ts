import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  aLocation,
  ArgumentError,
  DeviceError,
  requireKind,
  type Tensor,
  type UrlLike,
} from '@convnet/tensor-core';

import { requireModel, type LoadableModel } from '../../load/model.ts';
import { makeFolder } from '../make-folder.ts';
import { writeFileAtomic } from '../write-file-atomic.ts';
import { encodeSafetensors } from '../../safetensors/write.ts';
import { licenceTextOf } from './licence-text.ts';
import { modelCardOf } from './model-card.ts';
import { checkPublishOptions, type PublishOptions } from './options.ts';
import {
  entryOf,
  exampleOf,
  manifestOf,
  metadataOf,
  typesOf,
  weightsName,
  type PackageFiles,
} from './package-files.ts';

export type { PublishedBuilder, PublishOptions } from './options.ts';

/**
 * Writes a folder that `npm publish` takes: the weights of a model as safetensors, package.json, what is known of them
 * (model.json), a model card with what was measured (README.md), the licence, an entry that tells where the weights are, and
 * an example that runs. Who has installed the package loads them by its name: `loadWeights(model, 'npm:@me/gestures')`.
 * @throws ArgumentError for an option that is missing, of another sort or not known, and for a folder in which something else
 * than this package is; DeviceError for a model on the meta device; the file system's error.
 */
export async function publish(
  folder: string | UrlLike,
  model: LoadableModel,
  options: PublishOptions,
): Promise<void> {
  requireKind('publish', 'folder', folder, aLocation);
  requireModel(model, 'publish');
  checkPublishOptions(options);
  const path = typeof folder === 'string' ? folder : fileURLToPath(folder.href);
  const state = model.stateDict();
  requireValues(state);
  await requireOwnFolder(path, options.name);
  const weights = await encodeSafetensors(state);
  const facts = {
    elements: [...state.values()].reduce((sum, { size }) => sum + size, 0),
    bytes: weights.length,
    sha256: createHash('sha256').update(weights).digest('hex'),
  };
  const example = exampleOf(options);
  const files: PackageFiles = {
    'package.json': manifestOf(options),
    'model.json': metadataOf(options, facts),
    'index.js': entryOf(options),
    'index.d.ts': typesOf(options),
    'example.js': example,
    'README.md': modelCardOf(options, facts, example),
    LICENSE: licenceTextOf(options, new Date().getFullYear()),
  };
  await makeFolder(path);
  // package.json is the first, by which the folder is known as its own where another call has to finish what this one began.
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(path, name), text);
  await writeFileAtomic(join(path, weightsName), weights);
}

/** @throws DeviceError. */
function requireValues(state: ReadonlyMap<string, Tensor>): void {
  for (const [key, { device }] of state) {
    if (!device.isMeta) continue;
    throw new DeviceError(`publish: ${key} of the model is on the meta device and has no values`);
  }
}

/** @throws ArgumentError where the folder holds what another hand put there. */
async function requireOwnFolder(path: string, name: string): Promise<void> {
  const entries: readonly string[] = await readdir(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    if (error.code === 'ENOTDIR') {
      throw new ArgumentError(
        `publish: expected folder as the path of one, got the file '${path}'`,
      );
    }
    throw error;
  });
  if (entries.length === 0) return;
  const manifest = entries.includes('package.json')
    ? new TextDecoder().decode(await readFile(join(path, 'package.json')))
    : '{}';
  if (nameIn(manifest) === name) return;
  throw new ArgumentError(
    `publish: expected a new folder, an empty one or that of ${name}, got '${path}', in which there is ${entries[0]}`,
  );
}

function nameIn(manifest: string): unknown {
  try {
    return (JSON.parse(manifest) as { readonly name?: unknown } | null)?.name;
  } catch {
    return undefined;
  }
}
