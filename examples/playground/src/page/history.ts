import type { EpochEvent, StepsEvent } from '../engine/api.ts';
import type { Point } from './chart.ts';

/** How a network's training went so far. */
export interface History {
  readonly loss: Point[];
  readonly testLoss: Point[];
  /** In percent. */
  readonly accuracy: Point[];
  confusion: readonly (readonly number[])[] | null;
  steps: number;
  epochs: number;
  samplesPerSecond: number;
}

export function emptyHistory(): History {
  return {
    loss: [],
    testLoss: [],
    accuracy: [],
    confusion: null,
    steps: 0,
    epochs: 0,
    samplesPerSecond: 0,
  };
}

export function addSteps(history: History, event: StepsEvent): void {
  history.loss.push(...event.losses);
  history.steps = event.steps;
  history.epochs = event.epochs;
  history.samplesPerSecond = event.samplesPerSecond;
}

export function addEpoch(history: History, event: EpochEvent): void {
  history.testLoss.push([event.steps, event.testLoss]);
  history.accuracy.push([event.steps, 100 * event.accuracy]);
  history.confusion = event.confusion;
  history.epochs = event.epochs;
}

/** Forgets what came after a step, which a network went back to. */
export function goBack(history: History, steps: number, epochs: number): void {
  for (const points of [history.loss, history.testLoss, history.accuracy]) {
    while (points.length > 0 && points.at(-1)![0] > steps) points.pop();
  }
  if (history.accuracy.length === 0) history.confusion = null;
  history.steps = steps;
  history.epochs = epochs;
}

/** Where histories of earlier visits are. */
export interface KeptHistories {
  /** Empty where there is none. */
  history(key: string): History;
  keep(key: string, history: History): void;
  forget(key: string): void;
}

/** The histories of the networks that were open, by task and name. */
export class Histories {
  readonly #all = new Map<string, History>();
  readonly #kept: KeptHistories;

  constructor(kept: KeptHistories) {
    this.#kept = kept;
  }

  of(task: string, network: string): History {
    const key = `${task}/${network}`;
    let history = this.#all.get(key);
    if (history === undefined) {
      history = this.#kept.history(key);
      this.#all.set(key, history);
    }
    return history;
  }

  /** For the next visit. */
  keep(task: string, network: string): void {
    this.#kept.keep(`${task}/${network}`, this.of(task, network));
  }

  forget(task: string, network: string): void {
    this.#all.delete(`${task}/${network}`);
    this.#kept.forget(`${task}/${network}`);
  }

  /** Forgets all of them. */
  clear(): void {
    this.#all.clear();
  }
}
