import type { ConvGeometry } from '../backend.ts';
import { noGrad } from '../autograd.ts';
import { assign } from '../updates/blend.ts';
import { add, mul, sub } from '../ops/arithmetic.ts';
import { rsqrt } from '../ops/elementary.ts';
import { reshape } from '../ops/layout.ts';
import { keep, scope } from '../scope.ts';
import type { Tensor } from '../tensor.ts';
import { Versions } from '../versions.ts';
import { countUses, type Graph, type GraphStep, type Value } from './graph.ts';

/** Weight and bias of a convolution that has taken in a batch norm. */
export interface FoldedWeights {
  readonly weight: Tensor;
  readonly bias: Tensor;
}

/** Folded weights and what they were made of. */
interface Fold {
  readonly sources: readonly (Tensor | null)[];
  readonly epsilon: number;
  readonly folded: FoldedWeights;
  readonly make: () => FoldedWeights;
  versions: Versions;
}

/** @internal Folded weights by what they were made of, shared by graphs of one model. */
export class FoldCache {
  readonly #folds: Fold[] = [];

  /** What `make` makes of these sources, made once. It is given back by `dispose`. */
  get(
    weight: Tensor,
    others: readonly (Tensor | null)[],
    epsilon: number,
    make: () => FoldedWeights,
  ): FoldedWeights {
    const sources = [weight, ...others];
    let fold = this.#folds.find(
      (other) => other.epsilon === epsilon && other.sources.every((t, i) => t === sources[i]),
    );
    if (fold === undefined) {
      const versions = versionsOf(sources);
      fold = { sources, epsilon, folded: keep(made(make)), make, versions };
      this.#folds.push(fold);
    }
    return fold.folded;
  }

  /**
   * Folds anew, in place, what was made of tensors that have changed since. One that fails leaves the rest to the
   * next call.
   */
  refresh(): void {
    for (const fold of this.#folds) if (!fold.versions.areCurrent) refold(fold);
  }

  dispose(): void {
    for (const { folded } of this.#folds) {
      folded.weight.dispose();
      folded.bias.dispose();
    }
    this.#folds.length = 0;
  }
}

function versionsOf(sources: readonly (Tensor | null)[]): Versions {
  return new Versions(sources.filter((tensor) => tensor !== null));
}

function made(make: () => FoldedWeights): FoldedWeights {
  return scope(() => noGrad(make));
}

function refold(fold: Fold): void {
  scope(() => {
    const { weight, bias } = made(fold.make);
    assign(fold.folded.weight, weight);
    assign(fold.folded.bias, bias);
  });
  fold.versions = versionsOf(fold.sources);
}

/**
 * @internal Replaces a convolution followed by batch norm with fixed statistics by one convolution:
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
  const others = [bias, scale, shift, mean, variance].map((value) => value?.constant ?? null);
  const folded = cache.get(weight!.constant!, others, epsilon, () => {
    const inverse = rsqrt(add(variance!.constant!, epsilon));
    const factor = scale ? mul(inverse, scale.constant!) : inverse;
    const centred = bias ? sub(bias.constant!, mean!.constant!) : mul(mean!.constant!, -1);
    const moved = mul(centred, factor);
    const perOutput = weight!.shape.map((extent, axis) => (axis === 0 ? extent : 1));
    return {
      weight: mul(weight!.constant!, reshape(factor, perOutput)),
      bias: shift ? add(moved, shift.constant!) : moved,
    };
  });
  return {
    operation: conv.operation,
    attributes: conv.attributes as ConvGeometry,
    inputs: [x!, constantValue(folded.weight), constantValue(folded.bias)],
    outputs: norm.outputs,
    scalars: [],
  };
}

function constantValue(constant: Tensor): Value {
  return { shape: constant.shape, dtype: constant.dtype, constant, isDerived: true };
}
