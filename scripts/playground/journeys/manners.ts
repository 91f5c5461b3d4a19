import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import type { Visit } from '../visit.ts';

/** Nothing leaves the machine: nothing else than the page's own files was asked for, and its policy forbids more. */
export async function staysAtHome(visit: Visit, url: string): Promise<void> {
  const elsewhere = visit.requests.filter(
    (request) => !request.startsWith(url) && !/^(data|blob):/.test(request),
  );
  assert.deepEqual(elsewhere, []);
  const isRefused = await visit.page.evaluate(() =>
    fetch('https://example.com/').then(
      () => false,
      () => true,
    ),
  );
  assert(isRefused, 'the policy lets a request out');
  // The browser says so once or twice; these are the only troubles that are wanted.
  const refusals = visit.troubles.splice(0);
  assert(refusals.length > 0);
  for (const refusal of refusals) assert.match(refusal, /example\.com.*Content Security Policy/);
}

/** Training goes on behind another tab, and the page says so. */
export async function background(visit: Visit): Promise<void> {
  await visit.setTraining(true);
  const show = (state: 'hidden' | 'visible'): Promise<void> =>
    visit.page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await show('hidden');
  const before = await visit.number('figure-steps');
  await visit.until(async () => (await visit.number('figure-steps')) > before);
  await show('visible');
  assert.match(await visit.notice(), /went on while this tab was in the background: \d+ step/);
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8');

/** What axe finds wrong for people who see little, hear the page or use the keyboard. */
export async function accessible(visit: Visit): Promise<void> {
  await visit.page.evaluate(axe);
  const { violations } = await visit.page.evaluate(async () => {
    const { axe: runner } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return runner.run();
  });
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
  );
  assert.deepEqual(found, []);
}

/** Nothing sticks out at the side of a small screen. */
export async function fits(visit: Visit): Promise<void> {
  const { width, wide } = await visit.page.evaluate(() => ({
    width: document.documentElement.clientWidth,
    wide: document.documentElement.scrollWidth,
  }));
  assert(wide <= width, `the page is ${wide} pixels wide on a screen of ${width}`);
  const links = await visit.page.locator('nav a').all();
  for (const link of links) {
    const { x, width: own } = (await link.boundingBox())!;
    assert(x >= 0 && x + own <= width, `"${await link.textContent()}" is cut off`);
  }
}
