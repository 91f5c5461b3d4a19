import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const programs = ['chromium', 'chromium-browser', 'google-chrome'];

/** Switches to start it with: those that CONVNET_CHROMIUM_FLAGS holds, such as what a driver needs for WebGPU. */
export function chromiumFlags(): string[] {
  const named = (process.env['CONVNET_CHROMIUM_FLAGS'] ?? '').split(/\s+/).filter(Boolean);
  return [...sandboxFlags(), ...named];
}

/** Its sandbox does not start for root, which continuous integration often is. */
export const sandboxFlags = (): string[] => (process.getuid?.() === 0 ? ['--no-sandbox'] : []);

/** The program that CONVNET_CHROMIUM names, or the first Chromium on the path. */
export function findChromium(): string | undefined {
  const named = process.env['CONVNET_CHROMIUM'];
  if (named !== undefined) return existsSync(named) ? named : undefined;
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return programs
    .flatMap((program) => folders.map((folder) => join(folder, program)))
    .find((file) => existsSync(file));
}
