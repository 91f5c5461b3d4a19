import { openDevice } from '../devices/open-device.ts';
import { blankRow } from '../report/blank-row.ts';
import * as columns from '../report/columns.ts';
import { rowError } from '../report/failures.ts';
import { digits, fixed } from '../report/format.ts';
import type { Row } from '../report/row.ts';
import { timingOfTurns } from '../report/timing.ts';
import { scalingCases, scalingNames, type ScalingCase } from '../scaling/cases.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { alternate } from '../training/alternate.ts';

const rounds = { quick: 8, full: 32 } as const;
const turn = 250;

/** Compares one thread with several. */
export const scaling: Suite = {
  name: 'scaling',
  summary: 'how much faster several threads are than one',
  description:
    'Times the compiled inference of one image of 224×224, and training steps on 8 images of 64×64, on one thread ' +
    'and on as many as --threads says (default: all cores). The two devices take turns in one run. A ratio of 2 ' +
    'means that the threads together take half of the time of one. On a machine that does other work the ratio ' +
    'of minima tells more.',
  options: ['models'],
  modelNames: scalingNames,
  columns: [
    columns.model,
    columns.input,
    { ...columns.median, optional: true },
    columns.min,
    {
      title: ['1 thread', 'median'],
      align: 'right',
      cell: ({ beside }) => digits(beside?.ms.median),
      optional: true,
    },
    {
      title: ['1 thread', 'least'],
      align: 'right',
      cell: ({ beside }) => digits(beside?.ms.min),
    },
    { ...columns.ratio, optional: true },
    columns.ratioOfMinima,
  ],
  async *run(context) {
    const { options, device, threads, signal, note } = context;
    if (threads === 1) {
      note(`Not run: ${device.name} has one thread here, so there is nothing to compare.`);
      return;
    }
    const { device: single } = await openDevice(device.name, {
      threads: 1,
      revectorize: options.revectorize,
    });
    try {
      for (const each of scalingCases) {
        if (options.models?.includes(each.model) === false) continue;
        signal.throwIfAborted();
        yield await scalingRow(context, each, single);
      }
    } finally {
      single.dispose();
    }
  },
};

async function scalingRow(
  { device, threads, options, progress, signal }: SuiteContext,
  { model, work, inputShape, open }: ScalingCase,
  single: SuiteContext['device'],
): Promise<Row> {
  const name = `${model} ${work}`;
  const row = blankRow(
    { device, threads },
    {
      suite: scaling.name,
      model: name,
      dims: 2,
      inputShape,
    },
  );
  try {
    await using opened = new AsyncDisposableStack();
    const steppers = [];
    for (const where of [device, single]) {
      steppers.push(opened.adopt(await open(where), async (stepper) => stepper.dispose()));
    }
    const [several, one] = await alternate(steppers, {
      rounds: rounds[options.profile],
      turn,
      leastSteps: 1,
      signal,
      onRound: (share) => progress.show([{ label: name, share, detail: '' }]),
    });
    const ms = timingOfTurns(several!);
    const besideMs = timingOfTurns(one!);
    const ratio = besideMs.median / ms.median;
    progress.note(
      `${name}: ${digits(ms.median)} ms, on one thread ${digits(besideMs.median)} ms (ratio ${fixed(ratio)})`,
    );
    return {
      ...row,
      ms,
      beside: { name: 'one thread', ms: besideMs },
      ratio,
      ratioOfMinima: besideMs.min / ms.min,
    };
  } catch (error) {
    if (signal.aborted) throw error;
    progress.note(`${name}: failed, the rest goes on`);
    return { ...row, error: rowError(error) };
  }
}
