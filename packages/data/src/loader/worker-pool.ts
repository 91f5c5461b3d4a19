import { ArgumentError } from '@convnet/tensor-core';
import { DatasetError, LoaderWorkerError, SampleError } from '../errors.ts';
import { isNode, nodeModule } from '../platform.ts';
import type { BatchRequest, FetchedBatch } from './fetch.ts';
import type { SentError, WorkerAnswer, WorkerCall, WorkerSource } from './worker-protocol.ts';

/** A worker of a browser, of what is used here; one of Node's is turned into it. */
export interface WorkerLike {
  /** Sends it a message. */
  postMessage(message: unknown): void;
  /** Ends it. */
  terminate(): unknown;
  /** What hears its messages. */
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  /** What hears that it failed. */
  onerror: ((event: { readonly message?: string }) => void) | null;
}

/** One worker, from outside. */
interface Member {
  send(call: WorkerCall): void;
  /** Gives memory back to it. */
  spare(buffers: readonly ArrayBufferLike[]): void;
  /** Whether the process has to wait for this worker. */
  hold(waiting: boolean): void;
  end(): void;
}

interface Waiting {
  readonly resolve: (fetched: FetchedBatch) => void;
  readonly reject: (error: Error) => void;
}

/** Makes the members of a pool. `heard` gets what the worker says, `died` why it is no more. */
type Start = (
  number: number,
  heard: (answer: WorkerAnswer) => void,
  died: (error: LoaderWorkerError) => void,
) => Promise<Member>;

/** Workers that make batches of a dataset. */
export class WorkerPool {
  readonly #members: Promise<readonly Member[]>;
  readonly #waiting = new Map<number, Waiting & { readonly member: number }>();
  #calls = 0;
  #ended = false;
  #death: LoaderWorkerError | undefined;

  /** @param length Number of samples that the dataset has on this thread, undefined where it does not know. */
  constructor(count: number, start: Start, length: number | undefined) {
    const opening = Array.from({ length: count }, (_, number) => this.#open(number, start, length));
    this.#members = Promise.all(opening);
    // That one could not be opened is told to whoever asks for a batch; the others are of no use.
    this.#members.catch(async () => {
      for (const result of await Promise.allSettled(opening)) {
        if (result.status === 'fulfilled') result.value.end();
      }
    });
  }

  async #open(number: number, start: Start, length: number | undefined): Promise<Member> {
    let died!: (error: LoaderWorkerError) => void;
    let heard!: (answer: WorkerAnswer) => void;
    const ready = new Promise<void>((resolve, reject) => {
      heard = (answer) => {
        if (answer.kind === 'ready') {
          const wanted = length ?? null;
          if (answer.length === wanted) resolve();
          else reject(differentLength(number, wanted, answer.length));
        } else if (answer.kind === 'failed') reject(received(answer.error));
        else this.#settle(answer);
      };
      died = (error) => {
        if (this.#ended) return;
        this.#death = error;
        reject(error);
        for (const [id, waiting] of this.#waiting) {
          this.#waiting.delete(id);
          waiting.reject(error);
        }
      };
    });
    // It may fail before it is awaited.
    ready.catch(() => {});
    const member = await start(number, heard, died);
    try {
      await ready;
    } catch (error) {
      member.end();
      throw error;
    }
    return member;
  }

  #settle(answer: Extract<WorkerAnswer, { readonly id: number }>): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.id);
    if (answer.kind === 'batch') waiting.resolve(answer.fetched);
    else waiting.reject(received(answer.error));
    void this.#hold(waiting.member);
  }

  async #hold(number: number): Promise<void> {
    const members = await this.#members;
    members[number]!.hold(
      Array.from(this.#waiting.values()).some(({ member }) => member === number),
    );
  }

  /** Has a batch made. Batches of one remainder by the number of workers come from the same worker, in order. */
  async fetch(request: BatchRequest): Promise<FetchedBatch> {
    const members = await this.#members;
    if (this.#ended) throw disposed();
    if (this.#death !== undefined) throw this.#death;
    const number = request.batch % members.length;
    const member = members[number]!;
    const id = this.#calls++;
    return new Promise<FetchedBatch>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, member: number });
      member.hold(true);
      member.send({ id, request });
    });
  }

  /** Gives the memory of a batch back to the worker that made it. Its arrays must not be read any more. */
  async giveBack(batch: number, buffers: readonly ArrayBufferLike[]): Promise<void> {
    const members = await this.#members;
    if (!this.#ended && this.#death === undefined) members[batch % members.length]!.spare(buffers);
  }

  /** Ends the workers; batches that are still awaited are refused. */
  end(): void {
    this.#ended = true;
    for (const waiting of this.#waiting.values()) waiting.reject(disposed());
    this.#waiting.clear();
    this.#members.then(
      (members) => members.forEach((member) => member.end()),
      () => {},
    );
  }
}

/** Whether memory belongs to one thread at a time. */
const isHandedOver = (buffer: ArrayBufferLike): buffer is ArrayBuffer =>
  buffer instanceof ArrayBuffer;

const disposed = (): LoaderWorkerError =>
  new LoaderWorkerError('the loader was disposed while a batch was awaited');

function differentLength(number: number, wanted: number | null, got: number | null): DatasetError {
  return new DatasetError(
    'workers',
    `worker ${number} has a dataset of ${got ?? 'unknown'} samples, this thread one of ${wanted ?? 'unknown'}: ` +
      'the module must give the same dataset each time',
  );
}

/** An error as it was thrown in the worker, as near as threads allow. */
function received({ name, message, stack, sample }: SentError): Error {
  const cause = new Error(message);
  cause.name = name;
  if (stack !== undefined) cause.stack = stack;
  if (sample !== undefined) return new SampleError(sample.index, sample.source, cause);
  return new LoaderWorkerError(`in a worker: ${name}: ${message}`, { cause });
}

/** Starts worker threads of Node that import the dataset's module. */
export function nodeWorkers({ module, indices }: WorkerSource): Start {
  return async (number, heard, died) => {
    if (!isNode) {
      throw new ArgumentError(
        'DataLoader: in a browser numWorkers needs worker: () => new Worker(…), whose script calls serveDataset',
      );
    }
    const { Worker } = await nodeModule('node:worker_threads', 'numWorkers');
    // The built file is JavaScript, the source is not.
    const file = `./node-worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`;
    const worker = new Worker(new URL(file, import.meta.url), {
      workerData: { module, ...(indices === undefined ? {} : { indices }) },
      // Options of the process that mean its main script, such as --input-type, are none of the worker's.
      execArgv: [],
    });
    worker.on('message', heard);
    worker.on('error', (error: Error) =>
      died(new LoaderWorkerError(`worker ${number} failed: ${error.message}`, { cause: error })),
    );
    worker.on('exit', (code) =>
      died(new LoaderWorkerError(`worker ${number} ended by itself, with code ${code}`)),
    );
    return {
      send: (call) => worker.postMessage(call),
      spare: (spare) => worker.postMessage({ spare }, spare.filter(isHandedOver)),
      hold: (waiting) => (waiting ? worker.ref() : worker.unref()),
      end: () => void worker.terminate(),
    };
  };
}

/** Starts workers that the caller makes. */
export function ownWorkers(create: (number: number) => WorkerLike): Start {
  return (number, heard, died) => {
    const worker = create(number);
    worker.onmessage = ({ data }) => heard(data as WorkerAnswer);
    worker.onerror = ({ message }) =>
      died(
        new LoaderWorkerError(
          `worker ${number} failed${message === undefined ? ': its script did not load' : `: ${message}`}`,
        ),
      );
    return Promise.resolve({
      send: (call) => worker.postMessage(call),
      // Not what would have to be handed over: its caller's worker need not be able to.
      spare(buffers) {
        const spare = buffers.filter((buffer) => !isHandedOver(buffer));
        if (spare.length > 0) worker.postMessage({ spare });
      },
      hold: () => {},
      end: () => void worker.terminate(),
    });
  };
}
