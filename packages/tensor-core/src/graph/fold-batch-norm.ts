import type { ConvGeometry } from '../backend.ts';
import { noGrad } from '../autograd.ts';
import { add, mul, rsqrt, sub } from '../ops/arithmetic.ts';
import { reshape } from '../ops/layout.ts';
import { keep, scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { countUses, type Graph, type GraphStep, type Value } from './graph.ts';

/** Weight and bias of a convolution that has taken in a batch norm. */
export interface FoldedWeights {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Folded weights by the tensors that they were made of, shared by graphs of one model. */
export class FoldCache {
  readonly #folded = new Map<Tensor, Map<Tensor, FoldedWeights>>();

  get(weight: Tensor, variance: Tensor, make: () => FoldedWeights): FoldedWeights {
    let byVariance = this.#folded.get(weight);
    if (byVariance === undefined) this.#folded.set(weight, (byVariance = new Map()));
    let folded = byVariance.get(variance);
    if (folded === undefined) byVariance.set(variance, (folded = keep(make())));
    return folded;
  }

  dispose(): void {
    for (const byVariance of this.#folded.values()) {
      for (const { weight, bias } of byVariance.values()) {
        weight.dispose();
        bias.dispose();
      }
    }
    this.#folded.clear();
  }
}

/**
 * Replaces a convolution followed by batch norm with fixed statistics by one convolution:
 * weight · s and (bias - mean) · s + shift for each output channel, s = scale / sqrt(variance + epsilon).
 */
export function foldBatchNorm(graph: Graph, cache: FoldCache): Graph {
  const uses = countUses(graph);
  const convOf = new Map<Value, GraphStep>();
  const replaced = new Map<GraphStep, GraphStep | null>();
  for (const step of graph.steps) {
    if (step.operation.name === 'conv') convOf.set(step.outputs[0]!, step);
    if (step.operation.name !== 'batchNormInference') continue;
    const before = convOf.get(step.inputs[0]!);
    if (before === undefined || uses.get(before.outputs[0]!) !== 1) continue;
    const folded = foldStep(before, step, cache);
    if (folded === null) continue;
    replaced.set(before, null);
    replaced.set(step, folded);
  }
  const steps = graph.steps
    .map((step) => (replaced.has(step) ? replaced.get(step)! : step))
    .filter((step) => step !== null);
  return { ...graph, steps };
}

function foldStep(conv: GraphStep, norm: GraphStep, cache: FoldCache): GraphStep | null {
  const [x, weight, bias] = conv.inputs;
  const [, scale, shift, mean, variance] = norm.inputs;
  const constants = [weight, bias, scale, shift, mean, variance];
  if (constants.some((value) => value && value.constant === null)) return null;
  const { epsilon } = norm.attributes as { readonly epsilon: number };
  const folded = cache.get(weight!.constant!, variance!.constant!, () =>
    scope(() =>
      noGrad(() => {
        const inverse = rsqrt(add(variance!.constant!, epsilon));
        const factor = scale ? mul(inverse, scale.constant!) : inverse;
        const centred = bias ? sub(bias.constant!, mean!.constant!) : mul(mean!.constant!, -1);
        const moved = mul(centred, factor);
        const perOutput = weight!.shape.map((extent, axis) => (axis === 0 ? extent : 1));
        return {
          weight: mul(weight!.constant!, reshape(factor, perOutput)),
          bias: shift ? add(moved, shift.constant!) : moved,
        };
      }),
    ),
  );
  return {
    operation: conv.operation,
    attributes: conv.attributes as ConvGeometry,
    inputs: [x!, constantValue(folded.weight), constantValue(folded.bias)],
    outputs: norm.outputs,
    scalars: [],
  };
}

function constantValue(constant: Tensor): Value {
  return { shape: constant.shape, dtype: constant.dtype, constant };
}
