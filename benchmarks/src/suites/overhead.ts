import {
  inputShape,
  stepParts,
  tinyNetworks,
  TinyTraining,
  type StepTimes,
} from '../overhead/tiny-training.ts';
import { manualSeed } from '@convnet/tensor-core';
import { blankRow } from '../report/blank-row.ts';
import * as columns from '../report/columns.ts';
import { digits } from '../report/format.ts';
import type { Row, Timing } from '../report/row.ts';
import { timingOf } from '../report/timing.ts';
import type { Suite, SuiteContext } from '../suite.ts';

const defaultSteps = { quick: 5_000, full: 50_000 } as const;
/** Share of the steps, at the start, in which the engine still compiles. */
const warmUp = 0.2;
const between = 500;

const microseconds = (value: number | undefined): string =>
  digits(value === undefined ? undefined : value * 1000);

/** Times a training step of a network so small that only the calls count. */
export const overhead: Suite = {
  name: 'overhead',
  summary: 'time of a training step in which only the calls count',
  description:
    'Times an eager training step (forward, backward, SGD with momentum, reading the loss) on one input of 1×8×8, ' +
    'and the parts of the step: of a network of ten layers, four of them with weights, and of one with ten layers ' +
    'with weights and nine activations; then the same step captured and replayed, in turns with the eager one. ' +
    'There is next to nothing to compute, so this is what convnet itself costs. The first fifth of the steps does ' +
    'not count.',
  options: ['steps'],
  columns: [
    { ...columns.model, title: ['training step'] },
    columns.input,
    {
      title: ['microseconds', 'median'],
      align: 'right',
      cell: ({ ms }) => microseconds(ms?.median),
    },
    { title: ['microseconds', 'least'], align: 'right', cell: ({ ms }) => microseconds(ms?.min) },
  ],
  async *run(context) {
    for (const name of Object.keys(tinyNetworks)) {
      const { times, captured } = await measure(context, name);
      yield row(context, `${name}: step`, timingOf(times.map(({ step }) => step)));
      yield row(context, `${name}: captured step`, timingOf(captured));
      for (const part of stepParts) {
        yield row(context, `${name}: ${part}`, timingOf(times.map(({ parts }) => parts[part])));
      }
    }
  },
};

async function measure(
  { device, options, progress, signal }: SuiteContext,
  name: string,
): Promise<{ readonly times: readonly StepTimes[]; readonly captured: readonly number[] }> {
  const { steps = defaultSteps[options.profile] } = options;
  manualSeed(options.seed);
  const network = new TinyTraining(tinyNetworks[name]!(device), device);
  const times: StepTimes[] = [];
  const captured: number[] = [];
  try {
    for (let i = 0; i < steps; i += between) {
      const count = Math.min(between, steps - i);
      for (let k = 0; k < count; k++) times.push(await network.step());
      for (let k = 0; k < count; k++) captured.push(await network.capturedStep());
      signal.throwIfAborted();
      progress.show([{ label: name, share: i / steps, detail: '' }]);
      // Lets the progress be drawn and an interruption arrive.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  } finally {
    network.dispose();
  }
  const first = Math.floor(steps * warmUp);
  return { times: times.slice(first), captured: captured.slice(first) };
}

function row(context: SuiteContext, model: string, ms: Timing): Row {
  return { ...blankRow(context, { suite: overhead.name, model, dims: null, inputShape }), ms };
}
