import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { chromium, type BrowserContext } from 'playwright-core';

import { findChromium, sandboxFlags } from '../benchmarks/src/browser/chromium.ts';
import { longest } from './chromium.ts';

/** A browser whose pages can be in the background. */
export interface BackgroundChromium extends AsyncDisposable {
  readonly context: BrowserContext;
}

/**
 * Starts a headless Chromium whose pages are hidden when another is in front, throttled and frozen as a user's are: playwright's
 * own way of starting it keeps all pages visible and focused.
 *
 * @param flags Command-line switches.
 * @throws Error where there is no Chromium, or it ends before it listens.
 */
export async function launchBackgroundChromium(
  flags: readonly string[],
): Promise<BackgroundChromium> {
  const program = findChromium();
  if (program === undefined) throw new Error('no Chromium found');
  const profile = mkdtempSync(join(tmpdir(), 'convnet-chromium-'));
  const child = spawn(
    program,
    [
      '--headless=new',
      '--remote-debugging-port=0',
      '--no-first-run',
      `--user-data-dir=${profile}`,
      ...sandboxFlags(),
      ...flags,
      'about:blank',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const end = async (): Promise<void> => {
    child.kill();
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const address = await new Promise<string>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`${program} ended with code ${code}`)));
      createInterface({ input: child.stderr }).on('line', (line) => {
        const found = /DevTools listening on (ws:\S+)/.exec(line);
        if (found !== null) resolve(found[1]!);
      });
    });
    const browser = await chromium.connectOverCDP(address, { noDefaults: true, timeout: longest });
    const context = browser.contexts()[0]!;
    context.setDefaultTimeout(longest);
    const dispose = async (): Promise<void> => {
      await browser.close();
      await end();
    };
    return { context, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await end();
    throw error;
  }
}
