import { join } from 'node:path';

import { alreadyInstalled, installed } from './installed.ts';
import type { PagePackage } from './page-package.ts';

const name = '@litertjs/core';
const version = '2.5.3';

/**
 * LiteRT.js, which runs networks in pages.
 * @throws Error where npm can't install it.
 */
export async function litertForPages(threads: number): Promise<PagePackage> {
  return inPages(await installed([name], version), threads);
}

/** The same, or null where it is not installed. */
export async function installedLitert(threads: number): Promise<PagePackage | null> {
  const folder = await alreadyInstalled([name], version);
  return folder === null ? null : inPages(folder, threads);
}

const files = '.tflite files with batch norms folded, activations fused and channels last';

const inPages = (folder: string, threads: number): PagePackage => ({
  name,
  version,
  settings: {
    wasm: `WebAssembly with relaxed SIMD (XNNPACK), threads: ${threads}, ${files}`,
    webgpu: `WebGPU in single precision, ${files}`,
  },
  files: join(folder, 'node_modules', name),
  script: 'dist/index.js',
});
