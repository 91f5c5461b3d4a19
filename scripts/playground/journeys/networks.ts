import assert from 'node:assert/strict';

import type { Visit } from '../visit.ts';

/** Inspects every family, in each of its dimensions, and an input that is too small. */
export async function networks(visit: Visit): Promise<void> {
  const { page } = visit;
  await visit.setTraining(false);
  await page.locator('#networks').scrollIntoViewIfNeeded();
  await visit.until(() => page.locator('#family').isEnabled());
  await counted(visit);
  const costs = await page.locator('#costs').innerText();
  assert.match(costs, /11\.7 M/);
  assert.match(costs, /1\.81 G/);
  assert.match(await visit.text('tree'), /BasicBlock/, 'layers have the names of their classes');

  await page.locator('#dims').getByRole('radio', { name: '1D' }).check();
  await page.locator('#channels').fill('12');
  await page.getByLabel('length').fill('1000');
  await visit.until(async () => (await visit.text('layers-table')).includes('64 × 500'));
  await page.locator('#rows').getByRole('radio', { name: 'Layer' }).check();
  assert.match(await visit.text('layers-table'), /layer4\.1\.conv2/);

  await page.locator('#family').selectOption('alexnet');
  await counted(visit);
  for (const name of ['height', 'width']) await page.getByLabel(name).fill('20');
  await page.locator('#inquiry-problem').waitFor();
  assert.match(await visit.text('inquiry-problem'), /too small/);
  await page.getByLabel('width').fill('');
  await visit.until(async () => (await visit.text('inquiry-problem')).startsWith('width'));

  const families = await page.locator('#family option').allTextContents();
  assert(families.length >= 17, `only ${families.length} families`);
  for (const family of families) {
    await page.locator('#family').selectOption(family);
    await counted(visit);
    const dims = await page.locator('#dims label').allTextContents();
    for (const rank of dims.filter((name) => name !== '3D' || dims.length === 1)) {
      await page.locator('#dims').getByRole('radio', { name: rank }).check();
      await counted(visit);
      assert.equal(await visit.text('inquiry-problem'), '', `${family} in ${rank}`);
    }
  }
  console.log(`  ${families.length} families`);
}

/** Waits until what was asked for is counted. */
async function counted(visit: Visit): Promise<void> {
  await visit.page.locator('#inquiry[aria-busy=false]').waitFor();
}
