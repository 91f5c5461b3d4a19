import assert from 'node:assert/strict';

import type { Visit } from '../visit.ts';

/** Moves a network between devices while it learns, and measures them. */
export async function devices(visit: Visit, expected: readonly string[]): Promise<void> {
  const { page } = visit;
  await visit.until(async () => (await page.locator('#device option').count()) === 3);
  const offered = await page
    .locator('#device option:enabled')
    .evaluateAll((options) => options.map((option) => (option as HTMLOptionElement).value));
  assert.deepEqual(offered, expected);
  await visit.until(async () => (await visit.number('figure-epochs')) >= 2);
  for (const device of expected.toReversed()) {
    const before = await visit.number('figure-steps');
    await visit.chooseDevice(device);
    assert((await visit.number('figure-steps')) >= before, `${device} begins anew`);
    await visit.setTraining(true);
    await visit.until(async () => (await visit.number('figure-steps')) > before + 3, device);
    assert((await visit.number('figure-speed')) > 0);
  }
  await visit.setTraining(false);
  await page.locator('#measure').click();
  const cells = page.locator('#speeds tbody td');
  const isDone = async (): Promise<boolean> =>
    (await page.locator('#measure').textContent()) === 'Measure again';
  await visit.until(isDone, 'the measurement');
  const texts = await cells.allTextContents();
  assert.equal(texts.length, 3 * expected.length);
  for (const text of texts) assert.match(text, /^[\d.]+ ms[\d,]+ samples a second$/);
  console.log(`  ${await page.locator('#speeds tbody').innerText()}`.replaceAll('\n', ' '));
}

/** What is not there is said in plain words. */
export async function missingDevices(visit: Visit): Promise<void> {
  const { page } = visit;
  await visit.until(async () => (await page.locator('#missing li').count()) > 0);
  const missing = await page.locator('#missing').innerText();
  assert.match(missing, /Cross-Origin-Opener-Policy: same-origin/);
  assert.match(missing, /WebGPU/);
}
