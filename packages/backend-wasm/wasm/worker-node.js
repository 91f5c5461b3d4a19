// Gives `worker.js`, in a worker thread of Node, what it finds in one of a browser.
import { parentPort } from 'node:worker_threads';

globalThis.self = { postMessage: (message) => parentPort.postMessage(message) };
await import('./worker.js');
parentPort.once('message', (data) => self.onmessage({ data }));
