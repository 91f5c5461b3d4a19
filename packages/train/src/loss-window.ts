import type { Tensor } from '@convnet/tensor-core';

/** A loss that was not finite. */
export interface BadLoss {
  /** Step of the epoch, from 1. */
  readonly step: number;
  readonly loss: number;
}

/** The losses of one epoch: those not yet read, and the sum of the others. */
export class LossWindow {
  #unread: Tensor[] = [];
  #sum = 0;
  /** Steps so far. */
  count = 0;
  /** Mean of the losses that the last look read. */
  latest: number = Number.NaN;

  /** Takes a loss over: a scalar that belongs to no scope and no graph. */
  add(loss: Tensor): void {
    this.#unread.push(loss);
    this.count++;
  }

  /** Mean of all losses that have been read. */
  get mean(): number {
    return this.#sum / (this.count - this.#unread.length);
  }

  /** Reads the losses, and tells the first that is not finite. */
  async read(): Promise<BadLoss | undefined> {
    if (this.#unread.length === 0) return undefined;
    const before = this.count - this.#unread.length;
    let values: number[];
    try {
      values = await Promise.all(this.#unread.map((loss) => loss.item()));
    } finally {
      this.dispose();
    }
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) return { step: before + bad + 1, loss: values[bad]! };
    const total = values.reduce((sum, value) => sum + value, 0);
    this.#sum += total;
    this.latest = total / values.length;
    return undefined;
  }

  /** Gives the losses that have not been read back. */
  dispose(): void {
    for (const loss of this.#unread) loss.dispose();
    this.#unread = [];
  }
}
