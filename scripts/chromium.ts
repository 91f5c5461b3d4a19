import { chromium, type Browser } from 'playwright-core';
import { findChromium, sandboxFlags } from '../benchmarks/src/browser/chromium.ts';

/** Milliseconds for which the browser may start, and a page load: only a hang takes them. */
export const longest = 300_000;

/**
 * Starts a headless Chromium and prints which one it is; without one, says so, sets the exit code and returns null.
 *
 * @param flags Command-line switches.
 */
export async function launchChromium(flags: readonly string[] = []): Promise<Browser | null> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    console.error(
      'No Chromium found. Install Debian’s chromium, or set CONVNET_CHROMIUM to a program.',
    );
    process.exitCode = 1;
    return null;
  }
  const args = [...sandboxFlags(), ...flags];
  const browser = await chromium.launch({ executablePath, args, timeout: longest });
  console.log(`${executablePath} is ${browser.version()}`);
  return browser;
}
