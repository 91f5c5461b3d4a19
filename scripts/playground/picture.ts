import type { Visit } from './visit.ts';

/** Lets every part of the page fill, and takes a picture of the whole where a file is named. */
export async function picture(visit: Visit, file: string | null): Promise<void> {
  const { page } = visit;
  await visit.until(async () => (await visit.number('figure-epochs')) >= 5, 'five epochs');
  await visit.setTraining(false);
  for (const [section, sign] of [
    ['inside', '#maps'],
    ['networks', '#inquiry[aria-busy=false]'],
    ['train', '#explanation'],
  ] as const) {
    await page.locator(`#${section}`).scrollIntoViewIfNeeded();
    await page.locator(sign).waitFor();
  }
  await page.evaluate(() => scrollTo(0, 0));
  if (file !== null) await page.screenshot({ path: file, fullPage: true, timeout: 300_000 });
}
