import { describe, expect, test } from 'vitest';

import {
  add,
  capture,
  Device,
  DisposedError,
  meta,
  MissingKernelError,
  mul,
  ones,
  randn,
  tensor,
  zeros,
  where,
  type Backend,
  type Tensor,
} from './index.ts';
import { reference } from './reference/index.ts';

describe('a device that was disposed of', () => {
  test('says so whatever is asked of it', async () => {
    const device = reference();
    const x = ones([2], { device });
    const { kernels } = device;
    device.dispose();
    expect(() => add(x, x)).toThrow(DisposedError);
    expect(() => zeros([1], { device })).toThrow('reference: this device was disposed of');
    expect(() => randn([1], { device })).toThrow(DisposedError);
    expect(() => tensor([1], { device })).toThrow(DisposedError);
    expect(() => device.backend).toThrow(DisposedError);
    expect(() => kernels.fill({ shape: [1], dtype: 'float32' }, 1)).toThrow(DisposedError);
    await expect(x.data()).rejects.toThrow(DisposedError);
    expect(String(device)).toBe('reference (plain TypeScript), disposed of');
    expect([device.isDisposed, device.isMeta]).toEqual([true, false]);
  });

  test('may be disposed of again, and so may its tensors', () => {
    const device = reference();
    const x = ones([2], { device });
    device.dispose();
    device.dispose();
    x.dispose();
    expect([device.liveBuffers, device.memory().live]).toEqual([0, 0]);
  });

  test('is let go of by whoever still refers to it', () => {
    const { backend } = reference();
    let freed = 0;
    let ended = 0;
    const counting: Backend = {
      ...backend,
      free: () => freed++,
      memory: () => ({ live: 8, reserved: 8 }),
      dispose: () => ended++,
    };
    const device = new Device(counting);
    const x = ones([2], { device });
    expect(() => new Device({ ...backend, kernels: {} }).kernels.fill).toThrow(MissingKernelError);
    device.dispose();
    device.dispose();
    x.dispose();
    expect([ended, freed, device.memory().reserved]).toEqual([1, 0, 0]);
    expect(Object.keys(device.kernels)).toEqual([]);
  });

  test('the meta device has nothing to dispose of', () => {
    meta.dispose();
    expect(zeros([2], { device: meta }).shape).toEqual([2]);
  });
});

describe('two devices of one name', () => {
  const [here, there] = [reference(), reference()];
  const x = ones([1], { device: here, requiresGrad: true });
  const y = ones([1], { device: there });
  const both = /reference#\d+.* reference#\d+/;

  test('are told apart where both are named, and only there', () => {
    expect(here.nameBeside(there)).not.toBe(there.nameBeside(here));
    expect([here.nameBeside(here), here.nameBeside(meta)]).toEqual(['reference', 'reference']);
    expect([x.describe(), x.describe(meta)]).toEqual(
      Array.from({ length: 2 }, () => '[1] float32 on reference'),
    );
  });

  test.each<[string, () => unknown]>([
    ['operands', () => add(x, y)],
    [
      'operands beside one on a third',
      () => where(ones([1], { device: meta, dtype: 'bool' }), x, y),
    ],
    ['a gradient', () => mul(x, 2).backward(y)],
    ['inputs of a captured step', () => twice((a: Tensor) => mul(a, 2))],
    [
      'what a captured step computes on',
      () =>
        twice(() => {
          mul(x, 1);
          return mul(y, 1);
        }),
    ],
  ])('%s', (_, action) => {
    expect(action).toThrow(both);
  });

  function twice(step: (a: Tensor) => Tensor): void {
    const captured = capture(step);
    captured(x);
    captured(y);
  }
});
