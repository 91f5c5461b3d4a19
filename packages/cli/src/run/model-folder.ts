import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { decodeText } from '@convnet/data';
import type { AnyModule } from '@convnet/layers';
import type { Device } from '@convnet/tensor-core';
import { loadWeights } from '@convnet/weights';
import { makeFolder, saveSafetensors, writeFileAtomic } from '@convnet/weights/node';

import { architectureOf, buildNetwork, type NetworkOptions } from '../architectures.ts';
import { inputShapeOf, type Preprocessing } from '../data/preprocessing.ts';
import { CliError, messageOf } from '../errors.ts';
import type { Figures, Task } from '../task.ts';
import { runFolder } from './run-folder.ts';

/** `model.json`: all that is needed to use the weights beside it. */
export interface ModelCard {
  readonly version: 1;
  readonly architecture: string;
  readonly options: NetworkOptions;
  readonly task: Task;
  readonly preprocessing: Preprocessing;
  /** On the test set, of the weights in the folder. */
  readonly test: Figures;
}

const cardName = 'model.json';
/** The weights of a trained network, in its folder. */
export const weightsName = 'model.safetensors';

/** Writes a trained network into a folder, each file as a whole or not at all. */
export async function saveModel(folder: string, model: AnyModule, card: ModelCard): Promise<void> {
  await makeFolder(folder);
  await saveSafetensors(join(folder, weightsName), model.stateDict());
  await writeJson(join(folder, cardName), card);
}

export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, [
    new TextEncoder().encode(`${JSON.stringify(value, undefined, 2)}\n`),
  ]);
}

/**
 * The card of a run, or of the package that was published of one: its folder, or its name behind `npm:`.
 * @throws CliError for what is no folder of a trained network; SourceError for a package that is not there.
 */
export async function readCard(location: string): Promise<ModelCard> {
  const folder = await runFolder(location);
  const path = join(folder, cardName);
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new CliError(
      `'${folder}' has no ${cardName}: expected the folder of a trained network, such as runs/resnet18`,
      { cause },
    );
  });
  let card: Partial<ModelCard> | null | undefined;
  try {
    const content = JSON.parse(decodeText(bytes)) as
      | (Partial<ModelCard> & { readonly run?: { readonly card?: Partial<ModelCard> } })
      | null;
    card = content?.run === undefined ? content : content.run.card;
  } catch (cause) {
    throw new CliError(`${path}: expected JSON (${messageOf(cause)})`, { cause });
  }
  if (card?.version !== 1) {
    throw new CliError(`${path}: expected version 1, got ${String(card?.version)}`);
  }
  const missing = (['architecture', 'options', 'task', 'preprocessing'] as const).filter(
    (key) => card[key] === undefined,
  );
  if (missing.length > 0) throw new CliError(`${path}: there is no ${missing.join(', ')}`);
  return card as ModelCard;
}

/**
 * Builds the network of a folder with its weights.
 * @throws CliError; errors of @convnet/weights for weights that are damaged or of another network.
 */
export async function loadModel(
  folder: string,
  card: ModelCard,
  device: Device,
): Promise<AnyModule> {
  const { architecture, options, preprocessing } = card;
  const size = inputShapeOf(preprocessing).slice(1);
  const model = buildNetwork(architectureOf(architecture), options, size, device);
  await loadWeights(model, join(await runFolder(folder), weightsName));
  return model;
}
