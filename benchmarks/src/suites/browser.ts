import { rm } from 'node:fs/promises';

import { BenchPage } from '../browser/browser-bench.ts';
import { findChromium } from '../browser/chromium.ts';
import { kernelCases, type KernelCase } from '../kernels/cases.ts';
import { dimsOf, inputShapeOf } from '../kernels/spec.ts';
import * as columns from '../report/columns.ts';
import { inferenceNetworks } from '../inference/networks.ts';
import { requireSame } from '../inference/pixels.ts';
import { onnxruntimeForPages } from '../peers/onnxruntime.ts';
import { blankRow } from '../report/blank-row.ts';
import { rowError, rowsOrFailure } from '../report/failures.ts';
import { besides, peerRows } from '../report/peer-rows.ts';
import { timingOf } from '../report/timing.ts';
import { digits } from '../report/format.ts';
import type { Row } from '../report/row.ts';
import type { Suite, SuiteContext } from '../suite.ts';

/** Milliseconds for each kernel in each page. */
const time = { quick: 200, full: 1500 } as const;

/** Times single kernels in a browser. */
export const browser: Suite = {
  name: 'browser',
  summary: 'time of single kernels in headless Chromium, isolated and not',
  description:
    'Times the kernels of the suite kernels in headless Chromium, in two pages that take turns: one is ' +
    'cross-origin isolated, so that it can share memory and has as many threads as --threads says (default: all ' +
    'cores); the other is not and has one. A ratio above 1 means that the isolated page is faster. With --peers, ' +
    'networks run in the isolated page too, in turns with onnxruntime-web (WebAssembly with SIMD, as many threads, all graph ' +
    'optimisations), from the ONNX files that convnet writes. The browser is ' +
    'the program that CONVNET_CHROMIUM names, or chromium, chromium-browser or google-chrome on the path.',
  options: ['peers'],
  columns: [
    columns.kernel,
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
    // Chromium's sandbox does not start for root, which continuous integration often is.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    await using opened = new AsyncDisposableStack();
    const folder = opened.adopt(await bundlePage(), (path) => rm(path, { recursive: true }));
    const program = opened.use(await chromium.launch({ executablePath, args, timeout: 60_000 }));
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
    if (options.peers === true) yield* networkRows(context, isolated, folder);
  },
};

/** Networks that a page runs beside onnxruntime-web: small ones, as pages do. */
const pageNetworks = ['mobilenet_v2', 'squeezenet1_1', 'resnet18'];

/** Networks beside onnxruntime-web in the isolated page. */
async function* networkRows(
  context: SuiteContext,
  page: BenchPage,
  folder: string,
): AsyncGenerator<Row> {
  const { threads, note, progress, signal } = context;
  const { addLibrary } = await import('../browser/serve-page.ts');
  let version: string;
  try {
    const peer = await onnxruntimeForPages();
    await addLibrary(folder, peer.files);
    ({ version } = peer);
  } catch (error) {
    note(
      `Not run: onnxruntime-web. It can't be had: ${rowError(error).message.split('\n', 1)[0]!}`,
    );
    return;
  }
  for (const name of pageNetworks) {
    signal.throwIfAborted();
    const { inputShape } = inferenceNetworks.find((network) => network.name === name)!;
    const row = {
      ...blankRow(context, { suite: browser.name, model: name, dims: 2, inputShape }),
      backend: 'wasm',
    };
    yield* await rowsOrFailure(context, row, async () => {
      const { parameters, macs, own, peer, difference } = await page.infer(name, threads);
      requireSame('onnxruntime-web', difference);
      const ms = timingOf(own);
      const rows = peerRows(
        { ...row, params: parameters, macs, ms },
        [{ name: 'onnxruntime-web', version }],
        [peer],
      );
      progress.milestone(`${name}: ${digits(ms.median)} ms${besides(rows)}`);
      return rows;
    });
  }
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
