/** A header of kernels as one text, which NVRTC compiles with nothing beside it. */

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What chains of pointwise rows are compiled behind, and its name in the package of a platform. */
const header = 'pointwise/compiled-chain.cuh';
export const chainHeaderName = 'compiled-chain.cuh';

/** A file of a folder with what it includes of that folder in the places where it does, once each where it says so. */
function flattened(folder: string, file: string, once: Set<string>): string {
  const text = readFileSync(join(folder, file), 'utf8');
  const isOnce = /^#pragma once\n/m.test(text);
  if (isOnce && once.has(file)) return '';
  once.add(file);
  return text
    .replace(/^#pragma once\n/m, '')
    .replace(/^#include "([^"]+)"\n/gm, (line, included: string) => {
      const path = join(dirname(file), included);
      // What lies outside is the emulator's.
      return path.startsWith('..') ? line : flattened(folder, path, once);
    });
}

/** The header behind which chains are compiled. @param native the folder of native sources */
export function chainHeader(native: string): string {
  return flattened(join(native, 'kernels'), header, new Set());
}
