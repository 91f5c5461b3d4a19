import { rm } from 'node:fs/promises';

import { BenchPage } from '../browser/browser-bench.ts';
import { chromiumFlags, findChromium } from '../browser/chromium.ts';
import type { PageInference } from '../browser/page-inference.ts';
import type { Accelerator } from '../browser/page-session.ts';
import { kernelCases, type KernelCase } from '../kernels/cases.ts';
import { dimsOf, inputShapeOf } from '../kernels/spec.ts';
import * as columns from '../report/columns.ts';
import { inferenceNetworks, pageNetworks } from '../inference/networks.ts';
import { litertForPages } from '../peers/litert.ts';
import { onnxruntimeForPages } from '../peers/onnxruntime.ts';
import { openPeers } from '../peers/open-peers.ts';
import type { PagePackage } from '../peers/page-package.ts';
import { blankRow } from '../report/blank-row.ts';
import { rowError, rowsOrFailure } from '../report/failures.ts';
import { besides, peerRows } from '../report/peer-rows.ts';
import { timingOfTurns } from '../report/timing.ts';
import { digits } from '../report/format.ts';
import type { Row } from '../report/row.ts';
import type { Suite, SuiteContext } from '../suite.ts';

/** Milliseconds for each kernel in each page. */
const time = { quick: 200, full: 1500 } as const;

/** What runs networks in the isolated page. */
const pagePackages: readonly {
  /** What the reader knows it by. */
  readonly title: string;
  /** @throws Error where it can't be had. */
  readonly find: (threads: number) => Promise<PagePackage>;
}[] = [
  { title: 'onnxruntime-web in the page', find: onnxruntimeForPages },
  { title: 'LiteRT.js in the page', find: litertForPages },
];

/** Times single kernels in a browser. */
export const browser: Suite = {
  name: 'browser',
  summary: 'time of single kernels in headless Chromium, isolated and not',
  description:
    'Times the kernels of the suite kernels in headless Chromium, in two pages that take turns: one is ' +
    'cross-origin isolated, so that it can share memory and has as many threads as --threads says (default: all ' +
    'cores); the other is not and has one. A ratio above 1 means that the isolated page is faster. With --peers, ' +
    'networks run in the isolated page too, in turns with onnxruntime-web (WebAssembly with SIMD, as many threads, all graph ' +
    'optimisations), from the ONNX files that convnet writes, and with LiteRT.js (WebAssembly with relaxed SIMD, as many ' +
    'threads), from .tflite files with the same weights. The browser is ' +
    'the program that CONVNET_CHROMIUM names, or chromium, chromium-browser or google-chrome on the path.',
  options: ['peers'],
  columns: [
    { ...columns.kernel, narrow: { cell: nameWithPeer } },
    columns.input,
    { ...columns.median, title: ['isolated', 'median'], optional: true },
    { ...columns.min, title: ['isolated', 'least'] },
    {
      title: ['not isol.', 'median'],
      align: 'right',
      cell: ({ beside }) => digits(beside?.ms.median),
      optional: true,
    },
    { title: ['not isol.', 'least'], align: 'right', cell: ({ beside }) => digits(beside?.ms.min) },
    { ...columns.peer, optional: true },
    columns.peerMin,
    columns.ratioOfMinima,
  ],
  async *run(context) {
    const { options, threads, note, progress, signal } = context;
    const executablePath = findChromium();
    if (executablePath === undefined) {
      note('Not run: no Chromium on the path, nor one that CONVNET_CHROMIUM names.');
      return;
    }
    // Loaded here, so that other suites do not wait for a bundler and a browser's driver.
    const { chromium } = await import('playwright-core');
    const { bundlePage } = await import('../browser/serve-page.ts');
    await using opened = new AsyncDisposableStack();
    const folder = opened.adopt(await bundlePage(), (path) => rm(path, { recursive: true }));
    const program = opened.use(
      await chromium.launch({
        executablePath,
        args: chromiumFlags(),
        timeout: 60_000,
        // After an interruption what was finished is written first; its own way would end this process meanwhile.
        handleSIGINT: false,
      }),
    );
    const isolated = opened.use(await BenchPage.open(program, folder, true, threads));
    const other = opened.use(await BenchPage.open(program, folder, false, 1));
    note(
      `Chromium ${program.version()}: isolated ${isolated.device}, not isolated ${other.device}. Milliseconds.`,
    );
    for (const [i, kernel] of kernelCases.entries()) {
      signal.throwIfAborted();
      const detail = `${i + 1} of ${kernelCases.length}`;
      progress.show([{ label: kernel.name, share: i / kernelCases.length, detail }]);
      const row = await browserRow(context, kernel, [isolated, other]);
      progress.milestone(
        `${row.model}: ${digits(row.ms?.median)} ms, not isolated ${digits(row.beside?.ms.median)} ms`,
      );
      yield row;
    }
    if (options.peers !== true) return;
    const packages = await addedPackages(context, folder);
    if (packages.length === 0) return;
    yield* networkRows(context, isolated, 'wasm', packages);
    if (await isolated.hasGpu()) {
      await using onGpu = await BenchPage.open(program, folder, true, threads, 'webgpu');
      note(`On WebGPU, the page has ${onGpu.device}.`);
      yield* networkRows(context, onGpu, 'webgpu', packages);
    } else {
      note(
        'Not run: networks on WebGPU in the page. Chromium has no GPU for it; what a driver needs may stand in CONVNET_CHROMIUM_FLAGS.',
      );
    }
  },
};

/** Networks beside other libraries in an isolated page. */
async function* networkRows(
  context: SuiteContext,
  page: BenchPage,
  accelerator: Accelerator,
  packages: readonly PagePackage[],
): AsyncGenerator<Row> {
  const { threads, note, signal } = context;
  const differences = new Map<PagePackage, number[]>();
  for (const name of pageNetworks) {
    signal.throwIfAborted();
    const { inputShape } = inferenceNetworks.find((network) => network.name === name)!;
    const row = {
      ...blankRow(context, { suite: browser.name, model: name, dims: 2, inputShape }),
      backend: accelerator,
    };
    yield* await rowsOrFailure(context, row, async () => {
      const ran = await page.infer(
        name,
        threads,
        packages.map((one) => one.name),
      );
      ran.peers.forEach((peer, i) => {
        if (!('difference' in peer)) return;
        const known = differences.get(packages[i]!) ?? [];
        differences.set(packages[i]!, [...known, peer.difference]);
      });
      return rowsOfPeers(context, row, packages, ran);
    });
  }
  for (const [{ name, version, settings }, those] of differences) {
    const most = Math.max(...those).toExponential(1);
    note(
      `${name} ${version}: ${settings[accelerator]}; its logits differ from those of convnet by at most ${most} of the largest.`,
    );
  }
}

/** For tables without a column for it. */
function nameWithPeer({ model, peer }: Row): string {
  return peer === undefined ? model : `${model}, ${peer.name}`;
}

/** What the page may load; a package that can't be had is named in one line. */
async function addedPackages(
  { threads, note }: SuiteContext,
  folder: string,
): Promise<readonly PagePackage[]> {
  const { addLibrary } = await import('../browser/serve-page.ts');
  const wanted = pagePackages.map(({ title, find }) => ({
    title,
    open: async () => {
      const found = await find(threads);
      await addLibrary(folder, found);
      return { ...found, close: () => undefined };
    },
  }));
  return (await openPeers(wanted, note)).list;
}

/** A row for each library: with its times, or with why it has none. */
function rowsOfPeers(
  { progress }: SuiteContext,
  row: Row,
  packages: readonly PagePackage[],
  { parameters: params, macs, own, peers }: PageInference,
): readonly Row[] {
  const ms = timingOfTurns(own);
  const result = { ...row, params, macs, ms };
  const rows = peers.flatMap((peer, i): readonly Row[] => {
    const { name, version } = packages[i]!;
    const title = row.backend === 'wasm' ? name : `${name} ${row.backend}`;
    if ('ms' in peer) return peerRows(result, [{ name: title, version }], [peer.ms]);
    return [{ ...row, error: { name: 'Error', message: `${title}: ${peer.failure}` } }];
  });
  progress.milestone(`${row.model}: ${digits(ms.median)} ms${besides(rows)}`);
  // Where all of them failed, its own time is shown all the same.
  return peers.some((peer) => 'ms' in peer) ? rows : [result, ...rows];
}

async function browserRow(
  { threads, options, signal }: SuiteContext,
  kernel: KernelCase,
  pages: readonly [BenchPage, BenchPage],
): Promise<Row> {
  const row: Row = {
    suite: browser.name,
    model: kernel.name,
    dims: dimsOf(kernel.spec),
    backend: 'wasm',
    threads,
    dataset: null,
    inputShape: inputShapeOf(kernel.spec),
    params: null,
    macs: null,
    accuracy: null,
    ms: null,
  };
  try {
    const index = kernelCases.indexOf(kernel);
    const [isolated, other] = pages;
    const { ms, macs, flops, bytes } = await isolated.time(index, time[options.profile]);
    const beside = (await other.time(index, time[options.profile])).ms;
    const seconds = ms.median / 1000;
    return {
      ...row,
      macs,
      ms,
      kernel: { gflops: flops / seconds / 1e9, gigabytesPerSecond: bytes / seconds / 1e9 },
      beside: { name: 'not isolated, one thread', ms: beside },
      ratio: beside.median / ms.median,
      ratioOfMinima: beside.min / ms.min,
    };
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...row, error: rowError(error) };
  }
}
