import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';

import { allInOrder } from './all-in-order.ts';

async function fails(name: string, after: number): Promise<never> {
  await setTimeout(after);
  throw new Error(name);
}

test('gives all values in order', async () => {
  expect(await allInOrder([setTimeout(2, 'a'), Promise.resolve(7)])).toEqual(['a', 7]);
});

test('the first of several failures is told, though another is earlier', async () => {
  await expect(allInOrder([fails('first', 5), fails('second', 0)])).rejects.toThrow('first');
});
