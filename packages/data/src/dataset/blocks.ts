import { indexError } from './shape.ts';
import { elementCount } from '@convnet/tensor-core';
import { requireStream, type RandomStream } from '../random/random-stream.ts';
import type { BlockDataset, LabelledSample } from './dataset.ts';

/** What remains of a `BlockDataset` to be written where `fill` is: one sample is a block of one. */
export abstract class Blocks implements BlockDataset {
  abstract readonly length: number;
  abstract readonly inputShape: readonly number[];
  abstract readonly classes: readonly string[];

  abstract fill(
    indices: Int32Array,
    inputs: Float32Array,
    labels: Int32Array,
    random?: RandomStream,
  ): void;

  /** The sample at `index`, transformed. */
  get(index: number, random?: RandomStream): LabelledSample {
    if (!Number.isSafeInteger(index) || index < 0 || index >= this.length) {
      throw indexError(index, this.length, `${this.constructor.name}.get`);
    }
    if (random !== undefined) requireStream(`${this.constructor.name}.get`, random);
    const data = new Float32Array(elementCount(this.inputShape));
    const label = new Int32Array(1);
    this.fill(Int32Array.of(index), data, label, random);
    return [{ data, shape: this.inputShape }, label[0]!];
  }
}
