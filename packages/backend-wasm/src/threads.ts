import { ArgumentError } from '@convnet/tensor-core';
import { ThreadsUnavailableError } from './errors.ts';

const mostThreads = 256;

/**
 * Threads to run with. Where memory cannot be shared it is one, unless more were asked for.
 * @throws ThreadsUnavailableError, ArgumentError.
 */
export function chooseThreads(
  wanted: number | undefined,
  canShare: boolean,
  cores: number,
): number {
  if (wanted === undefined) return canShare ? Math.min(cores, mostThreads) : 1;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > mostThreads) {
    throw new ArgumentError(`wasm: expected threads from 1 to ${mostThreads}, got ${wanted}`);
  }
  if (wanted > 1 && !canShare) {
    throw new ThreadsUnavailableError(
      `wasm: ${wanted} threads were asked for, but this page is not cross-origin isolated, so memory ` +
        'cannot be shared. Serve it with the headers Cross-Origin-Opener-Policy: same-origin and ' +
        'Cross-Origin-Embedder-Policy: require-corp, or leave `threads` out to run on one thread.',
    );
  }
  return wanted;
}
