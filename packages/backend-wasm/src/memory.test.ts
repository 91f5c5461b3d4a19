import {
  add,
  assign,
  conv,
  DisposedError,
  mul,
  noGrad,
  OutOfMemoryError,
  randn,
  zeros,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { open, wasm } from './loader.ts';

const mebibyte = 2 ** 20;

test.each([1, 2])(
  'memory that runs out is an error that names what was asked and what is live, %i threads',
  async (threads) => {
    const device = await wasm({ threads, maximumMemory: 16 * mebibyte });
    const kept = zeros([mebibyte], { device });
    const ask = (): unknown => zeros([4 * mebibyte], { device });
    expect(ask).toThrow(OutOfMemoryError);
    // A worker's stack counts.
    const live = 4 * mebibyte + (threads - 1) * 65536;
    let caught: unknown;
    try {
      ask();
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({ requested: 16 * mebibyte, live });
    const told = threads === 1 ? '4.0' : '4.1';
    expect(String(caught)).toContain(
      `asked for 16.0 MiB with ${told} MiB live of at most 16.0 MiB`,
    );
    // What is left still works.
    const values = await add(kept, kept).data();
    expect(values[0]).toBe(0);
    device.dispose();
  },
);

test.each([1, 2])(
  'a kernel that fails for want of memory gives back what it had taken, %i threads',
  async (threads) => {
    const device = await wasm({ threads, maximumMemory: 16 * mebibyte });
    const rows = zeros([1.5 * mebibyte], { device });
    const before = device.memory().live;
    // The result fits, the copy in between does not.
    const { kernels } = device;
    const spec = { shape: [1, 2, 0.75 * mebibyte, 1], dtype: 'float32' } as const;
    const x = { ...spec, buffer: kernels.reshape(rows, spec) };
    const pool = (): unknown =>
      kernels.avgPool(
        x,
        [0.75 * mebibyte, 1].map((extent) => ({
          start: Int32Array.from({ length: extent }, (_, i) => i),
          end: Int32Array.from({ length: extent }, (_, i) => i + 1),
          step: 1,
          count: new Float32Array(extent).fill(1),
        })),
        spec,
      );
    expect(pool).toThrow(OutOfMemoryError);
    expect(pool).toThrow(OutOfMemoryError);
    // `x` lies on the memory of `rows`; the windows of the failed call stay known, which no buffer holds.
    expect(device.memory().live).toBe(before);
    device.dispose();
  },
);

test('a copy needs no memory, whatever the layouts', async () => {
  const device = await wasm({ threads: 1, maximumMemory: 16 * mebibyte });
  const image = conv(randn([1, 3, 40, 40], { device }), randn([64, 3, 3, 3], { device }));
  const rows = zeros(image.shape, { device });
  const fillers: Tensor[] = [];
  expect(() => {
    for (;;) fillers.push(zeros([4096], { device }));
  }).toThrow(OutOfMemoryError);
  assign(rows, image);
  for (const filler of fillers) filler.dispose();
  expect(await rows.data()).toEqual(await image.data());
  device.dispose();
});

test('options out of range are refused', async () => {
  await expect(wasm({ maximumMemory: 1000 })).rejects.toThrow(/maximumMemory/);
  await expect(wasm({ maximumMemory: 2 ** 33 })).rejects.toThrow(/maximumMemory/);
});

test.each([
  { kind: 'usual', groups: 1, weightShape: [64, 64, 3, 3], threads: 1 },
  { kind: 'usual', groups: 1, weightShape: [64, 64, 3, 3], threads: 2 },
  { kind: 'depthwise', groups: 64, weightShape: [64, 1, 3, 3], threads: 1 },
  { kind: 'depthwise', groups: 64, weightShape: [64, 1, 3, 3], threads: 2 },
])(
  '$kind weights that could not be packed for want of memory are packed by the next call, $threads threads',
  async ({ groups, weightShape, threads }) => {
    const device = await wasm({ threads, maximumMemory: 16 * mebibyte });
    const options = { padding: 1, groups };
    const x = randn([1, 64, 56, 56], { device });
    const weight = randn(weightShape, { device });
    const expected = await noGrad(() => conv(x, weight, null, options)).data();
    const kept = mul(weight, 1);
    device.kernels.willReuse?.(kept, false);
    const fillers: Tensor[] = [];
    const fill = (): boolean => {
      try {
        fillers.push(zeros([4096], { device }));
        return true;
      } catch {
        return false;
      }
    };
    while (fill());
    let result: Tensor | null = null;
    const failures: unknown[] = [];
    while (result === null) {
      fillers.pop()!.dispose();
      try {
        result = noGrad(() => conv(x, kept, null, options));
      } catch (error) {
        failures.push(error);
      }
    }
    expect(failures.length).toBeGreaterThan(0);
    expect(failures.every((error) => error instanceof OutOfMemoryError)).toBe(true);
    // Reading needs some memory too.
    for (const filler of fillers) filler.dispose();
    const actual = await result.data();
    let [scale, worst] = [0, 0];
    expected.forEach((value, i) => {
      scale = Math.max(scale, Math.abs(value));
      worst = Math.max(worst, Math.abs(value - actual[i]!));
    });
    expect(worst / scale).toBeLessThan(2e-5);
    device.dispose();
  },
);

/** Opens a device and disposes of it, keeping what a program may keep. */
async function disposed(
  threads: number,
): Promise<{ memory: WeakRef<object>; device: Device; tensor: Tensor; kernels: object }> {
  const { device, machine } = await open({ threads });
  const tensor = randn([64, 64], { device });
  await mul(tensor, 2).data();
  const memory = new WeakRef<object>(machine.words.buffer);
  const { kernels } = device;
  device.dispose();
  return { memory, device, tensor, kernels };
}

test.each([1, 2])(
  'the memory of a disposed device goes while the device and its tensors stay, %i threads',
  async (threads) => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { memory, device, tensor } = await disposed(threads);
    while (memory.deref() !== undefined) {
      // Workers end in their own time.
      await new Promise((resolve) => setTimeout(resolve, 20));
      collect();
    }
    expect(memory.deref()).toBeUndefined();
    expect(device.memory()).toEqual({ live: 0, reserved: 0 });
    expect(() => add(tensor, tensor)).toThrow(DisposedError);
  },
);

test('every kernel of a disposed device says so', async () => {
  const device = await wasm({ threads: 1 });
  const { kernels } = device;
  const names = Object.keys(kernels) as (keyof typeof kernels)[];
  expect(names.length).toBeGreaterThan(25);
  device.dispose();
  for (const name of names) expect(() => kernels[name]).toThrow(DisposedError);
});
