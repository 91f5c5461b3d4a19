import { copyTo, full, ones, ReleasedTensorError, tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, test } from 'vitest';

import { hasEmulator, openEmulated } from './testing/emulated-device.ts';

describe.runIf(hasEmulator)('CUDA on the emulated driver', () => {
  test('what is filled and what is uploaded comes back, in every type and rank', async () => {
    const { device } = await openEmulated();
    expect([...(await full([2, 3], 1.5, { device }).data())]).toEqual([
      1.5, 1.5, 1.5, 1.5, 1.5, 1.5,
    ]);
    for (const dtype of ['float32', 'float16', 'int32', 'uint8'] as const) {
      for (const shape of [
        [],
        [0],
        [5],
        [2, 3],
        [2, 3, 4],
        [1, 40, 7, 9],
        [2, 33, 1, 1],
        [2, 0, 3, 3],
      ]) {
        const count = shape.reduce((product, extent) => product * extent, 1);
        const values = Array.from({ length: count }, (_, i) => i % 100);
        const x = tensor(values, shape, { device, dtype });
        expect([...(await x.data())]).toEqual(values);
      }
    }
    device.dispose();
  });

  test('the device says what it is', async () => {
    const { device } = await openEmulated({ device: 1, tf32: true });
    expect(String(device)).toBe('cuda (Emulated GPU 1, device 1, tf32: true)');
    device.dispose();
  });

  test('a tensor is copied from device to device, in order with what both do', async () => {
    const { device: first } = await openEmulated();
    const { device: second } = await openEmulated({ device: 1 });
    const values = Array.from({ length: 2 * 3 * 4 * 5 }, (_, i) => i);
    const x = tensor(values, [2, 3, 4, 5], { device: first });
    const copy = second.copyOf(x);
    // Its memory serves another at once; the copy is older.
    x.dispose();
    const other = full([2, 3, 4, 5], 7, { device: first });
    expect([...(await copy.data())]).toEqual(values);
    expect([...(await other.data())]).toEqual(values.map(() => 7));
    expect(copy.device).toBe(second);
    expect(second.copyOf(copy)).not.toBe(copy);
    expect([...(await second.copyOf(copy).data())]).toEqual(values);
    expect(() => second.copyOf(x)).toThrow(ReleasedTensorError);
    expect(() => second.copyOf(ones([1], { device: reference() }))).toThrow(
      'copyOf: expected x as a tensor on a CUDA device',
    );
    first.dispose();
    second.dispose();
  });

  test('what moves a model copies from device to device, without the host', async () => {
    const { device: first } = await openEmulated();
    const { device: second } = await openEmulated({ device: 1 });
    for (const dtype of ['float32', 'uint8'] as const) {
      for (const shape of [[], [0, 3], [2, 3, 4, 5]]) {
        const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
        const x = tensor(values, shape, { device: first, dtype });
        const before = [first.counts.waits, second.counts.waits];
        const copy = await copyTo(x, second);
        expect([first.counts.waits, second.counts.waits]).toEqual(before);
        expect([...(await copy.data())]).toEqual(values);
        const onHost = await copyTo(copy, reference());
        expect([...(await onHost.data())]).toEqual(values);
      }
    }
    first.dispose();
    second.dispose();
  });

  test('two devices are two memories', async () => {
    const { device: first } = await openEmulated();
    const { device: second } = await openEmulated({ device: 1 });
    const x = ones([100], { device: first });
    expect(first.memory().live).toBe(512);
    expect(second.memory().live).toBe(0);
    x.dispose();
    first.dispose();
    second.dispose();
  });
});
