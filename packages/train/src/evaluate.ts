import { inEvaluation, type Module } from '@convnet/layers';
import { argmax, crossEntropy, eq, noGrad, scope, sum } from '@convnet/tensor-core';

import type { Batches } from './batches.ts';
import { emptySet, requireBatch, requireBatches, requireModel } from './check.ts';

/** A network from one tensor to logits [N, classes]. */
export type Classifier = Module;

/** How well a classifier does on a set. */
export interface Evaluation {
  /** Share of the samples whose greatest logit is their label's, 0 to 1. */
  readonly accuracy: number;
  /** Mean cross-entropy. */
  readonly loss: number;
  readonly samples: number;
  readonly seconds: number;
}

/**
 * Runs a classifier over a set, in evaluation mode and without gradients. Every module is then in the mode it was in,
 * also after an error.
 * @throws EmptySetError where the set has no sample; ArgumentError for what is no model or no set.
 */
export async function evaluate(model: Classifier, batches: Batches): Promise<Evaluation> {
  requireModel('evaluate', model);
  requireBatches('evaluate', 'the set', batches);
  return inEvaluation(model, async () => {
    const start = performance.now();
    let correct = 0;
    let loss = 0;
    let samples = 0;
    for await (const batch of batches) {
      const [inputs, labels] = requireBatch('evaluate', 'the set', batch);
      if (labels.size === 0) continue;
      const figures = noGrad(() =>
        scope(() => {
          const logits = model.forward(inputs);
          return [
            sum(eq(argmax(logits, 1), labels)),
            crossEntropy(logits, labels, { reduction: 'sum' }),
          ] as const;
        }),
      );
      try {
        const [hits, total] = await Promise.all(figures.map((figure) => figure.item()));
        correct += hits!;
        loss += total!;
      } finally {
        // Batches that are no loader's bring no scope that would.
        for (const figure of figures) figure.dispose();
      }
      samples += labels.size;
    }
    if (samples === 0) throw emptySet('evaluate', 'the set', batches);
    return {
      accuracy: correct / samples,
      loss: loss / samples,
      samples,
      seconds: (performance.now() - start) / 1000,
    };
  });
}
