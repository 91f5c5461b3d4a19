import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ratioChart } from '../charts/ratios.ts';
import { inferenceNames, inferenceNetworks, type InferenceNetwork } from '../inference/networks.ts';
import { OwnInference } from '../inference/own-inference.ts';
import { largestDifference, pixels, requireSame } from '../inference/pixels.ts';
import { isGpu } from '../devices/open-device.ts';
import { onnxruntime, onnxruntimeForms } from '../peers/onnxruntime.ts';
import { openvino } from '../peers/openvino.ts';
import { openPeers, type OpenPeers } from '../peers/open-peers.ts';
import type { InferencePeer } from '../peers/peer.ts';
import { blankRow } from '../report/blank-row.ts';
import * as columns from '../report/columns.ts';
import { nameOf } from '../report/failures.ts';
import { digits } from '../report/format.ts';
import { inPasses, type MeasuredTurns } from '../report/in-passes.ts';
import { besides, peerRows } from '../report/peer-rows.ts';
import { ratioNotes } from '../report/ratio-notes.ts';
import type { Row } from '../report/row.ts';
import { timingOfTurns } from '../report/timing.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { alternate } from '../training/alternate.ts';

/** Passes over all networks: what changes on a machine over minutes shows between them. */
const passes = 2;

/** Turns of each side in a pass. One that takes longer than `patience` (a video on a software adapter) is timed by a warm run alone. */
const effort = {
  quick: { rounds: 3, turn: 170, warmUp: 3, patience: 5000 },
  full: { rounds: 8, turn: 250, warmUp: 3, patience: 60_000 },
} as const;

/** Times compiled networks on one image, next to onnxruntime where asked. */
export const inference: Suite = {
  name: 'inference',
  summary: 'time of one image through compiled networks, side by side with onnxruntime if asked',
  description:
    'Times the compiled inference of one image, up to the reading of its logits. With --peers, onnxruntime takes turns ' +
    'with convnet in the same run: on the processor onnxruntime-web (WebAssembly), onnxruntime-node and openvino-node (native), on a GPU ' +
    'onnxruntime-web on WebGPU, in the same Dawn; with the same weights, ' +
    'input and threads, from the ONNX files that convnet writes; npm installs them beside the benchmarks. A ratio above ' +
    '1 means that convnet is faster.',
  options: ['models', 'peers'],
  modelNames: inferenceNames,
  columns: [
    columns.model,
    columns.input,
    columns.macs,
    columns.median,
    columns.min,
    columns.gflops,
    columns.peer,
    columns.peerMedian,
    columns.peerMin,
    columns.ratio,
    columns.ratioOfMinima,
  ],
  chart: ratioChart('Time of one image, compiled: that of others over that of convnet'),
  async *run(context) {
    const { options } = context;
    const chosen = inferenceNetworks.filter(
      ({ name }) => options.models === undefined || options.models.includes(name),
    );
    using peers = options.peers === true ? await inferencePeers(context) : null;
    const rows: Row[] = [];
    const passed = inPasses<InferenceNetwork, Measured>(context, passes, chosen, {
      rowOf: (network) => rowOf(context, network),
      measure: (network) => measure(context, network, peers?.list ?? []),
    });
    for await (const one of passed) {
      const found =
        'failure' in one ? one.failure : rowsOf(context, one.item, one.measured, peers?.list ?? []);
      rows.push(...found);
      yield* found;
    }
    for (const sentence of ratioNotes(rows)) context.note(sentence);
  },
};

/** What runs networks on the hardware of the device. */
const inferencePeers = ({
  device,
  threads,
  note,
}: SuiteContext): Promise<OpenPeers<InferencePeer>> =>
  openPeers(
    [
      ...onnxruntimeForms(device.name).map((form) => ({
        title: `${form.package} on ${form.provider}`,
        open: () => onnxruntime(form, threads),
      })),
      ...(isGpu(device.name)
        ? []
        : [{ title: 'openvino-node on cpu', open: () => openvino(threads) }]),
    ],
    note,
  );

const rowOf = (context: SuiteContext, { name, inputShape }: InferenceNetwork): Row =>
  blankRow(context, {
    suite: inference.name,
    model: name,
    dims: inputShape.length - 2,
    inputShape,
  });

/** Of a network: turns of convnet, and of the peers in their order. */
interface Measured extends MeasuredTurns {
  readonly params: number;
  readonly macs: number;
}

/** One row for each peer, or one without a peer. */
function rowsOf(
  context: SuiteContext,
  network: InferenceNetwork,
  { params, macs, turns }: Measured,
  peers: readonly InferencePeer[],
): readonly Row[] {
  const [own, ...others] = turns;
  const ms = timingOfTurns(own!);
  const kernel = { gflops: (2 * macs) / ms.median / 1e6, gigabytesPerSecond: null };
  const row = { ...rowOf(context, network), params, macs, ms, kernel };
  const rows = peerRows(row, peers, others);
  context.progress.note(`${nameOf(row)}: ${digits(ms.median)} ms${besides(rows)}`);
  return rows.length === 0 ? [row] : rows;
}

async function measure(
  context: SuiteContext,
  network: InferenceNetwork,
  peers: readonly InferencePeer[],
): Promise<Measured> {
  const { device, options, progress, signal } = context;
  const label = nameOf(rowOf(context, network));
  const input = pixels(network.inputShape);
  const compiled = await OwnInference.of(network, input, device);
  try {
    const expected = await compiled.output();
    if (peers.length > 0) {
      await loadInto(peers, network, input, expected, await compiled.onnx());
    }
    const turns = await alternate([compiled, ...peers], {
      ...effort[options.profile],
      signal,
      onRound: (share) => progress.show([{ label, share, detail: '' }]),
    });
    const { parameters: params, macs } = compiled;
    return { params, macs, turns };
  } finally {
    compiled.dispose();
  }
}

/** Loads the network into the peers. @throws Error where one computes something else. */
async function loadInto(
  peers: readonly InferencePeer[],
  { name, inputShape }: InferenceNetwork,
  input: Float32Array,
  expected: Float32Array,
  onnx: Uint8Array,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'convnet-onnx-'));
  try {
    const file = join(folder, `${name}.onnx`);
    await writeFile(file, onnx);
    for (const peer of peers) {
      const output = await peer.load(file, input, inputShape);
      requireSame(peer.name, largestDifference(expected, output));
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}
