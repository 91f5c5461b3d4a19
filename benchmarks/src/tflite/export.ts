import { inEvaluation, type Layer } from '@convnet/layers';
import {
  captureGraph,
  FoldCache,
  foldBatchNorm,
  type Graph,
  type Tensor,
  type Value,
} from '@convnet/tensor-core';

import { channelsLast } from './channels-last.ts';
import { Inexpressible, UnsupportedOperationError } from './errors.ts';
import { fuseActivations } from './fuse-activations.ts';
import { lowerings } from './lowering/index.ts';
import type { Site } from './lowering/site.ts';
import type { TfliteModel } from './messages.ts';
import { TfliteGraph } from './tflite-graph.ts';
import { writeTflite } from './write.ts';

/**
 * A network as a .tflite file, with its weights: what it computes in evaluation mode for one float32 image batch. Channels
 * are last there, also those of the input (`toChannelsLast` brings it into that order); batch norms are folded into the
 * convolutions before them, and activations belong to the operators before them, as the converters of TensorFlow Lite do it.
 *
 * @param inputShape `[N, C, H, W]`.
 * @throws UnsupportedOperationError for an operation that is not written.
 */
export async function exportTflite(
  model: Layer,
  inputShape: readonly number[],
): Promise<Uint8Array> {
  return writeTflite(await lowerNetwork(model, inputShape));
}

/** The tables of that file. */
export async function lowerNetwork(
  model: Layer,
  inputShape: readonly number[],
): Promise<TfliteModel> {
  const captured = inEvaluation(model, () =>
    captureGraph((x) => model.forward(x), [{ shape: inputShape, dtype: 'float32' }]),
  );
  const folds = new FoldCache();
  try {
    const graph = foldBatchNorm(captured, folds);
    const weights = await weightsOf(graph);
    return lowerGraph(model.architecture || model.typeName, graph, weights);
  } finally {
    folds.dispose();
  }
}

async function weightsOf(graph: Graph): Promise<ReadonlyMap<Tensor, Float32Array>> {
  const constants = graph.steps
    .flatMap(({ inputs }) => inputs)
    .map((value) => value?.constant ?? null)
    .filter((tensor) => tensor !== null);
  const read = async (tensor: Tensor): Promise<[Tensor, Float32Array]> => [
    tensor,
    (await tensor.data()) as Float32Array,
  ];
  return new Map(await Promise.all(Array.from(new Set(constants), read)));
}

function lowerGraph(
  network: string,
  graph: Graph,
  weights: ReadonlyMap<Tensor, Float32Array>,
): TfliteModel {
  const made = new TfliteGraph();
  const places = new Map<Value, number>(
    graph.inputs.map((input) => [input, made.input(channelsLast(input.shape))]),
  );
  const inputs = [...places.values()];
  for (const { step, activation, output } of fuseActivations(graph)) {
    const site: Site = {
      graph: made,
      step,
      activation,
      place: (i) => {
        const place = places.get(step.inputs[i]!);
        if (place === undefined) throw new Inexpressible('it reads a constant');
        return place;
      },
      constant: (i) => {
        const value = step.inputs[i] ?? null;
        if (value === null) return null;
        if (value.constant === null) throw new Inexpressible('its weights are computed');
        return weights.get(value.constant)!;
      },
    };
    try {
      const lower = lowerings.get(step.operation.name);
      if (lower === undefined) throw new Inexpressible('there is no lowering');
      const place = lower(site);
      if (activation !== 'none') made.markNonNegative(place);
      places.set(output, place);
    } catch (error) {
      if (!(error instanceof Inexpressible)) throw error;
      throw new UnsupportedOperationError(network, step.operation.name, error.message);
    }
  }
  const outputs = graph.outputs.map((output) => places.get(output)!);
  outputs.forEach((place, i) => made.rename(place, i === 0 ? 'output' : `output_${i}`));
  return { tensors: made.tensors, operators: made.operators, inputs, outputs };
}
