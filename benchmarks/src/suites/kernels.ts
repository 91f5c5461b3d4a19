import { kernelCases, type KernelCase } from '../kernels/cases.ts';
import { KernelSteps } from '../kernels/kernel-steps.ts';
import { meanSizeOf } from '../kernels/prepare.ts';
import { dimsOf, inputShapeOf } from '../kernels/spec.ts';
import { timeKernel, type KernelTime } from '../kernels/time-kernel.ts';
import { kernelLibraries, openKernelLibrary } from '../peers/kernel-libraries.ts';
import { openPeers, type OpenPeers } from '../peers/open-peers.ts';
import type { KernelPeer } from '../peers/peer.ts';
import { blankRow } from '../report/blank-row.ts';
import * as columns from '../report/columns.ts';
import { rowsOrFailure } from '../report/failures.ts';
import { digits, fixed, percent } from '../report/format.ts';
import { besides, peerRows } from '../report/peer-rows.ts';
import { ratioNotes } from '../report/ratio-notes.ts';
import type { Row, Timing } from '../report/row.ts';
import { copiedInCache, copiedOutOfCache, Roofline } from '../roofline/roofline.ts';
import { timingOfTurns, type Turns } from '../report/timing.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { alternate } from '../training/alternate.ts';

/** Milliseconds for each kernel, and for each limit that it is compared with. */
const time = { quick: 300, full: 2000 } as const;
const limitTime = { quick: 40, full: 200 } as const;
/** Turns that a kernel and those of other libraries take, and the milliseconds of each. */
const turns = { quick: { rounds: 6, turn: 50 }, full: { rounds: 8, turn: 250 } } as const;
/** Differences of results from a peer's that rounding explains, relative to their size. */
const tolerance = 1e-3;
/** How often the limits are measured before the first kernel. */
const limitRounds = 3;

/** Times single kernels. */
export const kernels: Suite = {
  name: 'kernels',
  summary: 'time of single kernels, and their share of what the machine can do',
  description:
    'Times matrix products, convolutions with their gradients, pooling and pointwise operations at shapes ' +
    'of LeNet, ResNet and MobileNet. GFLOP/s count 2 for a multiply-accumulate; GB/s count every input and ' +
    'output once. The first rows are the limits of WebAssembly on this machine in this run, measured in ' +
    'processes of their own on as many threads: a loop of multiply-adds, and copies in and out of the cache. ' +
    'The share of the limit is the least time that multiply-adds and a copy of as many bytes allow, over the ' +
    'least time of the kernel; a convolution that does with fewer operations than counted may pass 100 %. ' +
    'With --peers, TensorFlow.js and jax-js take turns in the same run, forward, on WebAssembly: npm installs them beside ' +
    'the benchmarks. Both have one thread in Node, so compare with --threads 1.',
  options: ['peers'],
  columns: [
    columns.kernel,
    columns.input,
    { ...columns.median, optional: true },
    columns.min,
    columns.gflops,
    { ...columns.gigabytes, optional: true },
    {
      title: ['share', 'of limit'],
      align: 'right',
      cell: ({ kernel }) => percent(kernel?.shareOfLimit, 0),
    },
    columns.peer,
    { ...columns.peerMin, optional: true },
    columns.ratioOfMinima,
  ],
  async *run(context) {
    const { device, threads, progress, signal, note } = context;
    // The limits are those of WebAssembly, and say nothing about another backend.
    using roofline =
      device.name === 'wasm' ? new Roofline(threads, String(device).includes('256-bit')) : null;
    if (roofline !== null) yield* limitRows(context, roofline);
    using peers = await kernelPeers(context);
    const rows: Row[] = [];
    for (const [i, kernel] of kernelCases.entries()) {
      signal.throwIfAborted();
      const share = i / kernelCases.length;
      progress.show([{ label: kernel.name, share, detail: `${i + 1} of ${kernelCases.length}` }]);
      const found = await kernelRows(context, kernel, roofline, peers.list);
      rows.push(...found);
      const row = found[0]!;
      progress.milestone(
        `${row.model}: ${digits(row.ms?.median)} ms${shareOf(row)}${besides(found)}`,
      );
      yield* found;
      if (kernel.name.startsWith('matmul') && row.ms !== null && roofline !== null) {
        const best = (2 * row.macs!) / row.ms.min / 1e6;
        note(
          `${kernel.name} reaches ${digits(best)} GFLOP/s in its least time, ` +
            `${fixed(best / roofline.narrowPeak)} times the peak of 128-bit vectors.`,
        );
      }
    }
    for (const sentence of ratioNotes(rows)) note(sentence);
  },
};

function emptyRow(context: SuiteContext, model: string): Row {
  return blankRow(context, {
    suite: kernels.name,
    model,
    dims: null,
    inputShape: null,
  });
}

/** The limits of the machine, as rows without times. */
async function* limitRows(context: SuiteContext, roofline: Roofline): AsyncGenerator<Row> {
  const { options, progress, signal } = context;
  progress.note('Measuring the limits of the machine');
  const milliseconds = limitTime[options.profile];
  const copies = { inCache: 0, outOfCache: 0 };
  for (let round = 0; round < limitRounds; round++) {
    signal.throwIfAborted();
    await roofline.measurePeaks(2 * milliseconds);
    const rate = (bytes: number) => roofline.copyRate(bytes, milliseconds);
    copies.inCache = Math.max(copies.inCache, await rate(copiedInCache));
    copies.outOfCache = Math.max(copies.outOfCache, await rate(copiedOutOfCache));
  }
  const compute = (name: string, gflops: number): Row => ({
    ...emptyRow(context, `limit: ${name}`),
    kernel: { gflops, gigabytesPerSecond: null },
  });
  const copy = (name: string, gigabytesPerSecond: number): Row => ({
    ...emptyRow(context, `limit: copy ${name}`),
    kernel: { gflops: null, gigabytesPerSecond },
  });
  yield compute('multiply-add, 128-bit', roofline.narrowPeak);
  if (roofline.isWide) yield compute('multiply-add, 256-bit', roofline.peak);
  yield copy('in cache', copies.inCache);
  yield copy('out of cache', copies.outOfCache);
}

/** Its share of the limit, for a line of progress. */
function shareOf({ kernel }: Row): string {
  const ofLimit = kernel?.shareOfLimit;
  return ofLimit === undefined ? '' : `, ${percent(ofLimit, 0)} of the limit`;
}

/** The libraries that compute kernels, where they are asked for. */
const kernelPeers = ({ device, options, note }: SuiteContext): Promise<OpenPeers<KernelPeer>> =>
  openPeers(
    (options.peers === true ? kernelLibraries(device.name) : []).map((library) => ({
      title: `${library.name} on ${library.backend}`,
      open: async () => {
        const opened = await openKernelLibrary(library);
        const { name, version, backend } = library;
        const where = backend === 'wasm' ? 'WebAssembly, threads: 1' : 'WebGPU, in the same Dawn';
        note(`Peer: ${name} ${version} on ${where}, forward only.`);
        return opened;
      },
    })),
    note,
  );

/** One row for each peer that has the kernel, or one without a peer. */
async function kernelRows(
  context: SuiteContext,
  kernel: KernelCase,
  roofline: Roofline | null,
  peers: readonly KernelPeer[],
): Promise<readonly Row[]> {
  const { options } = context;
  const row: Row = {
    ...emptyRow(context, kernel.name),
    dims: dimsOf(kernel.spec),
    inputShape: inputShapeOf(kernel.spec),
  };
  return rowsOrFailure(context, row, async () => {
    const having = await havingIt(context, kernel, peers);
    const measured = await measure(context, kernel, having);
    const { ms, macs, flops, bytes, others } = measured;
    const seconds = ms.median / 1000;
    const least = await roofline?.leastTime({ flops, bytes }, limitTime[options.profile]);
    const result: Row & { readonly ms: Timing } = {
      ...row,
      macs,
      ms,
      kernel: {
        gflops: flops / seconds / 1e9,
        gigabytesPerSecond: bytes / seconds / 1e9,
        ...(least === undefined ? {} : { shareOfLimit: least / ms.min }),
      },
    };
    return having.length === 0 ? [result] : peerRows(result, having, others);
  });
}

/** The peers that have a kernel. @throws Error where one computes something else. */
async function havingIt(
  { device }: SuiteContext,
  { spec }: KernelCase,
  peers: readonly KernelPeer[],
): Promise<KernelPeer[]> {
  const having: KernelPeer[] = [];
  for (const peer of peers) {
    const theirs = await peer.load(spec);
    if (theirs === null) continue;
    const ours = await meanSizeOf(spec, device);
    // Written so that NaN fails too.
    if (!(Math.abs(theirs - ours) <= tolerance * ours)) {
      throw new Error(`mean size of the results is ${ours}, where ${peer.name} has ${theirs}`);
    }
    having.push(peer);
  }
  return having;
}

interface Measured extends KernelTime {
  /** Of the calls of each peer. */
  readonly others: readonly Turns[];
}

async function measure(
  { device, options, signal }: SuiteContext,
  kernel: KernelCase,
  peers: readonly KernelPeer[],
): Promise<Measured> {
  if (peers.length === 0) {
    const found = await timeKernel(kernel, device, { time: time[options.profile], signal });
    return { ...found, others: [] };
  }
  using own = new KernelSteps(kernel.spec, device);
  const [ours, ...others] = await alternate([own, ...peers], {
    ...turns[options.profile],
    signal,
    onRound: () => undefined,
  });
  return { ms: timingOfTurns(ours!), ...own.cost, others };
}
