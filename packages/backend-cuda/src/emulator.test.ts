import { describe, expect, test } from 'vitest';

import { KernelFaultError } from './errors.ts';
import { hasEmulator, openEmulated } from './testing/emulated-device.ts';
import { probe } from './testing/probe.ts';

const one = { grid: [1, 1, 1], block: [32, 1, 1] } as const;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

describe.runIf(hasEmulator)('the emulated driver', () => {
  test('threads of a block wait for each other', async () => {
    const opened = await openEmulated();
    const shape = { grid: [3, 1, 1], block: [64, 1, 1] } as const;
    const sums = await probe(opened, 'probe_barrier', shape, upTo(192), 3);
    expect([...sums]).toEqual([2016, 6112, 10208]);
    opened.device.dispose();
  });

  test('lanes of a warp read from each other', async () => {
    const opened = await openEmulated();
    const shape = { grid: [1, 1, 1], block: [64, 1, 1] } as const;
    const seen = await probe(opened, 'probe_shuffle', shape, upTo(64), 6 * 64);
    const expected = upTo(64).flatMap((at) => {
      const lane = at % 32;
      const first = at - lane;
      const up = lane >= 3 ? at - 3 : at;
      const down = lane + 3 < 32 ? at + 3 : at;
      return [at ^ 1, up, down, first + 5, at - (at % 8) + 2, 4];
    });
    expect([...seen]).toEqual(expected);
    opened.device.dispose();
  });

  test('a warp multiplies matrices as mma.sync does, in TF32', async () => {
    const opened = await openEmulated();
    // 1 + 2^-11 is halfway between numbers of ten bits, and goes away from zero.
    const tf32 = (x: number): number => (x === 1 + 2 ** -11 ? 1 + 2 ** -10 : x);
    const x = upTo(192).map((i) => (i % 5 === 0 ? 1 + 2 ** -11 : (i % 7) - 3));
    const seen = await probe(opened, 'probe_product', one, x, 128);
    const expected = upTo(128).map((i) => {
      const row = Math.floor(i / 8);
      const column = i % 8;
      return upTo(8).reduce(
        (sum, k) => sum + tf32(x[row * 8 + k]!) * tf32(x[128 + k * 8 + column]!),
        0,
      );
    });
    expect([...seen]).toEqual(expected.map(Math.fround));
    opened.device.dispose();
  });

  test('copies behind the back come when they are waited for, and not before', async () => {
    const opened = await openEmulated();
    const seen = await probe(opened, 'probe_copy', { ...one, sharedBytes: 256 }, upTo(32), 96);
    const zeros = [0, 0, 0, 0];
    expect([...seen.subarray(0, 32)]).toEqual([...zeros, ...upTo(28).toReversed()]);
    expect([...seen.subarray(32, 64)]).toEqual(upTo(32).map(() => NaN));
    expect([...seen.subarray(64)]).toEqual(upTo(32));
    opened.device.dispose();
  });

  test('atomics count, and halves round', async () => {
    const opened = await openEmulated();
    const shape = { grid: [4, 1, 1], block: [256, 1, 1] } as const;
    const values = upTo(1000).map((i) => (i % 3) - 1);
    const counted = await probe(opened, 'probe_atomic', shape, values, 1);
    expect(new Uint32Array(counted.buffer)[0]).toBe(333);
    const numbers = [
      0,
      -0,
      1,
      1 + 2 ** -11,
      1 + 3 * 2 ** -11,
      65519,
      65520,
      2 ** -24,
      2 ** -25,
      6e-8,
      NaN,
      -Infinity,
    ];
    const halves = await probe(opened, 'probe_half', one, numbers, numbers.length);
    expect([...halves]).toEqual([
      0,
      -0,
      1,
      1,
      1 + 2 ** -9,
      65504,
      Infinity,
      2 ** -24,
      0,
      2 ** -24,
      NaN,
      -Infinity,
    ]);
    opened.device.dispose();
  });

  test.each(['probe_false_plain', 'probe_stuck', 'probe_nowhere'])(
    'what no GPU survives is a fault of the device: %s',
    async (kernel) => {
      process.env['EMULATED_CUDA_QUIET'] = '1';
      const { device, recorder } = await openEmulated();
      const block = kernel === 'probe_stuck' ? 64 : 32;
      recorder.launch(kernel, { grid: [1, 1, 1], block: [block, 1, 1] }, [null, null], [0]);
      await expect(device.synchronize()).rejects.toThrow(KernelFaultError);
      delete process.env['EMULATED_CUDA_QUIET'];
      device.dispose();
    },
  );
});
