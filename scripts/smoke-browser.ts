/**
 * Runs the conformance suite and the comparison with PyTorch in headless Chromium: over the WebAssembly builds, in a
 * page with and in one without cross-origin isolation, and over WebGPU on Chromium's software adapter; reads pictures
 * (`smoke-pictures.ts`) and videos; and trains on WebGPU, in the background and in a worker too (`smoke-gpu-training.ts`). From the packages as they would be published; needs a build.
 *
 * The browser is the program that CONVNET_CHROMIUM names, or `chromium` or `google-chrome` on the path.
 */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchChromium } from './chromium.ts';
import { onConsumerPage } from './consumer-page.ts';
import { createConsumer, type Consumer } from './consumer.ts';
import { checkGpuTraining } from './smoke-gpu-training.ts';
import { checkPictures } from './smoke-pictures.ts';

/** What one page is asked to do. */
interface PageRun {
  readonly isolated: boolean;
  readonly options:
    | { readonly build: 'simd' | 'relaxed'; readonly threads: number }
    | { readonly webgpu: true };
}

/** What `conformance-page.js` returns. */
interface PageResult {
  readonly device: string;
  readonly passed: number;
  readonly cases: number;
  readonly failures: readonly string[];
  readonly learned: string;
}

/** Without isolation there is no shared memory, and so no threads. */
const runs: readonly PageRun[] = [
  { isolated: false, options: { build: 'simd', threads: 1 } },
  { isolated: false, options: { build: 'relaxed', threads: 1 } },
  { isolated: true, options: { build: 'simd', threads: 2 } },
  { isolated: true, options: { build: 'relaxed', threads: 2 } },
  { isolated: false, options: { webgpu: true } },
];

/** Failures that are printed for a page. */
const mostLines = 20;

/** The functions of `conformance-page.js`. */
interface PageModule {
  runConformance(options: PageRun['options']): Promise<PageResult>;
  refusalOfThreads(): Promise<string | null>;
}

/** The function of `video-page.js`. */
interface VideoPage {
  readVideos(): Promise<{ readonly done: readonly string[]; readonly problems: readonly string[] }>;
}

/** Video files are written and read back by WebCodecs; returns what did not hold. */
async function readVideos(browser: Browser, consumer: Consumer): Promise<readonly string[]> {
  const { done, problems } = await onConsumerPage(browser, consumer, false, (page) =>
    page.evaluate(async () => {
      const url = new URL('/video-page.js', location.href).href;
      return ((await import(url)) as VideoPage).readVideos();
    }),
  );
  console.log(`videos by WebCodecs: ${done.join(', ')}, ${problems.length} problems`);
  return problems;
}

/** Returns what did not hold. */
async function runPage(
  browser: Browser,
  consumer: Consumer,
  run: PageRun,
): Promise<readonly string[]> {
  const started = performance.now();
  const { isolated, result, refusal } = await onConsumerPage(
    browser,
    consumer,
    run.isolated,
    (page) =>
      page.evaluate(async (options) => {
        const url = new URL('/conformance-page.js', location.href).href;
        const { runConformance, refusalOfThreads } = (await import(url)) as PageModule;
        return {
          isolated: crossOriginIsolated,
          result: await runConformance(options),
          refusal: crossOriginIsolated ? null : await refusalOfThreads(),
        };
      }, run.options),
  );
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${isolated ? 'isolated' : 'not isolated'}, ${result.device}: ` +
      `${result.passed} of ${result.cases} cases in ${seconds} s; ${result.learned}`,
  );
  const problems = [...result.failures];
  if (isolated !== run.isolated) problems.push(`crossOriginIsolated is ${isolated}`);
  if (!isolated && refusal !== 'ThreadsUnavailableError') {
    problems.push(`two threads should be refused with ThreadsUnavailableError, got ${refusal}`);
  }
  return problems;
}

await using browser = await launchChromium([
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
]);
if (browser !== null) {
  using consumer = createConsumer();
  for (const file of ['learn-bars.js', 'conformance-page.js', 'video-page.js']) {
    copyFileSync(join(import.meta.dirname, 'smoke', file), join(consumer.folder, file));
  }
  const checks = [
    checkPictures,
    readVideos,
    ...runs.map((run) => (on: Browser, by: Consumer) => runPage(on, by, run)),
    (_: Browser, by: Consumer) => checkGpuTraining(by),
  ];
  for (const check of checks) {
    const problems = await check(browser, consumer).catch((error: unknown) => [
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    ]);
    for (const problem of problems.slice(0, mostLines)) console.error(`  ${problem}`);
    if (problems.length > mostLines) console.error(`  and ${problems.length - mostLines} more`);
    if (problems.length > 0) process.exitCode = 1;
  }
}
