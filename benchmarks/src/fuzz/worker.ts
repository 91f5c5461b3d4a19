import { parentPort, workerData } from 'node:worker_threads';

import { readers } from './readers/index.ts';
import { fuzz } from './run.ts';

const { name, seed, from, to } = workerData as {
  readonly name: string;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
};
const reader = readers.find((candidate) => candidate.name === name)!;
const tally = await fuzz(reader, {
  seed,
  from,
  to,
  onStart: (number) => {
    if (number % 16 === 0) parentPort!.postMessage({ number });
  },
});
parentPort!.postMessage({ tally });
