import assert from 'node:assert/strict';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium, type Page } from 'playwright-core';

import { findChromium } from '../browser/chromium.ts';
import { committedFolder } from '../committed/committed-results.ts';

/**
 * `pnpm smoke:report [page] [folder]`: opens the page of a report (default: the committed one) in headless Chromium, in
 * light and dark, uses each of its controls, and fails on an error of its script, a request, or an empty chart. Writes
 * pictures of it to the folder, where one is named.
 */

const [file = join(committedFolder, 'architectures-full.html'), folder] = process.argv.slice(2);
assert(existsSync(file), `there is no ${file}`);
const executablePath = findChromium();
assert(
  executablePath !== undefined,
  'no Chromium on the path, nor one that CONVNET_CHROMIUM names',
);
if (folder !== undefined) mkdirSync(folder, { recursive: true });

// Chromium's sandbox does not start for root, which continuous integration often is.
const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
const browser = await chromium.launch({ executablePath, args, timeout: 120_000 });
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1180, height: 1000 } });
    page.setDefaultTimeout(120_000);
    const troubles: string[] = [];
    page.on('pageerror', (error) => troubles.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== pathToFileURL(file).href) troubles.push(`asked for ${request.url()}`);
    });
    await page.goto(pathToFileURL(file).href);
    await checkCharts(page);
    await useControls(page);
    await checkTooltip(page);
    assert.deepEqual(troubles, []);
    if (folder !== undefined) {
      await page.screenshot({ path: join(folder, `${colorScheme}.png`), timeout: 120_000 });
    }
    console.log(`${colorScheme}: charts, controls and tooltip work`);
    await page.close();
  }
} finally {
  await browser.close();
}

/** Each chart shows what the table lists. */
async function checkCharts(page: Page): Promise<void> {
  const rows = await page.locator('#table tbody tr').count();
  assert(rows > 0, 'the table is empty');
  assert.equal(await page.locator('#main-chart .dot').count(), rows);
  for (const chart of ['#time-chart .dot', '#curve-chart .curve', '#bar-chart .bar']) {
    assert((await page.locator(chart).count()) > 0, `${chart} is missing`);
  }
}

/** Presses every button; a family that is hidden takes its points away, and one alone shows only its own. */
async function useControls(page: Page): Promise<void> {
  for (const button of await page.locator('.segments button').all()) {
    await button.click();
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
    assert((await page.locator('#main-chart .dot').count()) > 0, 'a control empties the chart');
  }
  const before = await page.locator('#main-chart .dot').count();
  const row = page.locator('#table tbody tr').first();
  await row.hover();
  const family = (await page.locator('#tooltip > span').textContent())!.split(' · ')[0]!;
  const chip = page.locator('#families button', { hasText: new RegExp(`^${family}$`) });
  await chip.click();
  assert((await page.locator('#main-chart .dot').count()) < before, 'a family stays when hidden');
  await chip.click();
  assert.equal(await page.locator('#main-chart .dot').count(), before);
}

async function checkTooltip(page: Page): Promise<void> {
  const row = page.locator('#table tbody tr').first();
  await row.hover();
  assert(await page.locator('#tooltip').isVisible(), 'nothing is shown for what is pointed at');
  const name = (await row.locator('th').textContent())!;
  assert.equal(await page.locator('#tooltip strong').textContent(), name);
}
