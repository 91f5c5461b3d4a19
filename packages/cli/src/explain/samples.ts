import { defaultCollate, type Dataset } from '@convnet/data';
import { predict, type Predictions } from '@convnet/train';
import type { AnyModule } from '@convnet/layers';
import { tensor, type Device, type Tensor } from '@convnet/tensor-core';

import type { PreparedSample } from '../data/opened-data.ts';
import { CliError } from '../errors.ts';
import { percent } from '../table.ts';
import { activationOf, outputNames, toUnits, type Task } from '../task.ts';

/** Samples that are shown, with what the network says of them. */
export interface ExplainedSamples {
  /** [N, C, …]. */
  readonly inputs: Tensor;
  readonly names: readonly string[];
  /** The true classes; null where they are not known, or samples have no classes. */
  readonly labels: readonly number[] | null;
  /** The greatest output of each. */
  readonly predicted: readonly number[];
  readonly probabilities: readonly number[];
  readonly predictions: Predictions;
}

export interface SampleChoice {
  readonly count: number;
  /** Only those that the network takes for another class. */
  readonly wrong: boolean;
  /** Whether the set knows what its samples are. */
  readonly isLabelled: boolean;
}

/**
 * Some samples of a set, spread over all of it so that each class may be among them.
 * @throws CliError where none is wrong.
 */
export async function chooseSamples(
  set: Dataset<PreparedSample>,
  model: AnyModule,
  task: Task,
  device: Device,
  { count, wrong, isLabelled }: SampleChoice,
): Promise<ExplainedSamples> {
  const all = Array.from({ length: set.length }, (_, i) => i);
  const candidates = wrong ? await mistaken(set, model, task, device) : all;
  if (candidates.length === 0) {
    throw new CliError('--wrong: the network is right about all samples');
  }
  const shown = spread(candidates, count);
  const samples = await Promise.all(shown.map(async (i) => set.get(i)));
  const names = shown.map((i) => set.nameOf?.(i) ?? `sample ${i}`);
  const inputs = tensorOf(
    samples.map(([input]) => input),
    device,
  );
  const predictions = await predict(model, inputs, { activation: activationOf(task) });
  const predicted = [...predictions.labels];
  const outputs = outputNames(task).length;
  return {
    inputs,
    names,
    labels:
      isLabelled && task.kind === 'classification'
        ? samples.map(([, target]) => target as number)
        : null,
    predicted,
    probabilities: predicted.map((label, i) => predictions.probabilities[i * outputs + label]!),
    predictions,
  };
}

function tensorOf(inputs: readonly PreparedSample[0][], device: Device): Tensor {
  const { data, shape } = defaultCollate(inputs);
  return tensor(data, shape, { device });
}

/** The numbers of the samples that are taken for another class. */
async function mistaken(
  set: Dataset<PreparedSample>,
  model: AnyModule,
  task: Task,
  device: Device,
): Promise<number[]> {
  const found: number[] = [];
  const size = 64;
  for (let start = 0; start < set.length; start += size) {
    const indices = Array.from({ length: Math.min(size, set.length - start) }, (_, i) => start + i);
    const samples = await Promise.all(indices.map(async (i) => set.get(i)));
    const inputs = tensorOf(
      samples.map(([input]) => input),
      device,
    );
    const { labels } = await predict(model, inputs, { activation: activationOf(task) });
    inputs.dispose();
    found.push(...indices.filter((i) => labels[i - start] !== samples[i - start]![1]));
  }
  return found;
}

/** `count` of a list, with equal steps between them. */
function spread(indices: readonly number[], count: number): readonly number[] {
  if (indices.length <= count) return indices;
  return Array.from(
    { length: count },
    (_, i) => indices[Math.floor((i * indices.length) / count)]!,
  );
}

/** A line for each sample: its file, what it is and what the network says. */
export function captionsOf(task: Task, samples: ExplainedSamples): readonly string[] {
  const { names, labels, predicted, probabilities, predictions } = samples;
  const outputs = outputNames(task);
  return names.map((name, i) => {
    const file = name.slice(name.lastIndexOf('/') + 1);
    if (task.kind === 'classification') {
      const said = `${outputs[predicted[i]!]} ${percent(probabilities[i]!)}`;
      const label = labels?.[i];
      const truth = label === undefined || label === predicted[i] ? '' : `, is ${outputs[label]}`;
      return `${said}${truth} · ${file}`;
    }
    const row = (values: ArrayLike<number>): number[] =>
      outputs.map((_, k) => values[i * outputs.length + k]!);
    if (task.kind === 'regression') {
      const values = toUnits(task, row(predictions.outputs));
      const said = outputs.map((quantity, k) => `${quantity} ${values[k]!.toPrecision(4)}`);
      return `${said.join(', ')} · ${file}`;
    }
    const chances = row(predictions.probabilities);
    const has = outputs.filter((_, k) => chances[k]! >= 0.5);
    return `${has.join(', ') || 'none'} · ${file}`;
  });
}
