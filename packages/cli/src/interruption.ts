import { exitCodes } from './errors.ts';
import type { Sink } from './terminal.ts';

/** What lets a run end between two steps. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** With what the process ends, by the signal that came. */
  readonly exitCode: number;
  release(): void;
}

/** Lets a run end between two steps, once it is saved, at the first Ctrl-C or SIGTERM; the second does not wait. */
export function interruption(error: Sink): Interruption {
  const controller = new AbortController();
  let exitCode: number = exitCodes.interrupted;
  const onSignal = (name: NodeJS.Signals): void => {
    exitCode = name === 'SIGTERM' ? exitCodes.terminated : exitCodes.interrupted;
    // Checkpoints are written whole or not at all, so that nothing is lost by not waiting.
    if (controller.signal.aborted) process.exit(exitCode);
    error.write(`${error.isTTY === true ? '\n' : ''}saves and ends (again: ends at once)\n`);
    controller.abort();
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
