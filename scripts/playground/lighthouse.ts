import { execFile } from 'node:child_process';

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { findChromium, sandboxFlags } from '../../benchmarks/src/browser/chromium.ts';
import { installed } from '../../benchmarks/src/peers/installed.ts';

const run = promisify(execFile);

/** The release that judges: its rules change with it. */
const version = '13.5.0';

/** What is judged, and the least that it must be given, of 100. */
const categories = ['accessibility', 'best-practices'] as const;
const least = 95;

/** The part of Lighthouse's report that is read. */
interface LighthouseReport {
  readonly categories: Readonly<Record<string, { readonly score: number | null }>>;
  readonly audits: Readonly<
    Record<string, { readonly title: string; readonly score: number | null }>
  >;
}

/**
 * Lets Lighthouse judge a page as a phone sees it. It is installed on first use, beside the peers of the benchmarks.
 * @returns whether the page is given enough in each category.
 */
export async function judge(url: string): Promise<boolean> {
  const program = findChromium();
  if (program === undefined) {
    console.error(
      'Lighthouse: not run, no Chromium is on the path, nor one that CONVNET_CHROMIUM names',
    );
    return false;
  }
  const home = await installed(['lighthouse'], version);
  const folder = await mkdtemp(join(tmpdir(), 'convnet-lighthouse-'));
  try {
    const file = join(folder, 'report.json');
    const flags = ['--headless=new', ...sandboxFlags()];
    await run(
      process.execPath,
      [
        join(home, 'node_modules/lighthouse/cli/index.js'),
        url,
        `--only-categories=${categories.join(',')}`,
        `--chrome-flags=${flags.join(' ')}`,
        '--output=json',
        `--output-path=${file}`,
        '--quiet',
      ],
      { env: { ...process.env, CHROME_PATH: program } },
    );
    const report = JSON.parse(await readFile(file, 'utf8')) as LighthouseReport;
    const scores = categories.map((name) =>
      Math.round(100 * (report.categories[name]?.score ?? 0)),
    );
    console.log(
      `Lighthouse ${version}: ${categories.map((name, i) => `${name} ${scores[i]}`).join(', ')}, of ${least} asked`,
    );
    if (scores.every((score) => score >= least)) return true;
    for (const { title, score } of Object.values(report.audits)) {
      if (score !== null && score < 1) console.error(`  ${title}`);
    }
    return false;
  } finally {
    await rm(folder, { recursive: true });
  }
}
