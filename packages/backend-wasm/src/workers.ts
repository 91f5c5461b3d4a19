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

/** A worker thread that has started. */
export interface WorkerThread {
  /**
   * Hands it its task; resolves when it is ready.
   * @throws ThreadsUnavailableError, WorkerDiedError where it does not get ready.
   */
  begin(task: WorkerTask): Promise<void>;
  end(): void;
}

const startLimit = 30_000;

/**
 * What the heap of a worker in Node may take, in MiB: it runs one script of a few lines. Left to itself, V8 reserves 780
 * MiB of address space for each, with these 95.
 */
const limits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 8, codeRangeSizeMb: 16 };
/** MiB of address space that a worker in Node needs, with its stack and with room to spare. */
export const workerMebibytes = 128;

/**
 * Starts a worker; resolves when, in Node, it has what address space it needs. `onDeath` is called if it ends by itself
 * later.
 *
 * @param script Where the browser finds `wasm/worker.js`; null: beside this package.
 * @throws ThreadsUnavailableError, WorkerDiedError where it does not start.
 */
export async function startWorker(
  thread: number,
  script: URL | null,
  onDeath: (error: Error) => void,
): Promise<WorkerThread> {
  const started =
    nodeMajor === null ? startInBrowser(thread, script, onDeath) : startInNode(thread, onDeath);
  const worker = await inTime(thread, started);
  return { begin: (task) => inTime(thread, worker.begin(task)), end: () => worker.end() };
}

async function inTime<T>(thread: number, started: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(
        new ThreadsUnavailableError(
          `wasm: worker thread ${thread} was not ready after ${startLimit / 1000} s`,
        ),
      );
    }, startLimit);
  });
  try {
    return await Promise.race([started, late]);
  } finally {
    clearTimeout(timer);
  }
}

function died(thread: number, reason: string): WorkerDiedError {
  return new WorkerDiedError(`wasm: worker thread ${thread} ${reason}`);
}

async function startInNode(thread: number, onDeath: (error: Error) => void): Promise<WorkerThread> {
  const { Worker } = await nodeModule('node:worker_threads');
  // Found from the binaries, because bundlers for the browser would follow a URL that is written out.
  const worker = new Worker(new URL('worker-node.js', binaryUrl('simd', true)), {
    // Options of the process that mean its main script, such as --input-type, are none of the worker's.
    execArgv: [],
    resourceLimits: limits,
  });
  let ending = false;
  const death = new Promise<never>((_, reject) => {
    const end = (reason: string): void => {
      const error = died(thread, reason);
      reject(error);
      if (!ending) onDeath(error);
    };
    worker.on('error', (error) => end(`failed: ${error.message}`));
    worker.once('exit', (code) => end(`ended with code ${code}`));
  });
  // Later than at the start nobody waits for it.
  death.catch(() => {});
  const next = (event: 'online' | 'message'): Promise<void> =>
    Promise.race([
      new Promise<void>((resolve) => {
        worker.once(event, () => resolve());
      }),
      death,
    ]);
  await next('online');
  return {
    async begin(task) {
      const ready = next('message');
      worker.postMessage(task);
      await ready;
      // A parked worker must not keep the process alive.
      worker.unref();
    },
    end() {
      ending = true;
      void worker.terminate();
    },
  };
}

async function startInBrowser(
  thread: number,
  script: URL | null,
  onDeath: (error: Error) => void,
): Promise<WorkerThread> {
  const worker = newBrowserWorker(script);
  const death = new Promise<never>((_, reject) => {
    worker.addEventListener('error', (event) => {
      const error = failureInBrowser(thread, script, event);
      reject(error);
      onDeath(error);
    });
  });
  death.catch(() => {});
  return {
    async begin(task) {
      const ready = new Promise<void>((resolve) => {
        worker.addEventListener('message', () => resolve(), { once: true });
      });
      worker.postMessage(task);
      await Promise.race([ready, death]);
    },
    end: () => worker.terminate(),
  };
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
function failureInBrowser(thread: number, script: URL | null, event: Event): Error {
  const message = event instanceof ErrorEvent ? event.message : null;
  if (message !== null && !message.includes('SyntaxError')) {
    return died(thread, `failed: ${message}`);
  }
  const place = script === null ? 'beside the modules of this package' : `at ${script.href}`;
  const found = message === null ? `no script is ${place}` : `what is ${place} is no script`;
  return new ThreadsUnavailableError(
    `wasm: worker thread ${thread} was not started, because ${found}. ${howToPlaceFiles}`,
  );
}
