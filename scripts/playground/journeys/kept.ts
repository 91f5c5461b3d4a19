import assert from 'node:assert/strict';

import type { Visit } from '../visit.ts';

/** Leaves the page and comes back: the network, its curves and what was chosen are there, until they are forgotten. */
export async function kept(visit: Visit): Promise<void> {
  const { page } = visit;
  await page.locator('#network').selectOption('lenet5');
  await visit.opened();
  await visit.until(async () => (await visit.number('figure-epochs')) >= 2, 'the second epoch');
  await visit.setTraining(false);
  const before = await standing(visit);

  await page.reload();
  await visit.opened();
  assert.match(await visit.notice(), /as you left it, with what it learned in \d+ epochs/);
  assert.deepEqual(await standing(visit), before);
  assert.equal(await page.locator('#network').inputValue(), 'lenet5');
  assert.equal(await visit.text('start'), 'Continue');
  assert.equal(await page.locator('#confusion td').count(), 100);

  await page.locator('#forget').click();
  assert.match(await visit.notice(), /kept in this browser is gone/);
  assert.equal(await visit.text('figure-steps'), '0');
  await page.reload();
  await visit.opened();
  // As on a first visit.
  await visit.until(async () => (await visit.number('figure-steps')) > 0, 'steps after forgetting');
  assert.equal(await page.locator('#network').inputValue(), 'lenet5_relu');
  assert.deepEqual(await page.locator('.notice').allTextContents(), []);
}

async function standing(visit: Visit) {
  const figures = ['accuracy', 'loss', 'steps', 'epochs'];
  return Promise.all(figures.map((name) => visit.text(`figure-${name}`)));
}
