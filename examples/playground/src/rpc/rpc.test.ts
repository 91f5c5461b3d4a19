import { afterEach, expect, test } from 'vitest';

import { Remote } from './remote.ts';
import { serve } from './serve.ts';

const { port1, port2 } = new MessageChannel();
afterEach(() => port1.close());

test('results, errors by their class and message, events, and an end', async () => {
  class Calculator {
    half(value: number): number {
      if (value % 2 === 1) throw new RangeError(`${value} is odd`);
      return value / 2;
    }
    never(): Promise<void> {
      return new Promise(() => undefined);
    }
  }
  const events: object[] = [];
  const remote = new Remote<Calculator, object>(port1, (event) => events.push(event));
  const tell = serve<Calculator>(port2, new Calculator());
  port1.start();
  port2.start();
  tell({ type: 'ready' });
  expect(await Promise.all([remote.call('half', 6), remote.call('half', 8)])).toEqual([3, 4]);
  await expect(remote.call('half', 3)).rejects.toMatchObject({
    name: 'RangeError',
    message: '3 is odd',
  });
  expect(events).toEqual([{ type: 'ready' }]);
  const waiting = remote.call('never');
  remote.fail(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
});
