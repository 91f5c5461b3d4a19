import { ArgumentError, formatValue } from '@convnet/tensor-core';

import { Conv } from '../conv/conv.ts';
import { Linear } from '../linear.ts';
import type { AnyModule } from '../module/module.ts';
import { Parameter } from '../module/parameter.ts';
import { requireModule } from '../module/require-module.ts';

/** A network whose head is something else than a linear layer or a convolution. */
export interface OwnHead {
  /** Paths of the modules that know the number of classes. */
  readonly headPaths: readonly string[];
  /** Gives them new weights for another number of classes. */
  replaceHead(numClasses: number): void;
}

/**
 * Paths of the layers of a network that know the number of classes: its last linear layer or convolution, and those at
 * the end of its auxiliary classifiers, such as those of GoogLeNet.
 * @throws ArgumentError for a network without a linear layer or convolution.
 */
export function headPaths(model: AnyModule): string[] {
  requireModule('headPaths', model);
  if (hasOwnHead(model)) return [...model.headPaths];
  return headsOf(model).map(([path]) => path);
}

/**
 * Prepares a trained network for other classes: its head gets new weights for `numClasses`, by the rule that the old ones
 * were made with and on their device; all others stay. For every family, in every rank. What was made of the old weights,
 * such as an optimiser or a compiled model, is to be made anew.
 *
 *     const model = resnet18({ device });
 *     await loadWeights(model, …);
 *     replaceHead(model, 5);
 *
 * @returns the paths of the layers with new weights; see `headPaths`
 * @throws ArgumentError for no whole number of classes from 1, and for a network without a linear layer or convolution.
 */
export function replaceHead(model: AnyModule, numClasses: number): string[] {
  requireModule('replaceHead', model);
  if (!Number.isInteger(numClasses) || numClasses < 1) {
    throw new ArgumentError(
      `replaceHead: expected numClasses as an integer ≥ 1, got ${formatValue(numClasses)}`,
    );
  }
  if (hasOwnHead(model)) {
    model.replaceHead(numClasses);
    return [...model.headPaths];
  }
  const heads = headsOf(model);
  for (const [, layer] of heads) setOutputs(layer, numClasses);
  return heads.map(([path]) => path);
}

function hasOwnHead(model: AnyModule): model is AnyModule & OwnHead {
  return 'headPaths' in model && 'replaceHead' in model && typeof model.replaceHead === 'function';
}

/** A layer whose outputs may be classes. */
type Head = Linear | Conv;

function headsOf(model: AnyModule): (readonly [path: string, layer: Head])[] {
  const last = lastOf(model);
  if (last === null) {
    throw new ArgumentError(
      `replaceHead: expected a network with a linear layer or a convolution at its end, got ${model.architecture || model.typeName}`,
    );
  }
  const auxiliary = [...model.namedChildren()].flatMap(([name, child]) => {
    const found = /^aux/i.test(name) ? lastOf(child, name) : null;
    return found === null || outputsOf(found[1]) !== outputsOf(last[1]) ? [] : [found];
  });
  return [...auxiliary.filter(([, layer]) => layer !== last[1]), last];
}

/** The last layer with outputs that could be classes, in the order of definition. */
function lastOf(model: AnyModule, prefix = ''): readonly [path: string, layer: Head] | null {
  let last: readonly [string, Head] | null = null;
  for (const [path, module] of model.namedModules(prefix)) {
    if (module instanceof Linear || module instanceof Conv) last = [path, module];
  }
  return last;
}

function outputsOf(layer: Head): number {
  return layer.weight.shape[0]!;
}

/** Gives a layer new weights for another number of outputs. */
function setOutputs(layer: Head, outputs: number): void {
  const groups = layer instanceof Conv ? (layer.options.groups ?? 1) : 1;
  if (outputs % groups !== 0) {
    throw new ArgumentError(
      `replaceHead: expected a number of classes that the ${groups} groups of the last convolution divide, got ${outputs}`,
    );
  }
  const { weight, bias } = layer;
  const fresh = (old: Parameter): Parameter =>
    new Parameter([outputs, ...old.shape.slice(1)], old.initializer, old.device);
  const [newWeight, newBias] = [fresh(weight), bias === null ? null : fresh(bias)];
  layer.weight = newWeight;
  layer.bias = newBias;
  Object.assign(
    layer,
    layer instanceof Linear ? { outFeatures: outputs } : { outChannels: outputs },
  );
  weight.dispose();
  bias?.dispose();
}
