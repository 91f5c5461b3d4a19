import { describe, expect, test } from 'vitest';

import {
  add,
  discard,
  keep,
  openScope,
  ReleasedTensorError,
  scope,
  tensor,
  zeros,
  type Tensor,
} from './index.ts';
import { reference } from './reference/index.ts';

describe('scope', () => {
  test('gives back all but its result, also in arrays, maps and objects', () => {
    const device = reference();
    const result = scope(() => {
      zeros([8], { device });
      return {
        a: zeros([1], { device }),
        list: [zeros([2], { device })],
        map: new Map([['k', zeros([3], { device })]]),
      };
    });
    expect(device.liveBuffers).toBe(3);
    result.a.dispose();
    result.list[0]!.dispose();
    result.map.get('k')!.dispose();
    expect(device.liveBuffers).toBe(0);
  });

  test('nested scopes hand their results outwards', () => {
    const device = reference();
    scope(() => {
      const inner = scope(() => add(zeros([1], { device }), 1));
      expect(device.liveBuffers).toBe(1);
      expect(inner.isReleased).toBe(false);
    });
    expect(device.liveBuffers).toBe(0);
  });

  test('ends when its body throws', () => {
    const device = reference();
    const fail = (): never => {
      zeros([1], { device });
      throw new Error('no');
    };
    expect(() => scope(fail)).toThrow('no');
    expect(device.liveBuffers).toBe(0);
  });

  test('waits for a promise', async () => {
    const device = reference();
    const y = await scope(async () => {
      const x = tensor([1, 2], { device });
      await Promise.resolve();
      return add(x, 1);
    });
    expect([...(await y.data())]).toEqual([2, 3]);
    expect(device.liveBuffers).toBe(1);
  });

  test('scopes of interleaved loops may end out of order', () => {
    const device = reference();
    const first = openScope();
    const a = zeros([1], { device });
    const second = openScope();
    const b = zeros([1], { device });
    first.close();
    expect([a.isReleased, b.isReleased]).toEqual([true, false]);
    second.close();
    expect(b.isReleased).toBe(true);
    expect(device.liveBuffers).toBe(0);
  });
});

describe('tensors and scopes', () => {
  test('keep outlives scopes, dispose ends it', () => {
    const device = reference();
    const kept = scope(() => {
      const x = keep(zeros([1], { device }));
      return () => x;
    })();
    expect(kept.isReleased).toBe(false);
    kept.dispose();
    kept.dispose();
    expect(device.liveBuffers).toBe(0);
  });

  test('use after the end says what happened and what to do', () => {
    const device = reference();
    let lost: Tensor | undefined;
    scope(() => {
      lost = zeros([2, 3], { device });
    });
    expect(() => add(lost!, 1)).toThrow(ReleasedTensorError);
    expect(() => add(lost!, 1)).toThrow(
      'addScalar: the tensor [2, 3] float32 on reference was used after it was disposed of or its scope ended; return it from the scope, or keep() it',
    );
  });

  test('reading after the end rejects', async () => {
    const device = reference();
    const x = zeros([1], { device });
    x.dispose();
    await expect(x.data()).rejects.toThrow(ReleasedTensorError);
  });

  test('discard frees what the innermost scope owns and nothing else', () => {
    const device = reference();
    const outside = zeros([1], { device });
    scope(() => {
      const inside = zeros([1], { device });
      const kept = keep(zeros([1], { device }));
      for (const x of [outside, inside, kept]) discard(x);
      expect([outside.isReleased, inside.isReleased, kept.isReleased]).toEqual([
        false,
        true,
        false,
      ]);
      kept.dispose();
    });
    outside.dispose();
    expect(device.liveBuffers).toBe(0);
  });

  test('a view keeps the memory alive', async () => {
    const device = reference();
    const x = tensor([1, 2, 3, 4], [4], { device });
    const y = x.detach();
    x.dispose();
    expect([...(await y.data())]).toEqual([1, 2, 3, 4]);
    y.dispose();
    expect(device.liveBuffers).toBe(0);
  });
});
