import assert from 'node:assert/strict';

import { drawnOne, greyPng, noise } from '../files.ts';
import type { Visit } from '../visit.ts';

/** Draws, loads and chooses digits, and looks at what the network makes of them. */
export async function digits(visit: Visit): Promise<void> {
  const { page } = visit;
  await visit.until(async () => (await visit.number('figure-epochs')) >= 4, 'a trained network');
  await visit.setTraining(false);

  await page.locator('#clear').click();
  assert.equal(await visit.prediction(), null);
  assert(await page.locator('#explanation').isHidden(), 'Grad-CAM of nothing');
  const { x, y, width, height } = (await page.locator('#pad').boundingBox())!;
  await page.mouse.move(x + 0.5 * width, y + 0.15 * height);
  await page.mouse.down();
  await page.mouse.move(x + 0.5 * width, y + 0.85 * height, { steps: 12 });
  await page.mouse.up();
  await visit.until(async () => (await visit.prediction()) === '1', 'a drawn 1');
  await page.locator('#explanation').waitFor();
  assert.match((await page.locator('#explanation').getAttribute('alt'))!, /your drawing/);

  // Without a pointer: test digits by the keyboard.
  await page.locator('#sample').focus();
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Tab');
  await visit.until(async () => (await visit.text('sample-note')).includes('test sample 2'));
  const truth = (await visit.text('sample-note')).at(-1);
  await visit.until(async () => (await visit.prediction()) === truth, 'the truth');
  assert.match(await visit.text('verdict'), new RegExp(`It says ${truth}, with \\d`));

  await page.locator('#image-file').setInputFiles(greyPng('one.png', 8000, drawnOne));
  await visit.until(async () => (await visit.text('sample-note')).includes('8,000 × 8,000 pixels'));
  await visit.until(async () => (await visit.prediction()) === '1', 'the 1 of a large picture');
  await page.locator('#image-file').setInputFiles(greyPng('grey.png', 50, () => 128));
  assert.match(await visit.notice(), /nothing stands out/);
  await page.locator('#image-file').setInputFiles(noise('cat.png', 'image/png'));
  assert.match(await visit.notice(), /cat\.png: it is no picture/);
  assert.equal(await visit.prediction(), '1', 'a bad file takes what was there');

  await page.locator('#inside').scrollIntoViewIfNeeded();
  await page.locator('#filters').waitFor();
  await page.locator('#maps').waitFor();
  const before = await page.locator('#maps').getAttribute('src');
  await page.locator('#layer').selectOption('features.3');
  await visit.until(async () => (await page.locator('#maps').getAttribute('src')) !== before);
}
