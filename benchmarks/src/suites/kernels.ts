import { kernelCases, type KernelCase } from '../kernels/cases.ts';
import { KernelSteps } from '../kernels/kernel-steps.ts';
import { meanSizeOf } from '../kernels/prepare.ts';
import { dimsOf, inputShapeOf } from '../kernels/spec.ts';
import { timeKernel } from '../kernels/time-kernel.ts';
import type { KernelCost } from '../kernels/cost.ts';
import { kernelLibraries, openKernelLibrary } from '../peers/kernel-libraries.ts';
import { openPeers, type OpenPeers } from '../peers/open-peers.ts';
import type { KernelPeer } from '../peers/peer.ts';
import { blankRow } from '../report/blank-row.ts';
import * as columns from '../report/columns.ts';
import { rowsOrFailure } from '../report/failures.ts';
import { digits, fixed, percent } from '../report/format.ts';
import { inPasses, type MeasuredTurns } from '../report/in-passes.ts';
import { besides, peerRows } from '../report/peer-rows.ts';
import { ratioNotes } from '../report/ratio-notes.ts';
import type { Row, Timing } from '../report/row.ts';
import { copiedInCache, copiedOutOfCache, Roofline } from '../roofline/roofline.ts';
import { timingOfTurns } from '../report/timing.ts';
import type { Suite, SuiteContext } from '../suite.ts';
import { alternate } from '../training/alternate.ts';

/** Passes over all kernels: what changes on a machine over minutes shows between them. */
const passes = 6;
/** Milliseconds of a pass for each kernel, and those for each limit that it is compared with. */
const time = { quick: 50, full: 350 } as const;
const limitTime = { quick: 40, full: 200 } as const;
/** Turns that a kernel and those of other libraries take in a pass, and the milliseconds of each. */
const turns = {
  quick: { rounds: 1, turn: 50, warmUp: 2 },
  full: { rounds: 2, turn: 200, warmUp: 2 },
} as const;
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
    const { device, threads, progress, note } = context;
    // The limits are those of WebAssembly, and say nothing about another backend.
    using roofline =
      device.name === 'wasm' ? new Roofline(threads, String(device).includes('256-bit')) : null;
    if (roofline !== null) yield* limitRows(context, roofline);
    using peers = await kernelPeers(context);
    const show = (pass: number, i: number): void => {
      const share = (pass + i / kernelCases.length) / passes;
      const detail = `${i + 1} of ${kernelCases.length}, pass ${pass + 1} of ${passes}`;
      progress.show([{ label: kernelCases[i]!.name, share, detail }]);
    };
    const rows: Row[] = [];
    const passed = inPasses<KernelCase, Measured>(context, passes, kernelCases, {
      rowOf: (kernel) => rowOf(context, kernel),
      measure: (kernel, pass, index) => {
        show(pass, index);
        return measure(context, kernel, peers.list);
      },
    });
    for await (const one of passed) {
      const kernel = one.item;
      const found =
        'failure' in one ? one.failure : await kernelRows(context, kernel, roofline, one.measured);
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

const rowOf = (context: SuiteContext, { name, spec }: KernelCase): Row => ({
  ...emptyRow(context, name),
  dims: dimsOf(spec),
  inputShape: inputShapeOf(spec),
});

/** One row for each peer that has the kernel, or one without a peer. */
async function kernelRows(
  context: SuiteContext,
  kernel: KernelCase,
  roofline: Roofline | null,
  { cost, having, turns: [own, ...others] }: Measured,
): Promise<readonly Row[]> {
  const row = rowOf(context, kernel);
  return rowsOrFailure(context, row, async () => {
    const ms = timingOfTurns(own!);
    const { macs, flops, bytes } = cost;
    const seconds = ms.median / 1000;
    const milliseconds = limitTime[context.options.profile];
    const least = await roofline?.leastTime({ flops, bytes }, milliseconds);
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

/** Of a kernel: turns of convnet, and of the peers that have it. */
interface Measured extends MeasuredTurns {
  readonly cost: KernelCost;
  readonly having: readonly KernelPeer[];
}

async function measure(
  context: SuiteContext,
  kernel: KernelCase,
  peers: readonly KernelPeer[],
): Promise<Measured> {
  const { device, options, signal } = context;
  const having = await havingIt(context, kernel, peers);
  if (having.length === 0) {
    const milliseconds = time[options.profile];
    const { turns: own, ...cost } = await timeKernel(kernel, device, {
      time: milliseconds,
      signal,
    });
    return { cost, having, turns: [own] };
  }
  using steps = new KernelSteps(kernel.spec, device);
  const taken = await alternate([steps, ...having], {
    ...turns[options.profile],
    signal,
    onRound: () => undefined,
  });
  return { cost: steps.cost, having, turns: taken };
}
