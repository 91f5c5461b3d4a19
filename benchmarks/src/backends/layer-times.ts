import { inEvaluation, type AnyModule, type Layer } from '@convnet/layers';
import {
  byteLength,
  conv,
  full,
  inferShapes,
  meta,
  noGrad,
  openScope,
  randn,
  Tensor,
  tensor,
  trace,
  zeros,
  type Device,
} from '@convnet/tensor-core';

import type { LayerFigures } from '../report/row.ts';

/** A layer of a network that multiplies, and what it takes. */
interface MultiplyingLayer {
  readonly path: string;
  readonly module: Layer;
  readonly kind: LayerFigures['kind'];
  readonly inputShape: readonly number[];
  readonly macs: number;
  readonly bytes: number;
  /** Equal for layers that do the same work. */
  readonly work: string;
}

export interface LayerTiming {
  readonly device: Device;
  /** Least time for each layer, in milliseconds. */
  readonly time: number;
  readonly signal: AbortSignal;
}

/** Calls that are waited for together take so many milliseconds at least: else it would be the wait that is timed. */
const turn = 4;
const mostCallsOfTurn = 256;

/**
 * Times each convolution and linear layer of a network alone, forward, its input where the layer before left it. Layers that do the
 * same work are measured once, and counted.
 * @param model on the device of `timing`.
 * @param inputShape with the batch.
 */
export async function layerTimes(
  model: Layer,
  inputShape: readonly number[],
  { device, time, signal }: LayerTiming,
): Promise<LayerFigures[]> {
  const found = multiplyingLayers(model, inputShape);
  const figures: LayerFigures[] = [];
  for (const [i, { path, module, kind, inputShape: shape, macs, bytes, work }] of found.entries()) {
    if (found.findIndex((other) => other.work === work) < i) continue;
    signal.throwIfAborted();
    const { length: count } = found.filter((other) => other.work === work);
    const ms = await timeLayer(module, shape, device, time);
    figures.push({ path, count, kind, inputShape: shape, macs, bytes, ms });
  }
  return figures;
}

/** The layers without children that multiply, with the shapes that they meet. */
function multiplyingLayers(model: Layer, inputShape: readonly number[]): MultiplyingLayer[] {
  const layers: MultiplyingLayer[] = [];
  let macs = 0;
  const removals = [...model.namedModules()].flatMap(([path, module]) => {
    if (module.namedChildren().next().done !== true) return [];
    return [
      module.onForward((_, [input], output) => {
        if (macs > 0 && input instanceof Tensor && output instanceof Tensor) {
          layers.push(describe(path, module as Layer, input, output, macs));
        }
        macs = 0;
      }),
    ];
  });
  try {
    const input = zeros(inputShape, { device: meta });
    inEvaluation(model, () =>
      inferShapes(() =>
        noGrad(() =>
          trace(
            ({ operation, inputs, outputs, attributes }) => {
              macs += operation.cost(inputs, outputs, attributes).macs;
            },
            () => model.forward(input),
          ),
        ),
      ),
    );
  } finally {
    for (const remove of removals) remove();
  }
  return layers;
}

function describe(
  path: string,
  module: Layer,
  input: Tensor,
  output: Tensor,
  macs: number,
): MultiplyingLayer {
  const parameters = module.parameters();
  const bytes = [input, output, ...parameters].reduce((sum, t) => sum + byteLength(t), 0);
  const work = `${String(module)} on ${input.shape.join('x')}`;
  return { path, module, kind: kindOf(module, input), inputShape: input.shape, macs, bytes, work };
}

function kindOf(module: AnyModule, { shape }: Tensor): LayerFigures['kind'] {
  const [weight] = module.parameters();
  const [, perGroup, ...window] = weight!.shape;
  if (window.length === 0) return 'linear';
  if (perGroup === 1 && shape[1]! > 1) return 'depthwise';
  return window.every((extent) => extent === 1) ? 'pointwise' : 'convolution';
}

/** The least milliseconds of a call among many turns of calls. */
async function timeLayer(
  layer: Layer,
  inputShape: readonly number[],
  device: Device,
  time: number,
): Promise<number> {
  using _ = openScope();
  const x = asLeft(randn(inputShape, { device }));
  const marker = tensor([0], { device });
  const turnOf = async (calls: number): Promise<number> => {
    const start = performance.now();
    for (let i = 0; i < calls; i++) {
      using __ = openScope();
      noGrad(() => layer.forward(x));
    }
    // A read waits for all that was asked of the device before.
    await marker.item();
    return performance.now() - start;
  };
  const first = await turnOf(1);
  let calls = 1;
  let least = first;
  const end = performance.now() + time;
  while (performance.now() < end) {
    const took = await turnOf(calls);
    least = Math.min(least, took / calls);
    if (took < turn) calls = Math.min(2 * calls, mostCallsOfTurn);
  }
  return least;
}

/** The same numbers as a convolution leaves them, in the device's own layout; with up to 3 channels as they come. */
function asLeft(x: Tensor): Tensor {
  const [, channels, ...extents] = x.shape;
  if (extents.length === 0 || channels! <= 3) return x;
  const identity = full([channels!, 1, ...extents.map(() => 1)], 1, { device: x.device });
  return noGrad(() => conv(x, identity, null, { groups: channels! }));
}
