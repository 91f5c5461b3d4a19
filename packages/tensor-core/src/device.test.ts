import { describe, expect, test } from 'vitest';

import {
  add,
  Device,
  DisposedError,
  meta,
  MissingKernelError,
  ones,
  randn,
  tensor,
  zeros,
  type Backend,
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
