/** A worker thread that has devices of its own: answers with what was wrong in each job. */
import { wasm } from '@convnet/backend-wasm';
import { parentPort, workerData } from 'node:worker_threads';

import { jobs } from './jobs/index.ts';
import { faultsOf } from './run-job.ts';

const open = (): ReturnType<typeof wasm> => wasm(workerData as object);
const device = await open();
const faults: string[] = [];
for (const [name, job] of Object.entries(jobs)) {
  for (const fault of await faultsOf(job, device, open)) faults.push(`${name}: ${fault}`);
}
device.dispose();
parentPort!.postMessage(faults);
