import type { Browser, Page } from 'playwright-core';

import { longest } from './chromium.ts';
import { serveConsumer } from './consumer-server.ts';
import type { Consumer } from './consumer.ts';

/**
 * What `run` makes of an empty page of a consumer's files.
 *
 * @param isolated Whether the page is cross-origin isolated.
 */
export async function onConsumerPage<Result>(
  browser: Browser,
  consumer: Consumer,
  isolated: boolean,
  run: (page: Page) => Promise<Result>,
): Promise<Result> {
  await using server = await serveConsumer(consumer, isolated);
  const page = await browser.newPage();
  page.setDefaultTimeout(longest);
  page.on('pageerror', (error) => console.error(`error in the page: ${error.message}`));
  await page.goto(server.url);
  const result = await run(page);
  await page.close();
  return result;
}
