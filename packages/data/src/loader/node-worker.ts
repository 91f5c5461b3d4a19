/** The script of a worker thread of Node: serves the dataset of the module that `workerData` names. */
import { parentPort, workerData } from 'node:worker_threads';
import { loadDataset } from './open-dataset.ts';
import { serve } from './serve.ts';
import type { WorkerSource } from './worker-protocol.ts';

const port = parentPort!;
const { module, indices } = workerData as WorkerSource;
const loaded = loadDataset(module);
await serve(
  {
    post: (answer, transfer) => port.postMessage(answer, transfer),
    listen: (handler) => void port.on('message', handler),
  },
  loaded.then(({ dataset }) => dataset),
  await loaded.then(
    ({ collate }) => collate,
    () => undefined,
  ),
  indices,
);
