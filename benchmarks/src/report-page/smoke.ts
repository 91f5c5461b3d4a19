import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium, type Page } from 'playwright-core';

import { findChromium, sandboxFlags } from '../browser/chromium.ts';
import { committedFolder } from '../committed/committed-results.ts';

/**
 * `pnpm smoke:report [page] [folder]`: opens the page of a report (default: each that is committed) in headless Chromium, wide in
 * light and dark and on a phone, uses each of its controls, and fails on an error of its script, a request, an empty chart,
 * or what is wider than the screen. Writes pictures of it to the folder, where one is named.
 */

const [named, folder] = process.argv.slice(2);
const files =
  named === undefined
    ? readdirSync(committedFolder)
        .filter((name) => name.endsWith('.html'))
        .map((name) => join(committedFolder, name))
    : [named];
assert(files.length > 0, `there is no page in ${committedFolder}`);
for (const file of files) assert(existsSync(file), `there is no ${file}`);
const executablePath = findChromium();
assert(
  executablePath !== undefined,
  'no Chromium on the path, nor one that CONVNET_CHROMIUM names',
);
if (folder !== undefined) mkdirSync(folder, { recursive: true });

const screens = {
  light: { colorScheme: 'light', viewport: { width: 1180, height: 1000 } },
  dark: { colorScheme: 'dark', viewport: { width: 1180, height: 1000 } },
  phone: { colorScheme: 'light', viewport: { width: 390, height: 844 } },
} as const;

const browser = await chromium.launch({ executablePath, args: sandboxFlags(), timeout: 120_000 });
try {
  for (const file of files) {
    const title = basename(file, '.html');
    for (const [screen, options] of Object.entries(screens)) {
      const page = await browser.newPage(options);
      page.setDefaultTimeout(120_000);
      const troubles: string[] = [];
      const { href } = pathToFileURL(file);
      page.on('pageerror', (error) => troubles.push(error.message));
      page.on('request', (request) => {
        if (request.url() !== href) troubles.push(`asked for ${request.url()}`);
      });
      await page.goto(href);
      if (folder !== undefined) {
        const path = join(folder, `${title}-${screen}.png`);
        await page.screenshot({ path, fullPage: true, timeout: 120_000 });
      }
      const beyond = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
      assert(Number(beyond) <= 0, `${title} is ${String(beyond)} pixels wider than the ${screen}`);
      if ((await page.locator('#roofline-chart').count()) > 0) await checkDevices(page);
      else await checkArchitectures(page);
      assert.deepEqual(troubles, []);
      if (folder !== undefined) {
        const path = join(folder, `${title}-${screen}-used.png`);
        await page.screenshot({ path, timeout: 120_000 });
      }
      console.log(`${title}, ${screen}: charts, controls and tooltip work`);
      await page.close();
    }
  }
} finally {
  await browser.close();
}

async function checkArchitectures(page: Page): Promise<void> {
  await checkCharts(page);
  await useControls(page);
  await checkTooltip(page);
}

/** Layers under the roof of each network and device, and their bars. */
async function checkDevices(page: Page): Promise<void> {
  for (const button of await page.locator('.segments button').all()) {
    await button.click();
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
    for (const chart of ['#latency-chart .bar', '#training-chart .bar']) {
      assert((await page.locator(chart).count()) > 0, `${chart} is missing`);
    }
    const rows = await page.locator('#layer-table tbody tr').count();
    assert(rows > 0, 'a choice has no layers');
    assert.equal(await page.locator('#roofline-chart .dot').count(), rows);
  }
  await page.locator('#layer-table tbody tr').first().scrollIntoViewIfNeeded();
  await checkTooltip(page, '#layer-table');
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

async function checkTooltip(page: Page, table = '#table'): Promise<void> {
  const row = page.locator(`${table} tbody tr`).first();
  await row.hover();
  assert(await page.locator('#tooltip').isVisible(), 'nothing is shown for what is pointed at');
  const name = (await row.locator('th').textContent())!;
  assert.equal(await page.locator('#tooltip strong').textContent(), name);
}
