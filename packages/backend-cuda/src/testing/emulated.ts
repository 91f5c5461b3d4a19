import { fileURLToPath } from 'node:url';

/** What tests open in place of a GPU's driver and package. */
export interface EmulatedPlatform {
  readonly driver: string;
  readonly nativeFolder: string;
  /** The emulated libraries. */
  readonly cublasLt: string;
  readonly cudnn: string;
  /** cuDNN without `cudnnBackendExecute`. */
  readonly lackingCudnn: string;
}

/** `scripts/native-build.ts`, which is no part of the package's sources. */
interface NativeBuild {
  compilerVersion(): string | null;
  buildEmulated(): Promise<EmulatedPlatform>;
}

/** The emulated driver for tests, built with g++ unless it was before, or why there is none. */
export async function emulated(): Promise<EmulatedPlatform | { readonly missing: string }> {
  if (process.platform !== 'linux') return { missing: 'the emulated driver is for Linux' };
  const script = fileURLToPath(new URL('../../scripts/native-build.ts', import.meta.url));
  const build = (await import(script)) as NativeBuild;
  if (build.compilerVersion() === null) return { missing: 'g++ not installed' };
  return build.buildEmulated();
}
