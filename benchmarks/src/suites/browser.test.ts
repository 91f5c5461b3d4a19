import { expect, test, vi } from 'vitest';

import { resultOf } from '../testing/suite-context.ts';
import { browser } from './browser.ts';

test('without a Chromium nothing runs, and a note says so', async () => {
  vi.stubEnv('CONVNET_CHROMIUM', '/nowhere/chromium');
  const { rows, notes } = await resultOf(browser, {});
  vi.unstubAllEnvs();
  expect(rows).toEqual([]);
  expect(notes).toEqual(['Not run: no Chromium on the path, nor one that CONVNET_CHROMIUM names.']);
});
