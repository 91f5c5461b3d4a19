import { countFlops } from '@convnet/layers';

import { modelNames } from '../model-table.ts';
import type { StepSpec, TrainingPeer } from '../peers/peer.ts';
import { pytorch } from '../peers/pytorch.ts';
import * as columns from '../report/columns.ts';
import { nameOf, rowError } from '../report/failures.ts';
import { digits, fixed } from '../report/format.ts';
import type { Row } from '../report/row.ts';
import { timingOf } from '../report/timing.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { alternate } from '../training/alternate.ts';
import { OwnSteps } from '../training/own-steps.ts';

/** What is measured: LeNets on batches of 64 digits, as images and as signals of 28 channels. */
const inputs = [
  { dims: 2, batch: 64, inputShape: [1, 28, 28], numClasses: 10 },
  { dims: 1, batch: 64, inputShape: [28, 28], numClasses: 10 },
] as const;

const rounds = { quick: 12, full: 60 } as const;
const turn = 150;

/** Times a training step of each model, next to PyTorch where asked. */
export const training: Suite = {
  name: 'training',
  summary: 'time of a training step, side by side with PyTorch if asked',
  description:
    'Times whole training steps (forward, backward, SGD with momentum) of each architecture on batches of 64. ' +
    'With --peers, PyTorch takes turns with convnet in the same run, with the same shapes and threads, where ' +
    '/usr/bin/python3 or the python3 on the path has it. A ratio above 1 means that convnet is faster.',
  options: ['models', 'peers'],
  columns: [
    columns.model,
    columns.dims,
    columns.input,
    columns.median,
    columns.min,
    columns.peerMedian,
    columns.peerMin,
    columns.ratio,
    columns.ratioOfMinima,
  ],
  async *run(context) {
    const { options, threads } = context;
    const peer = options.peers === true ? await pytorch(threads) : null;
    if (peer !== null) context.note(`Peer: ${peer.name} ${peer.version}, ${threads} threads.`);
    else if (options.peers === true) {
      context.note(
        'Not run: pytorch. No /usr/bin/python3 or python3 on the path can import torch.',
      );
    }
    try {
      for (const input of inputs) {
        for (const model of options.models ?? modelNames) {
          context.signal.throwIfAborted();
          yield await measuredRow(context, { ...input, model, threads }, peer);
        }
      }
    } finally {
      peer?.close();
    }
  },
};

async function measuredRow(
  context: SuiteContext,
  spec: StepSpec,
  peer: TrainingPeer | null,
): Promise<Row> {
  const { device, threads, progress, signal } = context;
  const row: Row = {
    suite: training.name,
    model: spec.model,
    dims: spec.dims,
    backend: device.name,
    threads,
    dataset: null,
    inputShape: [spec.batch, ...spec.inputShape],
    params: null,
    macs: null,
    accuracy: null,
    ms: null,
  };
  const name = nameOf(row);
  try {
    return await measure(context, spec, peer, row);
  } catch (error) {
    if (signal.aborted) throw error;
    progress.note(`${name}: failed, the rest goes on`);
    return { ...row, error: rowError(error) };
  }
}

async function measure(
  { device, options, progress, signal, note }: SuiteContext,
  spec: StepSpec,
  peer: TrainingPeer | null,
  row: Row,
): Promise<Row> {
  const own = new OwnSteps(spec, device);
  try {
    const params = own.model.parameters().reduce((sum, { size }) => sum + size, 0);
    const { macs } = countFlops(own.model, [1, ...spec.inputShape]);
    const theirs = peer === null ? null : await peer.build(spec);
    if (peer !== null && theirs === null)
      note(`Not run: ${peer.name} on ${nameOf(row)}, not built there.`);
    if (theirs !== null && theirs !== params) {
      throw new Error(`${peer?.name} has ${theirs} parameters where convnet has ${params}`);
    }
    const steppers = peer === null || theirs === null ? [own] : [own, peer];
    const [ours, other] = await alternate(steppers, {
      rounds: rounds[options.profile],
      turn,
      signal,
      onRound: (share) => progress.show([{ label: nameOf(row), share, detail: '' }]),
    });
    const ms = timingOf(ours!);
    const result: Row = { ...row, params, macs, ms };
    if (peer === null || other === undefined) {
      progress.note(`${nameOf(row)}: ${digits(ms.median)} ms`);
      return result;
    }
    const peerMs = timingOf(other);
    const ratio = peerMs.median / ms.median;
    progress.note(
      `${nameOf(row)}: ${digits(ms.median)} ms, ${peer.name} ${digits(peerMs.median)} ms, ratio ${fixed(ratio)}`,
    );
    return {
      ...result,
      peer: { name: peer.name, version: peer.version, ms: peerMs },
      ratio,
      ratioOfMinima: peerMs.min / ms.min,
    };
  } finally {
    own.dispose();
  }
}
