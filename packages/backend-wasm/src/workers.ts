import { ThreadsUnavailableError, WorkerDiedError } from './errors.ts';
import { nodeMajor, nodeModule } from './platform.ts';

/** What a worker is given (see `wasm/worker.js`). */
export interface WorkerTask {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
  readonly stackTop: number;
}

/** A running worker thread. */
export interface WorkerThread {
  end(): void;
}

const startLimit = 30_000;

/** Starts a worker; resolves when it is ready. `onDeath` is called if it ends by itself later. */
export async function startWorker(
  task: WorkerTask,
  onDeath: (error: Error) => void,
): Promise<WorkerThread> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new ThreadsUnavailableError(
          `wasm: worker thread ${task.thread} was not ready after ${startLimit / 1000} s`,
        ),
      );
    }, startLimit);
  });
  try {
    const started = nodeMajor === null ? startInBrowser(task, onDeath) : startInNode(task, onDeath);
    return await Promise.race([started, late]);
  } finally {
    clearTimeout(timer);
  }
}

function died(task: WorkerTask, reason: string): WorkerDiedError {
  return new WorkerDiedError(`wasm: worker thread ${task.thread} ${reason}`);
}

async function startInNode(
  task: WorkerTask,
  onDeath: (error: Error) => void,
): Promise<WorkerThread> {
  const { Worker } = await nodeModule('node:worker_threads');
  const worker = new Worker(new URL('../wasm/worker.js', import.meta.url), {
    workerData: task,
    // Options of the process that mean its main script, such as --input-type, are none of the worker's.
    execArgv: [],
  });
  let ending = false;
  await new Promise<void>((resolve, reject) => {
    worker.once('message', () => resolve());
    worker.on('error', (error) => {
      const death = died(task, `failed: ${error.message}`);
      reject(death);
      if (!ending) onDeath(death);
    });
    worker.once('exit', (code) => {
      const death = died(task, `ended with code ${code}`);
      reject(death);
      if (!ending) onDeath(death);
    });
  });
  // A parked worker must not keep the process alive.
  worker.unref();
  return {
    end() {
      ending = true;
      void worker.terminate();
    },
  };
}

async function startInBrowser(
  task: WorkerTask,
  onDeath: (error: Error) => void,
): Promise<WorkerThread> {
  const worker = new Worker(new URL('../wasm/worker.js', import.meta.url), { type: 'module' });
  await new Promise<void>((resolve, reject) => {
    worker.addEventListener('message', () => resolve(), { once: true });
    worker.addEventListener('error', (event) => {
      const death = died(task, `failed: ${event.message}`);
      reject(death);
      onDeath(death);
    });
    worker.postMessage(task);
  });
  return { end: () => worker.terminate() };
}
