/**
 * What headless Chromium makes of files of pictures, byte for byte held against Pillow, and of the drawings of `explain` as PNG. From the
 * packages as they would be published; needs a build. Part of `smoke-browser.ts`, or alone:
 *
 *     node scripts/smoke-pictures.ts
 */
import { cpSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'rolldown';
import type { Browser } from 'playwright-core';

import { launchChromium } from './chromium.ts';
import { onConsumerPage } from './consumer-page.ts';
import { createConsumer, type Consumer } from './consumer.ts';
import { root } from './workspace.ts';

/** The functions of `pictures-page.js`. */
interface PageModule {
  decodeFixtures(): Promise<{ name: string; most: number; mean: number }[]>;
  refusals(): Promise<string[]>;
  drawings(): Promise<{ width: number; height: number; colour: number[]; reds: number }[]>;
}

/** @returns what did not hold. */
export async function checkPictures(
  browser: Browser,
  consumer: Consumer,
): Promise<readonly string[]> {
  const entry = join(consumer.folder, 'pictures-page.js');
  copyFileSync(join(import.meta.dirname, 'smoke/pictures-page.js'), entry);
  const bundle = join(consumer.folder, 'pictures-bundle.js');
  await build({ input: entry, output: { file: bundle, format: 'esm' }, logLevel: 'silent' });
  cpSync(join(root, 'packages/data/fixtures'), join(consumer.folder, 'pictures'), {
    recursive: true,
  });
  const { decoded, refused, drawn } = await onConsumerPage(browser, consumer, false, (page) =>
    page.evaluate(async () => {
      const url = new URL('/pictures-bundle.js', location.href).href;
      const { decodeFixtures, refusals, drawings } = (await import(url)) as PageModule;
      return {
        decoded: await decodeFixtures(),
        refused: await refusals(),
        drawn: await drawings(),
      };
    }),
  );
  const problems = decoded
    .filter(({ most }) => most > 0)
    .map(
      ({ name, most, mean }) =>
        `${name}: ${most} of 255 off Pillow's bytes at most, ${mean.toFixed(3)} on average`,
    );
  const refusedAs = ['the file is empty', 'its first bytes do not tell', 'PNG by its first bytes'];
  refused.forEach((said, i) => {
    if (!said.startsWith('ImageError: a.png: ') || !said.includes(refusedAs[i]!)) {
      problems.push(`expected an ImageError about '${refusedAs[i]}', got ${said}`);
    }
  });
  const [square, curves, grid] = drawn;
  if (`${square!.width}x${square!.height} ${square!.colour.join()}` !== '60x40 192,64,128') {
    problems.push(`toPng: expected a square of 60x40, got ${JSON.stringify(square)}`);
  }
  if (curves!.width < 600 || curves!.colour.join() !== '255,255,255') {
    problems.push(`toPng: expected curves on white, got ${JSON.stringify(curves)}`);
  }
  // The sample within the drawing is a picture of its own.
  if (grid!.reds < 1000) {
    problems.push(`toPng: expected a red sample, got ${JSON.stringify(grid)}`);
  }
  console.log(
    `${decoded.length} files of pictures as Pillow decodes them, ${refused.length} refused, ${drawn.length} drawings as PNG: ` +
      (problems.length === 0 ? 'all hold' : `${problems.length} do not hold`),
  );
  return problems;
}

if (process.argv[1] === import.meta.filename) {
  await using browser = await launchChromium();
  if (browser !== null) {
    using consumer = createConsumer();
    for (const problem of await checkPictures(browser, consumer)) {
      console.error(`  ${problem}`);
      process.exitCode = 1;
    }
  }
}
