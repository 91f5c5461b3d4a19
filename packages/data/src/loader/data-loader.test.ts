import { add, keep, ReleasedTensorError, tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';
import { ArrayDataset } from '../dataset/array-dataset.ts';
import { DataLoader, type DataLoaderOptions } from './data-loader.ts';

const device = reference();

/** Sample i is the signal i, -i with label i. */
function loader(count: number, options: Omit<DataLoaderOptions, 'device'>): DataLoader {
  const dataset = new ArrayDataset({
    data: Float32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? i / 2 : -(i - 1) / 2)),
    labels: Array.from({ length: count }, (_, i) => i),
    inputShape: [1, 2],
    classes: Array.from({ length: count }, (_, i) => String(i)),
  });
  return new DataLoader(dataset, { ...options, device });
}

describe('DataLoader', () => {
  it('gives inputs [N, …] in float32 and labels [N] in int32 on the device', async () => {
    const seen: unknown[] = [];
    for await (const [inputs, labels] of loader(3, { batchSize: 2 })) {
      expect(inputs.device).toBe(device);
      seen.push([inputs.shape, inputs.dtype, [...(await inputs.data())]]);
      seen.push([labels.shape, labels.dtype, [...(await labels.data())]]);
    }
    expect(seen).toEqual([
      [[2, 1, 2], 'float32', [0, -0, 1, -1]],
      [[2], 'int32', [0, 1]],
      [[1, 1, 2], 'float32', [2, -2]],
      [[1], 'int32', [2]],
    ]);
  });

  it('leaves what is no array as it is: texts, dates, maps', async () => {
    const at = new Date(5);
    const names = new Map([['a', 1]]);
    const batches = new DataLoader<number, unknown>(
      { length: 2, get: (index) => index },
      { batchSize: 2, device, collate: () => ({ at, names, text: 'b' }) },
    );
    const seen: unknown[] = [];
    for await (const batch of batches) seen.push(batch);
    expect(seen).toEqual([{ at, names, text: 'b' }]);
  });

  it('runs again in a new order, the same as its host batches', async () => {
    const options = { batchSize: 4, shuffle: true, seed: 2 };
    const onDevice = loader(30, options);
    const onHost = loader(30, options);
    const orders: number[][] = [];
    for (let epoch = 0; epoch < 2; epoch++) {
      const order: number[] = [];
      for await (const [, labels] of onDevice) order.push(...(await labels.data()));
      expect(order).toEqual([...onHost.batches()].flatMap((batch) => [...batch.labels]));
      orders.push(order);
    }
    expect(orders[0]).not.toEqual(orders[1]);
    expect(onDevice.epoch).toBe(2);
    expect(onDevice.length).toBe(8);
  });

  it('gives tensors of a step back when the next batch is asked for', async () => {
    const before = device.liveBuffers;
    const sums: Tensor[] = [];
    const live: number[] = [];
    for await (const [inputs] of loader(8, { batchSize: 2 })) {
      sums.push(add(inputs, inputs));
      live.push(device.liveBuffers - before);
    }
    expect(live).toEqual([3, 3, 3, 3]);
    expect(device.liveBuffers).toBe(before);
    await expect(sums[0]!.data()).rejects.toThrow(ReleasedTensorError);
  });

  it('gives them back when the loop ends by break or by an error', async () => {
    const before = device.liveBuffers;
    for await (const [inputs] of loader(8, { batchSize: 2 })) {
      add(inputs, inputs);
      break;
    }
    expect(device.liveBuffers).toBe(before);
    const failing = async () => {
      for await (const [inputs] of loader(8, { batchSize: 2 })) {
        add(inputs, inputs);
        throw new Error('body failed');
      }
    };
    await expect(failing()).rejects.toThrow('body failed');
    expect(device.liveBuffers).toBe(before);
  });

  it('leaves kept tensors and those of an outer loop alone', async () => {
    const before = device.liveBuffers;
    let total: Tensor | undefined;
    for await (const [inputs] of loader(2, { batchSize: 1 })) {
      const outer = add(inputs, inputs);
      for await (const [inner] of loader(1, { batchSize: 1 })) total = keep(add(inner, outer));
      expect([...(await outer.data())]).toHaveLength(2);
    }
    expect([...(await total!.data())]).toEqual([2, -2]);
    expect(device.liveBuffers).toBe(before + 2);
  });

  it('leaves what other code makes meanwhile alone', async () => {
    const others: Tensor[] = [];
    const running = new AbortController();
    const other = (async () => {
      while (!running.signal.aborted) {
        others.push(tensor([1], { device }));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    })();
    for await (const [inputs] of loader(4, { batchSize: 1 })) {
      add(inputs, inputs);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    running.abort();
    await other;
    expect(others.length).toBeGreaterThan(4);
    expect(others.filter((t) => t.isReleased)).toEqual([]);
    for (const t of others) t.dispose();
  });

  /** Keeps the thread busy. */
  function work(milliseconds: number): void {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  }

  /** How often timers run during `body`. */
  async function timersDuring(body: () => Promise<void>): Promise<number> {
    let fired = 0;
    const timer = setInterval(() => fired++, 1);
    await body();
    clearInterval(timer);
    return fired;
  }

  it('lets timers run during a long loop', async () => {
    const fired = await timersDuring(async () => {
      for await (const _ of loader(10, { batchSize: 1 })) work(30);
    });
    expect(fired).toBeGreaterThanOrEqual(1);
  });

  it('lets timers run during many short loops', async () => {
    const short = loader(2, { batchSize: 1 });
    const fired = await timersDuring(async () => {
      for (let epoch = 0; epoch < 10; epoch++) for await (const _ of short) work(15);
    });
    expect(fired).toBeGreaterThanOrEqual(1);
  });
});
