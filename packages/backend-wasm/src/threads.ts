import { ArgumentError } from '@convnet/tensor-core';
import { ThreadsUnavailableError } from './errors.ts';
import { mostThreads } from './layout/constants.generated.ts';

/** Why memory cannot be shared between threads: the page is not isolated, or the engine has no such memory. */
export type SharingObstacle = 'isolation' | 'engine';

const explanations: Readonly<Record<SharingObstacle, string>> = {
  isolation:
    'this page is not cross-origin isolated, so memory cannot be shared. Serve it with the headers ' +
    'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp, or',
  engine: 'this engine has no WebAssembly memory that threads can share. Use a newer one, or',
};

/** What keeps memory from being shared here, or null. */
export function sharingObstacle(
  isIsolated: boolean,
  hasSharedMemory: () => boolean,
): SharingObstacle | null {
  // A page that is not isolated lacks what the engine has.
  if (!isIsolated) return 'isolation';
  return hasSharedMemory() ? null : 'engine';
}

/**
 * Threads to run with. Where memory cannot be shared it is one, unless more were asked for.
 * @throws ThreadsUnavailableError, ArgumentError.
 */
export function chooseThreads(
  wanted: number | undefined,
  obstacle: SharingObstacle | null,
  cores: number,
): number {
  if (wanted === undefined) return obstacle === null ? Math.min(cores, mostThreads) : 1;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > mostThreads) {
    throw new ArgumentError(`wasm: expected threads from 1 to ${mostThreads}, got ${wanted}`);
  }
  if (wanted > 1 && obstacle !== null) {
    throw new ThreadsUnavailableError(
      `wasm: ${wanted} threads were asked for, but ${explanations[obstacle]} leave \`threads\` out to run on one thread.`,
    );
  }
  return wanted;
}
