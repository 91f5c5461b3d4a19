import { expect, test } from 'vitest';

import { exampleRow } from '../testing/rows.ts';
import { inPasses, type MeasuredTurns, type Passed } from './in-passes.ts';

const context = (signal = new AbortController().signal) =>
  ({
    signal,
    progress: {
      note: () => undefined,
      show: () => undefined,
      milestone: () => undefined,
      close: () => undefined,
    },
  }) as unknown as Parameters<typeof inPasses>[0];

async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of list) all.push(one);
  return all;
}

test('passes go over all items, and each is given in the last with what all have measured', async () => {
  const asked: string[] = [];
  const found = await collect(
    inPasses<string, MeasuredTurns>(context(), 2, ['a', 'b'], {
      rowOf: (model) => exampleRow({ model }),
      measure: async (item, pass, index) => {
        asked.push(`${item}${pass}${index}`);
        return { turns: [[[pass]], [[10 + pass, 20 + pass]]] };
      },
    }),
  );
  const turns = [
    [[0], [1]],
    [
      [10, 20],
      [11, 21],
    ],
  ];
  expect(asked).toEqual(['a00', 'b01', 'a10', 'b11']);
  expect(found).toEqual([
    { item: 'a', measured: { turns } },
    { item: 'b', measured: { turns } },
  ]);
});

test('an item that failed in any pass has its error, and the rest goes on', async () => {
  let calls = 0;
  const found: Passed<string, MeasuredTurns>[] = await collect(
    inPasses<string, MeasuredTurns>(context(), 3, ['early', 'late', 'fine'], {
      rowOf: (model) => exampleRow({ model }),
      measure: async (item, pass) => {
        calls++;
        if (item === 'early' || (item === 'late' && pass === 2)) throw new RangeError(item);
        return { turns: [[[pass]]] };
      },
    }),
  );
  expect(calls).toBe(1 + 3 + 3);
  expect(found).toMatchObject([
    { item: 'early', failure: [{ error: { name: 'RangeError', message: 'early' } }] },
    { item: 'late', failure: [{ error: { message: 'late' } }] },
    { item: 'fine', measured: { turns: [[[0], [1], [2]]] } },
  ]);
});

test('an interruption ends it, with the items before', async () => {
  const abort = new AbortController();
  const items = inPasses<string, MeasuredTurns>(context(abort.signal), 1, ['a', 'b'], {
    rowOf: (model) => exampleRow({ model }),
    measure: async (item) => {
      if (item === 'b') abort.abort();
      abort.signal.throwIfAborted();
      return { turns: [[[1]]] };
    },
  });
  expect((await items.next()).value).toEqual({ item: 'a', measured: { turns: [[[1]]] } });
  await expect(items.next()).rejects.toThrow('aborted');
});

test('an interruption gives also what had some of its passes', async () => {
  // In the first pass, and in the second.
  for (const [stop, turns] of [
    ['c0', { a: [[0]], b: [[0]] }],
    ['b1', { a: [[0], [1]], b: [[0]], c: [[0]] }],
  ] as const) {
    const abort = new AbortController();
    const found: Passed<string, MeasuredTurns>[] = [];
    const running = async (): Promise<void> => {
      const items = inPasses<string, MeasuredTurns>(context(abort.signal), 2, ['a', 'b', 'c'], {
        rowOf: (model) => exampleRow({ model }),
        measure: async (item, pass) => {
          if (`${item}${pass}` === stop) abort.abort();
          abort.signal.throwIfAborted();
          return { turns: [[[pass]]] };
        },
      });
      for await (const one of items) found.push(one);
    };
    await expect(running()).rejects.toThrow('aborted');
    expect(found).toEqual(
      Object.entries(turns).map(([item, own]) => ({ item, measured: { turns: [own] } })),
    );
  }
});

test('where a library came or went between the passes, its times are not taken for those of another', async () => {
  const found = await collect(
    inPasses<string, MeasuredTurns>(context(), 2, ['a'], {
      rowOf: (model) => exampleRow({ model }),
      measure: async (_item, pass) => ({
        turns: pass === 0 ? [[[1]], [[100]], [[7]]] : [[[2]], [[8]]],
      }),
    }),
  );
  expect(found).toEqual([{ item: 'a', measured: { turns: [[[2]], [[8]]] } }]);
});
