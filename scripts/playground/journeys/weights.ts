import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { lenet5, lenet5_relu } from '../../../packages/models/lenet/src/index.ts';
import { encodeSafetensors, encodeTorch } from '../../../packages/weights/src/index.ts';
import { reference } from '../../../packages/tensor-core/src/reference/index.ts';
import { noise, type ChosenFile } from '../files.ts';
import type { Visit } from '../visit.ts';

/** Saves what was learned, forgets it and loads it again; loads what fits and what does not. */
export async function weights(visit: Visit): Promise<void> {
  const { page } = visit;
  await visit.until(async () => (await visit.number('figure-epochs')) >= 3);
  await visit.setTraining(false);
  const said = await atRest(visit);

  for (const format of ['safetensors', 'pth'] as const) {
    const file = await saved(visit, format);
    await page.locator('#reset').click();
    await visit.opened();
    await visit.until(async () => (await probabilities(visit)) !== said, 'a network that forgot');
    await load(visit, file);
    await visit.until(async () => (await visit.text('outcome')).includes('All 10 tensors'));
    await visit.until(async () => (await probabilities(visit)) === said, 'what it knew');
  }

  const device = reference();
  const other = lenet5_relu({ numClasses: 5, device });
  await load(visit, weightsFile('five.pth', await encodeTorch(other.stateDict())));
  await visit.until(async () => (await visit.text('outcome')).includes('another network'));
  assert.match(await visit.text('outcome'), /Nothing was loaded.*Of another shape: classifier/);
  await load(visit, noise('holiday.pth'));
  await visit.until(async () => (await visit.text('outcome')).includes('no file of weights'));
  assert.equal(await probabilities(visit), said, 'a bad file takes what was learned');

  // Dropped onto the page.
  const bytes = await encodeSafetensors(lenet5({ device }).stateDict());
  await drop(visit, weightsFile('dropped.safetensors', bytes));
  await visit.until(async () => (await visit.text('outcome')).includes('dropped.safetensors'));
  assert.match(await visit.text('outcome'), /All 10 tensors/);
}

/** What it says once the page has asked it for the last time. */
async function atRest(visit: Visit): Promise<string> {
  await visit.page.locator('#probabilities[aria-busy=false]').waitFor();
  return probabilities(visit);
}

function probabilities(visit: Visit): Promise<string> {
  return visit.text('probabilities');
}

function weightsFile(name: string, bytes: Uint8Array): ChosenFile {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(bytes) };
}

async function saved({ page }: Visit, format: string): Promise<ChosenFile> {
  const download = page.waitForEvent('download');
  await page.locator(`#save-${format}`).click();
  const file = await download;
  assert.equal(file.suggestedFilename(), `lenet5_relu-digits.${format}`);
  return weightsFile(file.suggestedFilename(), readFileSync(await file.path()));
}

async function load({ page }: Visit, file: ChosenFile): Promise<void> {
  await page.locator('#weights-file').setInputFiles(file);
}

async function drop({ page }: Visit, { name, buffer }: ChosenFile): Promise<void> {
  await page.evaluate(
    ([title, bytes]) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([Uint8Array.from(bytes)], title));
      for (const type of ['dragover', 'drop']) {
        dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
      }
    },
    [name, Array.from(buffer)] as const,
  );
}
