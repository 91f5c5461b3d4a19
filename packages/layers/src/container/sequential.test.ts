import { ArgumentError, ones } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { Module, ModuleList, ReLU, Sequential, type Layer } from '../index.ts';

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

test('what cannot be called says so, where it stands', () => {
  const list = new ModuleList([new ReLU()]);
  expect(() => list.forward()).toThrow(ArgumentError);
  const x = ones([1], { device: reference() });
  const nested = new Sequential({ first: new ReLU(), blocks: list });
  expect(() => nested.forward(x)).toThrow(
    'Sequential.blocks: a ModuleList has no forward of its own',
  );
  // As a class of JavaScript that has none.
  // @ts-expect-error The compiler of TypeScript finds it.
  class Forgetful extends Module {}
  expect(() => (new Forgetful() as Layer).forward(x)).toThrow(ArgumentError);
  expect(() => new Sequential([new Forgetful()]).forward(x)).toThrow(
    'Sequential.0: Forgetful has no forward',
  );
});
