import { describe, expect, test } from 'vitest';

import { tensor } from './create.ts';
import { add } from './ops/index.ts';
import { reference } from './reference/index.ts';
import { keep, openScope, scope } from './scope.ts';
import type { Tensor } from './tensor.ts';
import { inTurns } from './turns.ts';

const device = reference();
const scalar = (value: number): Tensor => tensor([value], { device });
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Source extends AsyncIterableIterator<number> {
  readonly isEnded: boolean;
}

function numbersTo(count: number): Source {
  let next = 0;
  let isEnded = false;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    get isEnded() {
      return isEnded;
    },
    next: async () =>
      next < count ? { done: false, value: next++ } : { done: true, value: undefined },
    return: async () => {
      isEnded = true;
      return { done: true, value: undefined };
    },
  };
}

describe('a turn of a loop', () => {
  test('owns what was made for it and what its body makes before an await', async () => {
    const seen: Tensor[] = [];
    const kept: Tensor[] = [];
    for await (const x of inTurns(numbersTo(3), scalar)) {
      for (const old of seen) expect(old.isReleased).toBe(true);
      seen.push(x, add(x, 1));
      kept.push(keep(add(x, 2)));
      await sleep(1);
      for (const own of seen.slice(-2)) expect(own.isReleased).toBe(false);
    }
    expect(seen.every((t) => t.isReleased)).toBe(true);
    for (const t of kept) {
      expect(t.isReleased).toBe(false);
      t.dispose();
    }
  });

  test('leaves what is made behind an await, and what other code makes meanwhile', async () => {
    const others: Tensor[] = [];
    const running = new AbortController();
    const other = (async () => {
      while (!running.signal.aborted) {
        others.push(scalar(others.length));
        await Promise.resolve();
        others.push(scalar(others.length));
        await sleep(1);
      }
    })();
    const late: Tensor[] = [];
    for await (const x of inTurns(numbersTo(5), scalar)) {
      await sleep(3);
      late.push(add(x, 1));
      const [inner, result] = scope(() => [add(x, 2), add(x, 3)] as const);
      late.push(inner, result);
    }
    running.abort();
    await other;
    expect(others.length).toBeGreaterThan(4);
    for (const t of [...others, ...late]) {
      expect(t.isReleased).toBe(false);
      t.dispose();
    }
  });

  test('is not come back to by a scope of its body that ends behind an await', async () => {
    const late: Tensor[] = [];
    const escaped: Tensor[] = [];
    for await (const x of inTurns(numbersTo(2), scalar)) {
      const opened = openScope();
      const y = add(x, 1);
      opened.escape(y);
      escaped.push(y);
      await sleep(1);
      opened.close();
      late.push(scalar(1));
    }
    expect(escaped.every((t) => t.isReleased)).toBe(true);
    for (const t of late) {
      expect(t.isReleased).toBe(false);
      t.dispose();
    }
  });

  test('lies in a scope that is open around the loop', async () => {
    const outer = openScope();
    const late: Tensor[] = [];
    for await (const x of inTurns(numbersTo(2), scalar)) {
      await sleep(1);
      late.push(add(x, 1));
    }
    expect(late.some((t) => t.isReleased)).toBe(false);
    outer.close();
    expect(late.every((t) => t.isReleased)).toBe(true);
  });

  test('ends with the loop, also by break and by errors', async () => {
    const { liveBuffers } = device;
    for (const end of ['break', 'body', 'make'] as const) {
      const source = numbersTo(3);
      const make = (value: number): Tensor => {
        const made = scalar(value);
        if (end === 'make' && value === 1) throw new RangeError('make');
        return made;
      };
      const loop = async (): Promise<void> => {
        for await (const x of inTurns(source, make)) {
          add(x, 1);
          if (end === 'break') break;
          if (end === 'body') throw new RangeError('body');
        }
      };
      const ended = await loop().then(
        () => 'break',
        (error: unknown) => (error as RangeError).message,
      );
      expect(ended).toBe(end);
      expect(source.isEnded).toBe(true);
      expect(device.liveBuffers).toBe(liveBuffers);
    }
  });
});
