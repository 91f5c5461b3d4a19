import { Tensor } from '@convnet/tensor-core';

import type { StepValues } from './training-step.ts';

/** A loss that was not finite. */
export interface BadLoss {
  /** Batch of the epoch, from 1. */
  readonly batch: number;
  readonly loss: number;
}

/** The losses of one epoch, and what steps give beside them: those not yet read, and the sums of the others. */
export class LossWindow {
  #unread: { readonly batch: number; readonly values: StepValues }[] = [];
  #sums: Record<string, number>;
  /** Batches that have been read. */
  #count: number;
  /** Means of those that the last look read. */
  latest: Readonly<Record<string, number>> = {};

  /** With what `sums` and `count` were, an epoch goes on. */
  constructor(sums: Readonly<Record<string, number>> = {}, count = 0) {
    this.#sums = { ...sums };
    this.#count = count;
  }

  get sums(): Readonly<Record<string, number>> {
    return this.#sums;
  }

  get count(): number {
    return this.#count;
  }

  /** Takes values over: scalars that belong to no scope and no graph. */
  add(values: StepValues, batch: number): void {
    this.#unread.push({ batch, values });
  }

  /** Means of all that have been read. */
  get means(): Record<string, number> {
    const entries = Object.entries(this.#sums).map(([name, sum]) => [name, sum / this.#count]);
    return Object.fromEntries(entries) as Record<string, number>;
  }

  /** Reads the values, and tells the first loss that is not finite. */
  async read(): Promise<BadLoss | undefined> {
    if (this.#unread.length === 0) return undefined;
    const unread = this.#unread;
    const flat = unread.flatMap(({ values }) => Object.values(values));
    let read: number[];
    try {
      read = await Promise.all(
        flat.map((value) => (typeof value === 'number' ? Promise.resolve(value) : value.item())),
      );
    } finally {
      this.dispose();
    }
    const totals: Record<string, number> = {};
    let at = 0;
    let bad: BadLoss | undefined;
    for (const { batch, values } of unread) {
      for (const name of Object.keys(values)) {
        const value = read[at++]!;
        totals[name] = (totals[name] ?? 0) + value;
        if (name === 'loss' && !Number.isFinite(value)) bad ??= { batch, loss: value };
      }
    }
    if (bad !== undefined) return bad;
    this.#count += unread.length;
    const latest: Record<string, number> = {};
    for (const [name, total] of Object.entries(totals)) {
      this.#sums[name] = (this.#sums[name] ?? 0) + total;
      latest[name] = total / unread.length;
    }
    this.latest = latest;
    return undefined;
  }

  /** Gives the values that have not been read back. */
  dispose(): void {
    for (const { values } of this.#unread) {
      for (const value of Object.values(values)) if (value instanceof Tensor) value.dispose();
    }
    this.#unread = [];
  }
}
