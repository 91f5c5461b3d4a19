import { countFlops } from '@convnet/layers';

import { ratioChart } from '../charts/ratios.ts';
import type { TrainingPeer } from '../peers/peer.ts';
import { pytorches } from '../peers/pytorch.ts';
import { blankRow } from '../report/blank-row.ts';
import * as columns from '../report/columns.ts';
import { nameOf } from '../report/failures.ts';
import { digits, fixed } from '../report/format.ts';
import { geometricMean } from '../report/geometric-mean.ts';
import { inPasses, type MeasuredTurns } from '../report/in-passes.ts';
import { besides, peerRows } from '../report/peer-rows.ts';
import { ratioNotes } from '../report/ratio-notes.ts';
import type { Row } from '../report/row.ts';
import { timingOfTurns } from '../report/timing.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { alternate } from '../training/alternate.ts';
import {
  networkOf,
  trainedBatches,
  trainedNames,
  type TrainedBatch,
} from '../training/networks.ts';
import { OwnSteps } from '../training/own-steps.ts';

/** Passes over all networks: what changes on a machine over minutes shows between them. */
const passes = 2;

/** How the steps of LeNets are timed in a pass, which take milliseconds, and those of larger networks. */
const effort = {
  quick: { small: { rounds: 6, turn: 150 }, large: { rounds: 3, turn: 200 } },
  full: { small: { rounds: 30, turn: 150 }, large: { rounds: 8, turn: 600 } },
} as const;

const isSmall = ({ model }: TrainedBatch): boolean => model.startsWith('lenet');

/** Times a training step of each model, next to PyTorch where asked. */
export const training: Suite = {
  name: 'training',
  summary: 'time of a training step, side by side with PyTorch if asked',
  description:
    'Times whole training steps (forward, backward, SGD with momentum) of LeNets on batches of 64 digits, and of ' +
    'larger networks with 1000 classes: captured, as fit takes them, in turns with the same steps run operation by ' +
    'operation, which are called eager. With --peers, PyTorch takes turns with convnet in the same run, with the ' +
    'same shapes and threads, where /usr/bin/python3 or the python3 on the path has it; its larger networks are ' +
    "torchvision's. The environment variable CONVNET_PYTHON may name one more Python, with another PyTorch, for a " +
    'second row of each network. A ratio above 1 means that convnet is faster.',
  options: ['models', 'peers'],
  modelNames: trainedNames,
  columns: [
    columns.model,
    columns.input,
    // A narrow table keeps the least times, which other work on the machine disturbs less.
    { ...columns.median, optional: true },
    columns.min,
    {
      title: ['eager', 'median'],
      align: 'right',
      cell: ({ beside }) => digits(beside?.ms.median),
      optional: true,
    },
    { title: ['eager', 'least'], align: 'right', cell: ({ beside }) => digits(beside?.ms.min) },
    columns.peer,
    { ...columns.peerMedian, optional: true },
    columns.peerMin,
    { ...columns.ratio, optional: true },
    columns.ratioOfMinima,
  ],
  chart: ratioChart('Time of a training step: that of others over that of convnet'),
  async *run(context) {
    const { options, threads, note } = context;
    const peers = options.peers === true ? await pytorches(threads, note) : [];
    for (const { name, version } of peers) note(`Peer: ${name} ${version}, threads: ${threads}.`);
    const chosen = trainedBatches.filter(({ model }) => options.models?.includes(model) ?? true);
    const rows: Row[] = [];
    try {
      const passed = inPasses<TrainedBatch, Measured>(context, passes, chosen, {
        rowOf: (trained) => rowOf(context, trained),
        measure: (trained) => measure(context, trained, peers),
      });
      for await (const one of passed) {
        const found = 'failure' in one ? one.failure : rowsOf(context, one.item, one.measured);
        rows.push(...found);
        yield* found;
      }
    } finally {
      for (const peer of peers) peer.close();
      for (const sentence of [...eagerNote(rows), ...ratioNotes(rows)]) note(sentence);
    }
  },
};

/** How much faster captured steps are, over the networks. */
function eagerNote(rows: readonly Row[]): string[] {
  const ratios = new Map<string, number>();
  for (const row of rows) {
    if (row.beside && row.ms) ratios.set(nameOf(row), row.beside.ms.min / row.ms.min);
  }
  if (ratios.size === 0) return [];
  const [least, ratio] = [...ratios].reduce((a, b) => (b[1] < a[1] ? b : a));
  return [
    `Least times of eager steps over those of captured ones, geometric mean over ${ratios.size} networks: ` +
      `${fixed(geometricMean([...ratios.values()]))} (least ${fixed(ratio)}, ${least}).`,
  ];
}

const rowOf = (context: SuiteContext, { model, dims, batch, inputShape }: TrainedBatch): Row =>
  blankRow(context, { suite: training.name, model, dims, inputShape: [batch, ...inputShape] });

/** Of a network: turns of captured steps, of eager ones, and of the peers that have it. */
interface Measured extends MeasuredTurns {
  readonly params: number;
  readonly macs: number;
  readonly having: readonly TrainingPeer[];
}

/** One row for each peer that has the network, or one without a peer. */
function rowsOf(
  context: SuiteContext,
  trained: TrainedBatch,
  { params, macs, having, turns }: Measured,
): readonly Row[] {
  const [captured, eager, ...others] = turns;
  const ms = timingOfTurns(captured!);
  const beside = { name: 'eager', ms: timingOfTurns(eager!) };
  const row = { ...rowOf(context, trained), params, macs, ms, beside };
  const rows = peerRows(row, having, others);
  const ratio = fixed(beside.ms.median / ms.median);
  context.progress.note(
    `${nameOf(row)}: ${digits(ms.median)} ms, eager ${digits(beside.ms.median)} ms (ratio ${ratio})` +
      besides(rows),
  );
  return rows.length === 0 ? [row] : rows;
}

async function measure(
  context: SuiteContext,
  trained: TrainedBatch,
  peers: readonly TrainingPeer[],
): Promise<Measured> {
  const { device, threads, options, progress, signal, note } = context;
  const name = nameOf(rowOf(context, trained));
  const steps = new OwnSteps(trained, device, (on) => networkOf(trained, on));
  try {
    const params = steps.model.parameters().reduce((sum, { size }) => sum + size, 0);
    const { macs } = countFlops(steps.model, [1, ...trained.inputShape]);
    const having: TrainingPeer[] = [];
    for (const peer of peers) {
      const theirs = await peer.build({ ...trained, threads });
      if (theirs === null) {
        note(`Not run: ${peer.name} ${peer.version} on ${name}, not built there.`);
      } else if (theirs === params) {
        having.push(peer);
      } else {
        throw new Error(`${peer.name} has ${theirs} parameters where convnet has ${params}`);
      }
    }
    const turns = await alternate([steps, steps.inMode('eager'), ...having], {
      ...effort[options.profile][isSmall(trained) ? 'small' : 'large'],
      ...(isSmall(trained) ? {} : { leastSteps: 1, warmUp: 2 }),
      signal,
      onRound: (share) => progress.show([{ label: name, share, detail: '' }]),
    });
    return { params, macs, having, turns };
  } finally {
    steps.dispose();
  }
}
