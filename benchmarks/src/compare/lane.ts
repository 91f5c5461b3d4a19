import { Worker } from 'node:worker_threads';

import type { EpochReport, StepReport } from '@convnet/train';

import { rowError } from '../report/failures.ts';
import type { RowError } from '../report/row.ts';
import type { Job } from './job.ts';
import type { LaneOptions, LaneReply, LaneRequest } from './lane-messages.ts';
import type { TrainingResult } from './train-model.ts';

/** Is told how a training goes. */
export interface TrainingListener {
  onStep(report: StepReport): void;
  onEpoch(report: EpochReport): void;
}

/**
 * Trains networks in a thread of its own, one after another. Small networks do not keep several threads busy:
 * lanes side by side finish sooner than networks one after another on all cores.
 */
export class Lane {
  readonly options: LaneOptions;
  readonly #signal: AbortSignal;
  #worker: Worker | null = null;

  /** Where `signal` aborts, what was asked rejects with its reason, in the middle of a step. */
  constructor(options: LaneOptions, signal: AbortSignal) {
    this.options = options;
    this.#signal = signal;
  }

  /** Threads that it computes with. */
  get threads(): number {
    return this.options.threads;
  }

  /** Seconds that a sample takes in a training step, or why that is not known. */
  async time(job: Job): Promise<number | RowError> {
    const reply = await this.#ask({ task: 'time', job });
    if (reply.kind === 'timed') return reply.secondsPerSample;
    return errorOf(reply);
  }

  /** Trains and tests, or tells what went wrong. */
  async train(job: Job, listener: TrainingListener): Promise<TrainingResult | RowError> {
    const reply = await this.#ask({ task: 'train', job }, listener);
    return reply.kind === 'trained' ? reply.result : errorOf(reply);
  }

  /** Ends the thread. */
  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #ask(request: LaneRequest, listener?: TrainingListener): Promise<LaneReply> {
    this.#signal.throwIfAborted();
    const worker = (this.#worker ??= new Worker(new URL('lane-worker.ts', import.meta.url), {
      workerData: this.options,
    }));
    return new Promise((resolve, reject) => {
      const release = (): void => {
        worker.off('message', hear);
        worker.off('error', fail);
        worker.off('exit', end);
        this.#signal.removeEventListener('abort', stop);
      };
      const finish = (reply: LaneReply): void => {
        release();
        resolve(reply);
      };
      const hear = (reply: LaneReply): void => {
        if (reply.kind === 'step') listener?.onStep(reply.report);
        else if (reply.kind === 'epoch') listener?.onEpoch(reply.report);
        else finish(reply);
      };
      // A thread that died is not used again; the next request starts another.
      const fail = (error: unknown): void => {
        this.#worker = null;
        finish({ kind: 'failed', error: rowError(error) });
      };
      const end = (code: number): void =>
        fail(new Error(`the training thread ended with exit code ${code}`));
      const stop = (): void => {
        release();
        reject(this.#signal.reason as Error);
      };
      worker.on('message', hear);
      worker.on('error', fail);
      worker.on('exit', end);
      this.#signal.addEventListener('abort', stop);
      worker.postMessage(request);
    });
  }
}

function errorOf(reply: LaneReply): RowError {
  if (reply.kind === 'failed') return reply.error;
  throw new TypeError(`expected a final reply of the training thread, got '${reply.kind}'`);
}
