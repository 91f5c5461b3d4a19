import assert from 'node:assert/strict';

import type { Visit } from '../visit.ts';

/** Trains LeNet: the curves and the matrix fill, pausing holds, resetting forgets. */
export async function train(visit: Visit): Promise<void> {
  const { page } = visit;
  await visit.until(async () => (await visit.number('figure-epochs')) >= 3, 'the third epoch');
  assert((await visit.number('figure-loss')) < 1, 'the loss does not fall');
  assert((await visit.number('figure-accuracy')) > 70, 'the accuracy does not climb');
  const counts = await page.locator('#confusion td').allTextContents();
  assert.equal(counts.length, 100);
  const total = counts.reduce((sum, count) => sum + (Number(count) || 0), 0);
  assert.equal(total, 1000, 'the confusion matrix counts each test digit once');
  for (const chart of ['loss', 'accuracy']) {
    const path = await page.locator(`#${chart}-chart path.first`).getAttribute('d');
    assert(path!.split('L').length >= 3, `the curve of ${chart} has no points`);
  }

  await visit.setTraining(false);
  const paused = await visit.number('figure-steps');
  await page.waitForTimeout(500);
  assert.equal(await visit.number('figure-steps'), paused, 'it goes on while it is paused');
  // By the keyboard.
  await page.locator('#start').focus();
  await page.keyboard.press('Space');
  await visit.until(
    async () => (await visit.number('figure-steps')) > paused,
    'steps after a pause',
  );
  await visit.setTraining(false);

  await page.locator('#reset').click();
  await visit.opened();
  assert.equal(await visit.text('figure-steps'), '0');
  assert.equal(await visit.text('figure-accuracy'), '–');
  assert.equal(await visit.text('start'), 'Start');
  await visit.setTraining(true);
  await visit.until(async () => (await visit.number('figure-epochs')) >= 2, 'epochs after a reset');

  // Another network learns, and what the first one knew is kept.
  await visit.setTraining(false);
  const [steps, accuracy] = [await visit.text('figure-steps'), await visit.text('figure-accuracy')];
  await page.locator('#network').selectOption('lenet5');
  await visit.opened();
  await visit.until(async () => (await visit.number('figure-steps')) > 5, 'steps of LeNet-5');
  await page.locator('#network').selectOption('lenet5_relu');
  await visit.opened();
  assert.equal(await visit.text('figure-steps'), steps);
  assert.equal(await visit.text('figure-accuracy'), accuracy);
}
