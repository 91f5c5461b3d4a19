import type { AnyModule } from '@convnet/layers';
import type { Optimizer } from '@convnet/optim';
import { isFloating, noGrad, scope, stack, sum, type Tensor } from '@convnet/tensor-core';

import { lengthOf, tensorsOf, type Batches } from '../batches.ts';
import type { DataFindings } from '../errors.ts';

/**
 * Looks at the data once more, now that something was not finite, so that looking costs nothing where all is. Batches
 * that can have an epoch again by its number, as a `DataLoader` can, are asked for that epoch up to batch `last`; others
 * for all they have, until one is found.
 * @param epoch The number that `batches.epoch` had before that epoch; undefined where there is no such number.
 * @param first Number of the first batch of the epoch, from 1, that may be to blame.
 */
export async function findBadSamples(
  batches: Batches<unknown>,
  epoch: number | undefined,
  first: number,
  last: number,
): Promise<DataFindings> {
  const none = { samples: [], sampleBatch: last };
  const next = batches.epoch;
  const end = epoch === undefined ? lengthOf(batches) : last;
  let batch = 0;
  try {
    if (epoch !== undefined) batches.epoch = epoch;
    for await (const given of batches) {
      batch++;
      if (epoch !== undefined && batch < first) continue;
      const found = await Promise.all(tensorsOf(given).map(badSamplesOf));
      const samples = [...new Set(found.flat())].sort((a, b) => a - b);
      if (samples.length > 0) return { dataSeen: true, samples, sampleBatch: batch };
      if (batch === end) break;
    }
    return { ...none, dataSeen: end === undefined || batch === end };
  } catch {
    // The loss is what is to be told; that the data cannot be had again is said with it.
    return { ...none, dataSeen: false };
  } finally {
    if (next !== undefined) batches.epoch = next;
  }
}

async function badSamplesOf(tensor: Tensor): Promise<number[]> {
  if (!isFloating(tensor.dtype)) return [];
  const values = await tensor.data();
  const perSample = tensor.size / (tensor.shape[0] ?? 1);
  const samples: number[] = [];
  for (let i = 0; i < values.length; i++) {
    const sample = Math.floor(i / perSample);
    if (!Number.isFinite(values[i]) && samples[samples.length - 1] !== sample) samples.push(sample);
  }
  return samples;
}

/** Paths of the model's parameters that are not finite; those that only the optimiser has, by their place there. */
export async function findBadWeights(model: AnyModule, optimizer: Optimizer): Promise<string[]> {
  const names = new Map<Tensor, string>();
  for (const [path, parameter] of model.namedParameters()) names.set(parameter, path);
  optimizer.groups.forEach(({ parameters }, g) => {
    parameters.forEach((parameter, p) => {
      if (!names.has(parameter))
        names.set(parameter, `parameter ${p} of the optimiser's group ${g}`);
    });
  });
  const bad: string[] = [];
  for (const [parameter, name] of names) {
    const values = await parameter.data();
    if (!values.every(Number.isFinite)) bad.push(name);
  }
  return bad;
}

/**
 * Whether a sum over one of the tensors is not finite, as it is where an element is not, at the cost of reading each
 * once. Huge but finite elements may have such a sum too.
 */
export async function anySuspicious(tensors: readonly Tensor[]): Promise<boolean> {
  const sums: Tensor[] = [];
  try {
    for (const alike of groupedByKind(tensors)) {
      sums.push(scope(() => noGrad(() => stack(alike.map((tensor) => sum(tensor))))));
    }
    const values = await Promise.all(sums.map((tensor) => tensor.data()));
    return values.some((totals) => !totals.every(Number.isFinite));
  } finally {
    for (const tensor of sums) tensor.dispose();
  }
}

/** Tensors that have values, in groups of one device and type. */
function groupedByKind(tensors: readonly Tensor[]): Tensor[][] {
  const groups: Tensor[][] = [];
  for (const tensor of tensors) {
    if (tensor.device.isMeta) continue;
    const group = groups.find(
      ([first]) => first!.device === tensor.device && first!.dtype === tensor.dtype,
    );
    if (group === undefined) groups.push([tensor]);
    else group.push(tensor);
  }
  return groups;
}
