import { ArgumentError } from '@convnet/tensor-core';
import { expect, test } from 'vitest';

import { ModuleList, ReLU, Sequential } from '../index.ts';

test.each([1, null, 'x', [null], [new ReLU(), 1], { a: 'x' }])(
  'Sequential refuses %o',
  (layers) => {
    expect(() => new Sequential(layers as never)).toThrow(ArgumentError);
  },
);

test('a list names the place of what is no layer', () => {
  expect(() => new Sequential([new ReLU(), 1 as never])).toThrow(
    "Sequential: expected a layer at '1', got 1",
  );
  expect(() => new ModuleList([undefined as never])).toThrow(
    "ModuleList: expected a layer at '0', got undefined",
  );
});
