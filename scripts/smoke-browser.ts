/**
 * Runs the conformance suite over the WebAssembly builds in headless Chromium, in a page with and in one
 * without cross-origin isolation, from the packages as they would be published. Needs a build.
 *
 * The browser is the program that CONVNET_CHROMIUM names, or `chromium` or `google-chrome` on the path.
 */
import { copyFileSync, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { serveConsumer } from './consumer-server.ts';
import { createConsumer, type Consumer } from './consumer.ts';

/** What one page is asked to do. */
interface PageRun {
  readonly isolated: boolean;
  readonly options: { readonly build: 'simd' | 'relaxed'; readonly threads: number };
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
];

function findChromium(): string | undefined {
  const named = process.env['CONVNET_CHROMIUM'];
  if (named !== undefined) return named;
  return ['chromium', 'chromium-browser', 'google-chrome']
    .flatMap((program) => (process.env['PATH'] ?? '').split(delimiter).map((f) => join(f, program)))
    .find((file) => existsSync(file));
}

async function runPage(browser: Browser, consumer: Consumer, run: PageRun): Promise<boolean> {
  await using server = await serveConsumer(consumer, run.isolated);
  const page = await browser.newPage();
  page.on('pageerror', (error) => console.error(`error in the page: ${error.message}`));
  await page.goto(server.url);
  const started = performance.now();
  const { isolated, result } = await page.evaluate(async (options) => {
    const { runConformance } = (await import(
      new URL('/conformance-page.js', location.href).href
    )) as { runConformance(wanted: unknown): Promise<PageResult> };
    return { isolated: crossOriginIsolated, result: await runConformance(options) };
  }, run.options);
  await page.close();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(
    `${isolated ? 'isolated' : 'not isolated'}, ${result.device}: ` +
      `${result.passed} of ${result.cases} cases in ${seconds} s; ${result.learned}`,
  );
  for (const failure of result.failures) console.error(`  ${failure}`);
  if (isolated !== run.isolated) console.error(`  the page should be isolated: ${run.isolated}`);
  return result.failures.length === 0 && isolated === run.isolated;
}

const executablePath = findChromium();
if (executablePath === undefined) {
  console.error(
    'No Chromium found. Install Debian’s chromium, or set CONVNET_CHROMIUM to a program.',
  );
  process.exitCode = 1;
} else {
  using consumer = createConsumer();
  for (const file of ['learn-bars.js', 'conformance-page.js']) {
    copyFileSync(join(import.meta.dirname, 'smoke', file), join(consumer.folder, file));
  }
  // Chromium's sandbox does not start for root, which continuous integration often is.
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  await using browser = await chromium.launch({ executablePath, args, timeout: 60_000 });
  console.log(`${executablePath} is ${browser.version()}`);
  for (const run of runs) {
    const passed = await runPage(browser, consumer, run).catch((error: unknown) => {
      console.error(`${JSON.stringify(run)}:`, error);
      return false;
    });
    if (!passed) process.exitCode = 1;
  }
}
