import { expect, test } from 'vitest';

import { tensor } from '../create.ts';
import { InputTooSmallError } from '../errors.ts';
import { reference } from '../reference/index.ts';
import { avgPool, maxPool } from './pool.ts';

const device = reference();
const row = (...values: number[]): ReturnType<typeof tensor> => tensor([[values]], { device });

test('with ceilMode the only window may reach beyond the input, as in PyTorch', async () => {
  const options = { stride: 2, ceilMode: true };
  expect(await maxPool(row(1, 3), 3, options).data()).toEqual(new Float32Array([3]));
  expect(await avgPool(row(1, 3), 3, options).data()).toEqual(new Float32Array([2]));
  expect(() => maxPool(row(1), 3, options)).toThrow(InputTooSmallError);
  expect(() => maxPool(row(1, 3), 3, { stride: 1, ceilMode: true })).toThrow(
    'maxPool: input [1, 1, 2] is too small: axis 2 needs at least 3, got 2',
  );
});
