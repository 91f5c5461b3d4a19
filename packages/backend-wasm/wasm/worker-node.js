// Gives `worker.js`, in a worker thread of Node, what it finds in one of a browser.
import { parentPort, workerData } from 'node:worker_threads';

globalThis.self = { postMessage: (message) => parentPort.postMessage(message) };
await import('./worker.js');
self.onmessage({ data: workerData });
