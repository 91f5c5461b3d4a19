import { binaryUrl } from './binaries.ts';
import { howToPlaceFiles, ThreadsUnavailableError, WorkerDiedError } from './errors.ts';
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

/**
 * Starts a worker; resolves when it is ready. `onDeath` is called if it ends by itself later.
 *
 * @param script Where the browser finds `wasm/worker.js`; null: beside this package.
 * @throws ThreadsUnavailableError where it does not start.
 */
export async function startWorker(
  task: WorkerTask,
  script: URL | null,
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
    const started =
      nodeMajor === null ? startInBrowser(task, script, onDeath) : startInNode(task, onDeath);
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
  // Found from the binaries, because bundlers for the browser would follow a URL that is written out.
  const worker = new Worker(new URL('worker-node.js', binaryUrl('simd', true)), {
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
  script: URL | null,
  onDeath: (error: Error) => void,
): Promise<WorkerThread> {
  const worker = newBrowserWorker(script);
  await new Promise<void>((resolve, reject) => {
    worker.addEventListener('message', () => resolve(), { once: true });
    worker.addEventListener('error', (event) => {
      const death = failureInBrowser(task, script, event);
      reject(death);
      onDeath(death);
    });
    worker.postMessage(task);
  });
  return { end: () => worker.terminate() };
}

/**
 * Bundlers follow the second expression, which they must find written out. It starts a classic script, because Firefox
 * before 114 has no workers that are modules.
 *
 * @throws ThreadsUnavailableError where the page may not load the script, such as from another origin.
 */
function newBrowserWorker(script: URL | null): Worker {
  if (script === null) return new Worker(new URL('../wasm/worker.js', import.meta.url));
  try {
    return new Worker(script);
  } catch (error) {
    throw new ThreadsUnavailableError(
      `wasm: this page may not start a worker thread from ${script.href}, which must be of its own origin`,
      { cause: error },
    );
  }
}

/** Where a script does not load, the event is a plain one; a page in its place is no JavaScript. */
function failureInBrowser(task: WorkerTask, script: URL | null, event: Event): Error {
  const message = event instanceof ErrorEvent ? event.message : null;
  if (message !== null && !message.includes('SyntaxError')) {
    return died(task, `failed: ${message}`);
  }
  const place = script === null ? 'beside the modules of this package' : `at ${script.href}`;
  const found = message === null ? `no script is ${place}` : `what is ${place} is no script`;
  return new ThreadsUnavailableError(
    `wasm: worker thread ${task.thread} was not started, because ${found}. ${howToPlaceFiles}`,
  );
}
