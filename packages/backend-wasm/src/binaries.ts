import { ArgumentError, type UrlLike } from '@convnet/tensor-core';
import { howToPlaceFiles } from './errors.ts';
import type { WasmOptions } from './options.ts';
import { pageUrl } from './platform.ts';

/** Instruction sets that the kernels are built for. */
export type Build = 'simd' | 'relaxed';

/**
 * The URL that an option names; a relative one is relative to the page, in Node to the working directory.
 *
 * @throws ArgumentError for what is no URL.
 */
export function urlOf(option: keyof WasmOptions, value: string | UrlLike): URL {
  try {
    return new URL(typeof value === 'string' ? value : value.href, pageUrl());
  } catch {
    throw new ArgumentError(`wasm: expected ${option} to be a URL, got ${JSON.stringify(value)}`);
  }
}

/** The file of a build. */
export function binaryName(build: Build, threaded: boolean): string {
  return `${build}${threaded ? '-threads' : ''}.wasm`;
}

/**
 * Where the binary of a build lies: in the folder that `wasmUrl` names, or else beside this package.
 *
 * @throws ArgumentError where `wasmUrl` is no URL, or is left out where a bundler has removed this module's own.
 */
export function binaryUrl(build: Build, threaded: boolean, wasmUrl?: string | UrlLike): URL {
  if (wasmUrl !== undefined) {
    return new URL(binaryName(build, threaded), folderOf(wasmUrl));
  }
  try {
    return unmoved(ownBinaryUrl(build, threaded));
  } catch {
    throw new ArgumentError(
      `wasm: the bundler has left this module without a URL to find its files from. ${howToPlaceFiles}`,
    );
  }
}

/** Where the script of the worker threads lies in the browser, or null where it lies beside this package. */
export function workerUrl({ workerUrl, wasmUrl }: WasmOptions): URL | null {
  if (workerUrl !== undefined) return urlOf('workerUrl', workerUrl);
  if (wasmUrl !== undefined) return new URL('worker.js', folderOf(wasmUrl));
  const own = ownBinaryUrl('simd', true);
  const binary = unmoved(own);
  return binary === own ? null : new URL('worker.js', binary);
}

function folderOf(wasmUrl: string | UrlLike): URL {
  const folder = new URL(urlOf('wasmUrl', wasmUrl));
  if (!folder.pathname.endsWith('/')) folder.pathname += '/';
  return folder;
}

/** Bundlers follow these expressions, which they must find written out, and carry the files along. */
function ownBinaryUrl(build: Build, threaded: boolean): URL {
  if (build === 'relaxed') {
    return threaded
      ? new URL('../wasm/relaxed-threads.wasm', import.meta.url)
      : new URL('../wasm/relaxed.wasm', import.meta.url);
  }
  return threaded
    ? new URL('../wasm/simd-threads.wasm', import.meta.url)
    : new URL('../wasm/simd.wasm', import.meta.url);
}

/**
 * Vite's dev server, up to version 7, moves the modules of a package to `node_modules/.vite/deps` and leaves its other
 * files where they were.
 */
function unmoved(url: URL): URL {
  const path = url.pathname.replace(
    /\/node_modules\/\.vite\/wasm\/(?=[^/]+$)/,
    '/node_modules/@convnet/backend-wasm/wasm/',
  );
  return path === url.pathname ? url : new URL(path, url);
}
