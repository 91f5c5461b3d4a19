import { aModule } from '../kinds.ts';
import { inEvaluation, layersCopy, type AnyModule } from '@convnet/layers';
import {
  ArgumentError,
  DTypeError,
  enableGrad,
  formatShape,
  IndexRangeError,
  keep,
  noGrad,
  requireTensor,
  scope,
  ShapeError,
  Tensor,
  requireKind,
  refuseOtherCopy,
} from '@convnet/tensor-core';

import { NonFiniteError } from '../errors.ts';
import { nameOf } from './layers.ts';
import { Score, type Target } from './score.ts';

/** A network and the samples whose outputs are to be explained, with what has to be checked once it is computed. */
export class Explanation {
  readonly where: string;
  readonly model: AnyModule;
  /** The samples, outside every graph. */
  readonly input: Tensor;
  readonly #score: Score;
  #output: Tensor | null = null;

  /** @throws ArgumentError, ShapeError, DTypeError for what is no model, no batch of samples or no target. */
  constructor(where: string, model: AnyModule, input: Tensor, target: Target | undefined) {
    refuseOtherCopy(where, model, layersCopy);
    requireKind(where, 'model', model, aModule);
    requireTensor(where, input, 'the input');
    if (input.rank < 3 || input.shape[0] === 0) {
      throw new ShapeError(
        `${where}: expected samples [N, C, …] with at least one spatial axis, got ${formatShape(input.shape)}`,
      );
    }
    if (input.dtype !== 'float32' && input.dtype !== 'float64') {
      throw new DTypeError(
        `${where}: expected an input of type float32 or float64, got ${input.describe()}`,
      );
    }
    this.where = where;
    this.model = model;
    this.#score = new Score(where, target);
    this.input = keep(input.detach());
  }

  /** Runs the network on the samples as they are, so that the class it predicts is known. */
  look(): void {
    scope(() => this.#evaluated(() => noGrad(() => this.#scoreOf(this.input))));
  }

  /** Gradient of the scores by an input of the samples' shape; the parameters' gradients stay as they are. */
  gradientBy(input: Tensor): Tensor {
    return scope(() => {
      const leaf = input.detach();
      leaf.requiresGrad = true;
      this.#evaluated(() => enableGrad(() => this.#scoreOf(leaf).backward()));
      return this.#gradientOf(leaf, 'the input');
    });
  }

  /**
   * What a layer gives for the samples, and the gradient of the scores by it. Nothing before the layer requires a
   * gradient, so that its output is a leaf: `backward` goes no further.
   */
  atLayer(path: string, layer: AnyModule): { activation: Tensor; gradient: Tensor } {
    return scope(() => {
      let activation: Tensor | null = null;
      const remove = layer.onForward((_, __, output) => {
        if (!(output instanceof Tensor)) {
          throw new ArgumentError(`${this.where}: layer '${path}' does not give a tensor`);
        }
        if (activation !== null) {
          throw new ArgumentError(
            `${this.where}: layer '${path}' runs more than once in a forward pass; name a layer that runs once`,
          );
        }
        output.requiresGrad = true;
        activation = keep(output);
      });
      try {
        this.#evaluated(() =>
          enableGrad(() => {
            const score = this.#scoreOf(this.input);
            if (activation === null) {
              throw new ArgumentError(
                `${this.where}: the forward pass of ${nameOf(this.model)} does not reach layer '${path}'`,
              );
            }
            score.backward();
          }),
        );
        const reached = activation as unknown as Tensor;
        return { activation: reached.detach(), gradient: this.#gradientOf(reached, `'${path}'`) };
      } finally {
        remove();
        (activation as Tensor | null)?.dispose();
      }
    });
  }

  #gradientOf(leaf: Tensor, name: string): Tensor {
    if (leaf.grad === null) {
      throw new ArgumentError(`${this.where}: the score does not depend on ${name}`);
    }
    return leaf.grad.detach();
  }

  #scoreOf(input: Tensor): Tensor {
    const output: unknown = this.model.forward(input);
    if (!(output instanceof Tensor)) {
      throw new ArgumentError(
        `${this.where}: expected a model that gives one tensor, ${nameOf(this.model)} gives ${Array.isArray(output) ? 'a list' : typeof output}`,
      );
    }
    this.#output ??= keep(output.detach());
    return this.#score.of(output);
  }

  /** In evaluation mode, with all parameters frozen for as long as it lasts. */
  #evaluated(body: () => void): void {
    const learned = this.model.parameters().filter((parameter) => parameter.requiresGrad);
    for (const parameter of learned) parameter.requiresGrad = false;
    try {
      inEvaluation(this.model, body);
    } finally {
      for (const parameter of learned) parameter.requiresGrad = true;
    }
  }

  /** @throws NonFiniteError, IndexRangeError for a target tensor. */
  async check(result: Tensor): Promise<void> {
    await this.#requireFinite('input', this.input);
    const target = this.#score.tensor;
    if (target !== null) {
      const classes = this.#output!.shape[1]!;
      for (const label of await target.data()) {
        if (!(label >= 0 && label < classes)) {
          throw new IndexRangeError(`${this.where}: target`, label, 1, classes);
        }
      }
    }
    await this.#requireFinite('output', this.#output!);
    await this.#requireFinite('explanation', result);
  }

  async #requireFinite(origin: NonFiniteError['origin'], values: Tensor): Promise<void> {
    const data = await values.data();
    const at = data.findIndex((value) => !Number.isFinite(value));
    if (at < 0) return;
    const size = data.length / (values.shape[0] ?? 1);
    throw new NonFiniteError(this.where, origin, Math.floor(at / size), data[at]!);
  }

  dispose(): void {
    this.input.dispose();
    this.#output?.dispose();
    this.#score.dispose();
  }
}

/**
 * Computes an explanation: all of it before the first wait, so that the result belongs to the scope of the caller.
 */
export async function explain(
  explanation: Explanation,
  body: (explanation: Explanation) => Tensor,
): Promise<Tensor> {
  try {
    const result = scope(() => body(explanation));
    try {
      await explanation.check(result);
    } catch (error) {
      result.dispose();
      throw error;
    }
    return result;
  } finally {
    explanation.dispose();
  }
}
