import assert from 'node:assert/strict';

import { noise, wav } from '../files.ts';
import type { Visit } from '../visit.ts';

/** Learns sounds in 1D, and listens to files and to the microphone. */
export async function sounds(visit: Visit): Promise<void> {
  const { page, context } = visit;
  const steps = await visit.number('figure-steps');
  await visit.chooseTask('Sounds');
  await visit.until(async () => (await visit.number('figure-epochs')) >= 4, 'a trained network');
  assert((await visit.number('figure-accuracy')) > 60, 'the 1D network does not learn');
  assert.equal(await page.locator('#confusion td').count(), 36);
  await visit.setTraining(false);

  await page
    .locator('#sound-file')
    .setInputFiles(wav('whistle.wav', 1.5, (time) => 0.8 * Math.sin(2 * Math.PI * 900 * time)));
  await visit.until(async () => (await visit.text('sample-note')).includes('whistle.wav'));
  await visit.until(async () => (await visit.prediction()) === 'whistle', 'a whistle');
  await page.locator('#explanation').waitFor();
  await page.locator('#play').click();

  await page.locator('#sound-file').setInputFiles(wav('silence.wav', 1, () => 0));
  assert.match(await visit.notice(), /silence\.wav: the recording is silent/);
  await page.locator('#sound-file').setInputFiles(noise('song.wav', 'audio/wav'));
  assert.match(await visit.notice(), /song\.wav/);
  await page.locator('#sound-file').setInputFiles(noise('song.mp3', 'audio/mpeg'));
  assert.match(await visit.notice(), /no sound that this browser can decode/);
  assert.equal(await visit.prediction(), 'whistle', 'a bad file takes what was there');

  await page.locator('#record').click();
  assert.match(await visit.notice(), /the microphone was refused/);
  await context.grantPermissions(['microphone']);
  await page.locator('#record').click();
  await visit.until(async () => (await visit.text('sample-note')).includes('your recording'));

  // Back, with what was there.
  await visit.chooseTask('Digits');
  assert((await visit.number('figure-steps')) >= steps, 'the digits were forgotten');
  assert.equal(await visit.text('start'), 'Continue');
}
