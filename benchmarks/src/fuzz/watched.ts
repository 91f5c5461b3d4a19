import { Worker } from 'node:worker_threads';

import type { Tally } from './run.ts';

/** Without a sign of life for so long, in milliseconds, a reader hangs: it may look 16 times for a second. */
const patience = 60_000;

/** Reads mutants in a thread of its own, which is ended where it hangs or takes too much memory. */
export function fuzzWatched(name: string, seed: number, cases: number): Promise<Tally> {
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: { name, seed, from: 0, to: cases },
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  let last = 0;
  let timer: NodeJS.Timeout | undefined;
  const tally = new Promise<Tally>((resolve, reject) => {
    const ended = (how: string, cause?: unknown): void => {
      const which = `one of the mutants ${last} to ${last + 15} of seed ${seed}`;
      reject(new Error(`${name}: ${how} at ${which}`, { cause }));
    };
    const wait = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => ended('hangs'), patience);
    };
    wait();
    worker.on('message', (message: { readonly number?: number; readonly tally?: Tally }) => {
      wait();
      if (message.tally !== undefined) resolve(message.tally);
      last = message.number ?? last;
    });
    worker.on('error', (error) => ended('ended', error));
  });
  return tally.finally(() => {
    clearTimeout(timer);
    void worker.terminate();
  });
}
