import { tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { tensorsOf, withTensors } from './batches.ts';

const device = reference();

const scalar = (value: number): Tensor => tensor([value], { device });

class Pictures {
  readonly images: Tensor;
  readonly names: readonly string[];

  constructor(images: Tensor, names: readonly string[]) {
    this.images = images;
    this.names = names;
  }

  get count(): number {
    return this.names.length;
  }
}

test('a batch is made anew around other tensors, whatever nests them', () => {
  const batch = {
    pictures: new Pictures(scalar(1), ['cat']),
    boxes: [scalar(2), { mask: scalar(3), crowd: false }],
    by: new Map([['left', scalar(4)]]),
    ids: Int32Array.of(7),
    none: null,
  };
  const others = [10, 20, 30, 40].map(scalar);
  const made = withTensors(batch, others);
  const same = (tensors: readonly Tensor[]): boolean[] => tensors.map((t, i) => t === others[i]);
  expect(same(tensorsOf(made))).toEqual([true, true, true, true]);
  expect(made).toMatchObject({ ids: batch.ids, none: null, pictures: { names: ['cat'] } });
  expect(made.pictures).toBeInstanceOf(Pictures);
  expect(made.pictures.count).toBe(1);
  expect(same(tensorsOf(batch))).toEqual([false, false, false, false]);
});
