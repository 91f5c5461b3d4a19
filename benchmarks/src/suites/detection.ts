import type { Detection } from '@convnet/detection';

import { OwnDetection } from '../detection/own-detection.ts';
import { OwnDetectorTraining, trainingRate, trainingTarget } from '../detection/own-training.ts';
import {
  timedDetectors,
  timedNames,
  weightFactors,
  type TimedDetector,
} from '../detection/timed-detectors.ts';
import {
  torchvisions,
  type DetectionPeer,
  type DetectorRequest,
  type PeerDetections,
} from '../peers/pytorch-detection.ts';
import { blankRow } from '../report/blank-row.ts';
import * as columns from '../report/columns.ts';
import { nameOf, rowsOrFailure } from '../report/failures.ts';
import { digits } from '../report/format.ts';
import { besides, peerRows } from '../report/peer-rows.ts';
import { ratioNotes } from '../report/ratio-notes.ts';
import type { Row } from '../report/row.ts';
import { timingOfTurns } from '../report/timing.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { alternate } from '../training/alternate.ts';

const rounds = { quick: 3, full: 12 } as const;

/** Share of the peer's detections that must be found with their score: some lie within rounding of a threshold. */
const leastCommon = 0.9;

/** Share by which a loss may differ from the peer's: each draws its own anchors and regions to learn from. */
const lossTolerance = 0.2;

/** Times detectors on one image, next to torchvision where asked. */
export const detection: Suite = {
  name: 'detection',
  summary: 'time of one image through detectors, side by side with torchvision if asked',
  description:
    'Times detectors on one image, from its pixels to boxes on the host, and training steps on one. With --peers, ' +
    'torchvision takes turns with convnet in the same run, with the same weights, image and threads, where ' +
    '/usr/bin/python3 or the python3 on the path has it; the environment variable CONVNET_PYTHON may name one more ' +
    'Python, for a second row of each detector. Both must find the same, or have the same losses but for what they ' +
    'draw. A ratio above 1 means that convnet is faster.',
  options: ['models', 'peers'],
  modelNames: timedNames,
  defaultThreads: 1,
  columns: [
    columns.model,
    columns.input,
    columns.median,
    columns.min,
    columns.peer,
    columns.peerMedian,
    columns.peerMin,
    columns.ratio,
    columns.ratioOfMinima,
  ],
  async *run(context) {
    const { options, threads, note, signal } = context;
    const peers = options.peers === true ? await torchvisions(threads, note) : [];
    const chosen = timedDetectors.filter(({ name }) => options.models?.includes(name) ?? true);
    const rows: Row[] = [];
    try {
      for (const timed of chosen) {
        signal.throwIfAborted();
        for (const row of await rowsOf(context, timed, peers)) {
          rows.push(row);
          yield row;
        }
      }
    } finally {
      for (const peer of peers) peer.close();
      for (const sentence of ratioNotes(rows)) note(sentence);
    }
  },
};

/** One row for each peer, or one without a peer. */
async function rowsOf(
  context: SuiteContext,
  timed: TimedDetector,
  peers: readonly DetectionPeer[],
): Promise<readonly Row[]> {
  const row = blankRow(context, {
    suite: detection.name,
    model: timed.work === 'inference' ? timed.name : `${timed.name}, ${timed.work}`,
    dims: 2,
    inputShape: [1, ...timed.inputShape],
  });
  return rowsOrFailure(context, row, () => measure(context, timed, peers, row));
}

async function measure(
  { device, options, progress, signal }: SuiteContext,
  timed: TimedDetector,
  peers: readonly DetectionPeer[],
  row: Row,
): Promise<Row[]> {
  const own =
    timed.work === 'inference'
      ? await OwnDetection.of(timed, device)
      : await OwnDetectorTraining.of(timed, device);
  try {
    const params = own.model.parameters().reduce((sum, { size }) => sum + size, 0);
    if (own instanceof OwnDetection) await findToo(own, timed, peers, params);
    else await learnToo(own, timed, peers, params);
    const [ours, ...others] = await alternate([own, ...peers], {
      rounds: rounds[options.profile],
      turn: 250,
      leastSteps: 1,
      warmUp: 1,
      signal,
      onRound: (share) => progress.show([{ label: nameOf(row), share, detail: '' }]),
    });
    const ms = timingOfTurns(ours!);
    const result = { ...row, params, ms };
    const rows = peerRows(result, peers, others);
    progress.note(`${nameOf(row)}: ${digits(ms.median)} ms${besides(rows)}`);
    return rows.length === 0 ? [result] : rows;
  } finally {
    own.dispose();
  }
}

const requestOf = ({ name, inputShape, sides }: TimedDetector): DetectorRequest => ({
  model: name,
  inputShape,
  factors: weightFactors,
  ...(sides === undefined ? {} : { sides }),
});

/** Has peers look at the same image. @throws Error where one has another network, or finds something else. */
async function findToo(
  own: OwnDetection,
  timed: TimedDetector,
  peers: readonly DetectionPeer[],
  parameters: number,
): Promise<void> {
  const found = await own.find();
  for (const peer of peers) {
    const name = `${peer.name} ${peer.version}`;
    const theirs = await peer.buildFinding(requestOf(timed));
    requireSameSize(name, parameters, theirs.parameters);
    requireSame(name, found, theirs);
  }
}

/** Has peers learn from the same image. @throws Error where one has another network, or other losses. */
async function learnToo(
  own: OwnDetectorTraining,
  timed: TimedDetector,
  peers: readonly DetectionPeer[],
  parameters: number,
): Promise<void> {
  const ours = await own.learn();
  const training = { ...trainingTarget, learningRate: trainingRate };
  for (const peer of peers) {
    const name = `${peer.name} ${peer.version}`;
    const theirs = await peer.buildTraining(requestOf(timed), training);
    requireSameSize(name, parameters, theirs.parameters);
    for (const [loss, value] of Object.entries(theirs.losses)) {
      const expected = ours[loss] ?? Number.NaN;
      if (Math.abs(value - expected) <= lossTolerance * Math.abs(expected)) continue;
      throw new Error(`${name} has ${value} as ${loss} where convnet has ${expected}`);
    }
  }
}

/** @throws Error where a peer has another network. */
function requireSameSize(peer: string, parameters: number, theirs: number): void {
  if (theirs !== parameters) {
    throw new Error(`${peer} has ${theirs} parameters where convnet has ${parameters}`);
  }
}

/** @throws Error where a peer finds something else. */
function requireSame(peer: string, { boxes, scores }: Detection, theirs: PeerDetections): void {
  const isOwn = (box: readonly number[], score: number): boolean =>
    scores.some(
      (own, i) =>
        Math.abs(own - score) <= 1e-3 &&
        box.every((value, side) => Math.abs(boxes[i * 4 + side]! - value) <= 0.5),
    );
  const common = theirs.boxes.filter((box, i) => isOwn(box, theirs.scores[i]!)).length;
  if (common < leastCommon * theirs.boxes.length) {
    throw new Error(
      `${peer} found ${theirs.boxes.length} objects, of which convnet found ${common} among its ${scores.length}`,
    );
  }
}
