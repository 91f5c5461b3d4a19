import { inEvaluation, type Module } from '@convnet/layers';
import { argmax, crossEntropy, eq, noGrad, scope, sum, type Tensor } from '@convnet/tensor-core';

/** Batches of inputs and labels that can be run through more than once, such as a `DataLoader`. */
export interface Batches extends AsyncIterable<[inputs: Tensor, labels: Tensor]> {
  /** Number of batches. */
  readonly length: number;
}

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

/** Runs a classifier over a set, in evaluation mode and without gradients. */
export function evaluate(model: Classifier, batches: Batches): Promise<Evaluation> {
  return inEvaluation(model, async () => {
    const start = performance.now();
    let correct = 0;
    let loss = 0;
    let samples = 0;
    for await (const [inputs, labels] of batches) {
      const [hits, total] = noGrad(() =>
        scope(() => {
          const logits = model.forward(inputs);
          return [
            sum(eq(argmax(logits, 1), labels)),
            crossEntropy(logits, labels, { reduction: 'sum' }),
          ] as const;
        }),
      );
      correct += await hits.item();
      loss += await total.item();
      samples += labels.size;
    }
    return {
      accuracy: correct / samples,
      loss: loss / samples,
      samples,
      seconds: (performance.now() - start) / 1000,
    };
  });
}
