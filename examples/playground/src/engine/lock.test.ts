import { expect, test } from 'vitest';

import { Gate, Lock, messagesIn } from './lock.ts';

test('one at a time, in their order, also after a failure', async () => {
  const lock = new Lock();
  const order: string[] = [];
  const visit = (name: string): Promise<void> =>
    lock.run(async () => {
      order.push(`${name} in`);
      await messagesIn();
      order.push(`${name} out`);
    });
  const failing = lock.run(() => {
    throw new Error('no');
  });
  const all = Promise.all([visit('a'), visit('b')]);
  await expect(failing).rejects.toThrow('no');
  await all;
  expect(order).toEqual(['a in', 'a out', 'b in', 'b out']);
});

test('a gate lets by when it is open', async () => {
  const gate = new Gate();
  await gate.passed();
  gate.shut();
  gate.shut();
  let isBy = false;
  const passing = gate.passed().then(() => {
    isBy = true;
    return isBy;
  });
  await messagesIn();
  expect(isBy).toBe(false);
  gate.open();
  expect(await passing).toBe(true);
});
