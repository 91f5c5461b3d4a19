import { exitCodes } from './errors.ts';
import type { Sink } from './terminal.ts';

/** What lets a run end between two steps. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** With what the process ends, by the signal that came. */
  readonly exitCode: number;
  release(): void;
}

/**
 * Lets a run end between two steps, once it is saved, at the first Ctrl-C or SIGTERM; the second does not wait.
 * @param goOn says how the run goes on.
 */
export function interruption(error: Sink, goOn: string): Interruption {
  const controller = new AbortController();
  let exitCode: number = exitCodes.interrupted;
  const onSignal = (name: NodeJS.Signals): void => {
    exitCode = name === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
    const line = error.isTTY === true ? '\n' : '';
    if (controller.signal.aborted) {
      // Checkpoints are written whole or not at all, so that nothing is lost by not waiting.
      error.write(`${line}ended at once; what was saved before stands. ${goOn}\n`);
      process.exit(exitCode);
    } else {
      error.write(`${line}finishes the step, saves and ends (again: ends at once)\n`);
      controller.abort();
    }
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    get exitCode() {
      return exitCode;
    },
    release: () => {
      process.off('SIGINT', onSignal);
      process.off('SIGTERM', onSignal);
    },
  };
}
