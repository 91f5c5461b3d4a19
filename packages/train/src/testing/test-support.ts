import { ArrayDataset } from '@convnet/data';
import { Linear, ReLU, Sequential } from '@convnet/layers';
import { tensor, type Device, type Tensor } from '@convnet/tensor-core';

import type { Batches } from '../batches.ts';

/** Points in the plane; the class is the sign of the product of their coordinates. */
export function quadrants(count: number): ArrayDataset {
  return new ArrayDataset({
    ...quadrantPoints(count),
    inputShape: [2],
    classes: ['unlike', 'alike'],
  });
}

/** Coordinates, two a sample, and labels of `quadrants`. */
export function quadrantPoints(count: number): { data: Float32Array; labels: Int32Array } {
  const data = new Float32Array(2 * count);
  const labels = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const x = Math.sin(3 * i + 1);
    const y = Math.sin(7 * i + 2);
    data.set([x, y], 2 * i);
    labels[i] = x * y > 0 ? 1 : 0;
  }
  return { data, labels };
}

export function perceptron(device: Device): Sequential {
  return new Sequential([new Linear(2, 16, { device }), new ReLU(), new Linear(16, 2, { device })]);
}

/** Batches `from` to `to` (less that one) of `quadrants`, 8 samples each, as a user's own class may give them. */
export class OwnBatches implements Batches {
  readonly length: number;
  readonly #device: Device;
  readonly #from: number;

  constructor(device: Device, from: number, to: number) {
    this.#device = device;
    this.#from = from;
    this.length = to - from;
  }

  async *[Symbol.asyncIterator](): AsyncIterator<[Tensor, Tensor]> {
    const { data, labels } = quadrantPoints(8 * (this.#from + this.length));
    for (let batch = this.#from; batch < this.#from + this.length; batch++) {
      const inputs = tensor(data.slice(16 * batch, 16 * batch + 16), [8, 2], {
        device: this.#device,
      });
      const classes = tensor(labels.slice(8 * batch, 8 * batch + 8), [8], { device: this.#device });
      try {
        yield await Promise.resolve([inputs, classes]);
      } finally {
        inputs.dispose();
        classes.dispose();
      }
    }
  }
}

/** `count` batches of 8 rows of 3 numbers, and targets of them. */
export function batchesOf(
  device: Device,
  count: number,
  targetsOf: (x: readonly number[]) => readonly number[],
): Batches {
  return {
    length: count,
    async *[Symbol.asyncIterator]() {
      for (let b = 0; b < count; b++) {
        const rows = Array.from({ length: 8 }, (_, i) =>
          [1, 2, 3].map((c) => Math.sin(c * (8 * b + i) + c)),
        );
        const targets = rows.map(targetsOf);
        const inputs = tensor(rows.flat(), [8, 3], { device });
        const wanted = tensor(targets.flat(), [8, targets[0]!.length], { device });
        try {
          yield await Promise.resolve([inputs, wanted] as const);
        } finally {
          inputs.dispose();
          wanted.dispose();
        }
      }
    },
  };
}

/** All learned numbers of a model. */
export async function weightsOf(model: { parameters(): Tensor[] }): Promise<number[][]> {
  return Promise.all(model.parameters().map(async (p) => Array.from(await p.data())));
}
