import { headPaths, type AnyModule } from '@convnet/layers';
import { ArgumentError, formatValue } from '@convnet/tensor-core';

import type { Callback } from '../fit/reports.ts';
import { requireModel } from '../require.ts';
import { isWithin, requireParameters } from './parameter-groups.ts';

/**
 * Freezes all of a network but its head, so that only that is learned. In `fit`, normalisation layers whose weights are
 * frozen stay in evaluation mode: their statistics are those of the data that they were trained with.
 * @returns the model
 * @throws ArgumentError for a network without a head; see `headPaths` of @convnet/layers.
 */
export function freezeBackbone<Model extends AnyModule>(model: Model): Model {
  requireModel('freezeBackbone', model);
  const heads = headPaths(model);
  model.freeze((path) => !heads.some((head) => isWithin(path, head)));
  return model;
}

/**
 * Sets frozen parts of a model free one after another, usually from the head backwards: before the epoch (from 1) that is
 * the key, what its paths lead to is learned too. The optimiser has all parameters from the beginning; it passes over those
 * that are frozen.
 *
 *     freezeBackbone(model);
 *     await fit(model, { …, callbacks: [progressiveUnfreezing(model, { 3: 'layer4', 6: ['layer3', 'layer2'] })] });
 *
 * Howard and Ruder, "Universal Language Model Fine-tuning", ACL 2018, section 3.3.
 * @throws ArgumentError for epochs that are none and paths without parameters.
 */
export function progressiveUnfreezing(
  model: AnyModule,
  stages: Readonly<Record<number, string | readonly string[]>>,
): Callback {
  const where = 'progressiveUnfreezing';
  requireModel(where, model);
  if (typeof stages !== 'object' || (stages as unknown) === null || Array.isArray(stages)) {
    throw new ArgumentError(`${where}: expected paths by epoch, got ${formatValue(stages)}`);
  }
  const entries = Object.entries(stages).map(([key, value]) => {
    const epoch = Number(key);
    if (!Number.isInteger(epoch) || epoch < 1) {
      throw new ArgumentError(`${where}: expected epochs from 1, got '${key}'`);
    }
    const paths = typeof value === 'string' ? [value] : value;
    for (const path of paths) requireParameters(where, model, path);
    return { epoch, paths };
  });
  const apply = (epoch: number): void => {
    for (const stage of entries) {
      if (stage.epoch > epoch) continue;
      for (const path of stage.paths) model.unfreeze(path);
    }
  };
  return {
    onStart: ({ epoch }) => apply(epoch),
    onEpoch: ({ epoch }) => apply(epoch + 1),
  };
}
