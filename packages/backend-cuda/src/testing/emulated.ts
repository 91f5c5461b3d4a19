import { fileURLToPath } from 'node:url';

/** What tests open in place of a GPU's driver and package. */
export interface EmulatedPlatform {
  readonly driver: string;
  readonly nativeFolder: string;
  /** The emulated libraries. */
  readonly cublasLt: string;
  readonly cudnn: string;
  readonly nvrtc: string;
  /** cuDNN without `cudnnBackendExecute`. */
  readonly lackingCudnn: string;
  /** NVRTC without `nvrtcGetCUBIN`. */
  readonly lackingNvrtc: string;
}

/** `scripts/native-build.ts`, which is no part of the package's sources. */
interface NativeBuild {
  compilerVersion(): string | null;
  buildEmulated(): Promise<EmulatedPlatform>;
  buildFork(): Promise<string>;
}

async function nativeBuild(): Promise<NativeBuild> {
  const script = fileURLToPath(new URL('../../scripts/native-build.ts', import.meta.url));
  return (await import(script)) as NativeBuild;
}

/** The emulated driver for tests, built with g++ unless it was before, or why there is none. */
export async function emulated(): Promise<EmulatedPlatform | { readonly missing: string }> {
  if (process.platform !== 'linux') return { missing: 'the emulated driver is for Linux' };
  const build = await nativeBuild();
  if (build.compilerVersion() === null) return { missing: 'g++ not installed' };
  return build.buildEmulated();
}

/** The file of an addon whose `inFork(call)` runs a function in a fork of the process and returns how that ended. */
export async function forkAddon(): Promise<string> {
  return (await nativeBuild()).buildFork();
}
