/** Instruction sets that the kernels are built for. */
export type Build = 'simd' | 'relaxed';

/** Where the binary of a build lies. Bundlers follow these expressions and carry the files along. */
export function binaryUrl(build: Build, threaded: boolean): URL {
  if (build === 'relaxed') {
    return threaded
      ? new URL('../wasm/relaxed-threads.wasm', import.meta.url)
      : new URL('../wasm/relaxed.wasm', import.meta.url);
  }
  return threaded
    ? new URL('../wasm/simd-threads.wasm', import.meta.url)
    : new URL('../wasm/simd.wasm', import.meta.url);
}
