import { createHash } from 'node:crypto';
import { reference } from '@convnet/tensor-core/reference';
import { afterEach, describe, expect, it } from 'vitest';
import { ArrayDataset } from '../dataset/array-dataset.ts';
import type { Dataset, LabelledSample } from '../dataset/dataset.ts';
import { randomSplit } from '../dataset/split.ts';
import { DatasetError, LoaderWorkerError, SampleError } from '../errors.ts';
import { DataLoader, type DataLoaderOptions } from './data-loader.ts';
import { openDataset } from './open-dataset.ts';
import { serve, type AnyDataset } from './serve.ts';
import { counting, damaged, large, noisy } from './testing/sets.ts';
import type { WorkerLike } from './worker-pool.ts';
import type { WorkerCall, WorkerPort } from './worker-protocol.ts';

const device = reference();
const sets = new URL('./testing/sets.ts', import.meta.url);
const open: { dispose(): void }[] = [];

function loader<S>(
  dataset: AnyDataset<S>,
  options: Omit<DataLoaderOptions<S>, 'device'>,
): DataLoader<S> {
  const made = new DataLoader(dataset, { ...options, device });
  open.push(made);
  return made;
}

afterEach(() => {
  for (const made of open.splice(0)) made.dispose();
});

async function hostBatches<B>(from: { hostBatches(): AsyncIterable<B> }): Promise<unknown[]> {
  const batches: unknown[] = [];
  for await (const batch of from.hostBatches()) batches.push(batch);
  return batches;
}

/** Batches with digests in place of their arrays, which are too long to be shown where they differ. */
function inShort(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    return createHash('sha256').update(bytes).digest('hex');
  }
  if (Array.isArray(value)) return value.map(inShort);
  if (value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value as object).map(([key, entry]) => [key, inShort(entry)]),
  );
}

describe('workers', () => {
  const options = { batchSize: 4, shuffle: true, seed: 3 };

  it('give the same batches, whatever their number, epoch by epoch', async () => {
    const alone = loader(noisy({ length: 22 }), options);
    const expected = [await hostBatches(alone), await hostBatches(alone)];
    expect(expected[0]).toHaveLength(6);
    expect(expected[0]).not.toEqual(expected[1]);
    const opened = await openDataset<Dataset<LabelledSample>>(sets, {
      name: 'noisy',
      options: { length: 22 },
    });
    for (const numWorkers of [1, 3]) {
      const threaded = loader(opened, { ...options, numWorkers });
      expect([await hostBatches(threaded), await hostBatches(threaded)]).toEqual(expected);
    }
  });

  it('give the same tensors, in memory of batches that were copied to the device', async () => {
    const opened = await openDataset<Dataset<LabelledSample>>(sets, { name: 'large' });
    const tensors = async (from: DataLoader): Promise<number[][]> => {
      const found: number[][] = [];
      for (let epoch = 0; epoch < 2; epoch++) {
        for await (const [inputs, labels] of from) {
          found.push([...(await inputs.data()), ...(await labels.data())]);
        }
      }
      return found;
    };
    const expected = await tensors(loader(large, options));
    expect(await tensors(loader(opened, { ...options, numWorkers: 2 }))).toEqual(expected);
  });

  it('fill memory that threads share, and get it back; what stays on the host is the caller’s', async () => {
    const opened = await openDataset<Dataset<LabelledSample>>(sets, { name: 'large' });
    const own = reference();
    const { upload } = own.backend;
    const uses: string[] = [];
    own.backend.upload = (values, spec) => {
      if (values.length > 1000) {
        const block = new Uint8Array(values.buffer);
        // Behind the array: a batch leaves some of its block.
        const seen = Atomics.exchange(block, block.length - 1, 1);
        uses.push(values.buffer instanceof ArrayBuffer ? 'own' : seen === 1 ? 'used' : 'new');
      }
      return upload.call(own.backend, values, spec);
    };
    const made = new DataLoader(opened, { batchSize: 4, numWorkers: 1, device: own });
    open.push(made);
    for (let epoch = 0; epoch < 3; epoch++) for await (const _ of made);
    expect(uses).toHaveLength(18);
    expect(uses).not.toContain('own');
    expect(uses.filter((of) => of === 'used').length).toBeGreaterThan(9);
    for (const batch of (await hostBatches(made)) as [{ data: Float32Array }, unknown][]) {
      expect(batch[0].data.buffer).toBeInstanceOf(ArrayBuffer);
    }
  });

  it('get memory back, but none of which a part stays on the host', async () => {
    const opened = await openDataset<Dataset<number>>(sets, { name: 'reusing' });
    const made = loader(opened, { batchSize: 2, numWorkers: 1 });
    const memory: unknown[] = [];
    for await (const batch of made as AsyncIterable<unknown>) {
      const { memory: of, stays } = batch as { memory: string; stays: Float32Array };
      memory.push(of);
      expect([...stays]).toEqual([2, 2, 2, 2]);
    }
    expect(memory).toHaveLength(12);
    expect(memory[0]).toBe('new');
    expect(memory.filter((of) => of === 'used').length).toBeGreaterThan(4);
    // On the host batches are the caller's.
    const own = loader(opened, { batchSize: 2, numWorkers: 1 });
    for (const batch of (await hostBatches(own)) as { inputs: { data: Float32Array } }[]) {
      expect(batch.inputs.data).toHaveLength(20_000);
    }
  });

  it.each([
    ['whole', 'the default'],
    ['whole', 'first'],
    ['whole', 'keeps'],
    ['whole', 'the loader'],
    ['one', 'the loader'],
    ['twice', 'the loader'],
    ['view', 'first'],
  ] as const)('leave samples alone that a dataset keeps (%s, collated by %s)', async (part, by) => {
    const own = by === 'first' || by === 'keeps' ? { collate: by } : {};
    const opened = await openDataset<Dataset<never>>(sets, {
      name: 'keeping',
      options: { part, ...own },
    });
    const collate = (samples: readonly unknown[]): unknown => [...samples];
    const three = async (numWorkers: number): Promise<unknown> => {
      const mine = by === 'the loader' ? { collate } : {};
      const made = loader(opened, { ...options, ...mine, numWorkers } as never);
      const epochs = [await hostBatches(made), await hostBatches(made), await hostBatches(made)];
      return inShort(epochs);
    };
    expect(await three(2)).toEqual(await three(0));
  });

  it('load parts as the whole is loaded: same batches, numbers and names', async () => {
    const open = async <S>(name: string, options: unknown): Promise<Dataset<S>> => {
      const opened = await openDataset<Dataset<S>>(sets, { name, options });
      const [part] = randomSplit(opened, [0.7, 0.3], { seed: 1 });
      return randomSplit(part!, [0.9, 0.1], { seed: 2 })[0]!;
    };
    const collated = await open<never>('keeping', { part: 'whole', collate: 'first' });
    const batches = async (numWorkers: number): Promise<unknown> =>
      inShort(await hostBatches(loader(collated, { batchSize: 3, numWorkers })));
    const alone = await batches(0);
    expect(alone).toContainEqual(expect.objectContaining({ again: expect.anything() as unknown }));
    expect(await batches(2)).toEqual(alone);
    const part = await open<LabelledSample>('damaged', { length: 22 });
    const single = loader(part, { batchSize: 4, onError: 'skip' });
    const threaded = loader(part, { batchSize: 4, onError: 'skip', numWorkers: 2 });
    expect(await hostBatches(threaded)).toEqual(await hostBatches(single));
    expect(single.skipped).not.toHaveLength(0);
    expect(threaded.skipped).toEqual(single.skipped);
  });

  it.each([1, 2])('that are ended in the middle of a loop end it, too (%i)', async (numWorkers) => {
    const opened = await openDataset<Dataset<LabelledSample>>(sets, {
      name: 'noisy',
      options: { length: 22 },
    });
    const made = loader(opened, { batchSize: 2, numWorkers });
    const looping = async (): Promise<void> => {
      let count = 0;
      for await (const _ of made) {
        if (++count < 2) continue;
        // What was got ahead has come meanwhile.
        if (count === 2) await new Promise((resolve) => setTimeout(resolve, 200));
        made.dispose();
      }
    };
    await expect(looping()).rejects.toThrow('the loader was disposed while a batch was awaited');
    expect(await hostBatches(made)).toHaveLength(11);
  });

  it('load parts of an opened dataset', async () => {
    const opened = await openDataset<Dataset<LabelledSample>>(sets, {
      name: 'noisy',
      options: { length: 22 },
    });
    const [train] = randomSplit(opened, [0.5, 0.5], { seed: 1 });
    const [same] = randomSplit(noisy({ length: 22 }), [0.5, 0.5], { seed: 1 });
    const threaded = loader(train!, { ...options, numWorkers: 2 });
    expect(await hostBatches(threaded)).toEqual(await hostBatches(loader(same!, options)));
  });

  it('make the samples, and the batches by a collate of the dataset', async () => {
    const opened = await openDataset<Dataset<string>>(sets, { name: 'threads' });
    const inWorker: unknown[] = await hostBatches(loader(opened, { batchSize: 2, numWorkers: 1 }));
    expect(inWorker).toEqual(Array(2).fill('worker worker in worker'));
    const mixed = new DataLoader(opened, {
      batchSize: 4,
      numWorkers: 1,
      device,
      collate: (samples) => samples.length,
    });
    const counts: number[] = [];
    for await (const count of mixed.hostBatches()) counts.push(count);
    mixed.dispose();
    expect(counts).toEqual([4]);
  });

  it('are left early with batches that lead back to themselves', async () => {
    const failures: unknown[] = [];
    const note = (error: unknown): void => void failures.push(error);
    process.on('unhandledRejection', note);
    try {
      const opened = await openDataset<Dataset<number>>(sets, { name: 'circular' });
      const threaded = loader(opened, { batchSize: 2, numWorkers: 1 });
      for await (const batch of threaded.hostBatches() as AsyncIterable<unknown>) {
        expect(batch).toMatchObject({ samples: [0, 1] });
        break;
      }
      // The batches that were under way come before this one.
      for await (const batch of threaded.hostBatches()) void batch;
      expect(failures).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });

  it('share what comes one after another', async () => {
    const iterable = { batchSize: 3, seed: 5 };
    const alone = loader(counting, iterable);
    const expected = [await hostBatches(alone), await hostBatches(alone)];
    expect(expected[0]).toHaveLength(4);
    const opened = await openDataset<typeof counting>(sets, { name: 'counting' });
    for (const numWorkers of [1, 2, 6]) {
      const threaded = loader(opened, { ...iterable, numWorkers });
      expect([await hostBatches(threaded), await hostBatches(threaded)]).toEqual(expected);
    }
  });

  it('name a sample that cannot be had, or leave it out and count it', async () => {
    const opened = await openDataset<Dataset<LabelledSample>>(sets, {
      name: 'damaged',
      options: { length: 22 },
    });
    const stopping = loader(opened, { batchSize: 4, numWorkers: 2 });
    const failure = hostBatches(stopping);
    await expect(failure).rejects.toThrow(SampleError);
    await expect(failure).rejects.toMatchObject({
      index: 5,
      source: 'sample 5 (file-5.wav)',
      message: 'sample 5 (file-5.wav): expected a RIFF file, got 3 bytes',
      cause: { name: 'RangeError', message: 'expected a RIFF file, got 3 bytes' },
    });
    const skip = { batchSize: 4, onError: 'skip' } as const;
    const skipping = loader(opened, { ...skip, numWorkers: 2 });
    const alone = loader(damaged({ length: 22 }), skip);
    expect(await hostBatches(skipping)).toEqual(await hostBatches(alone));
    expect(skipping.skipped.map(({ index }) => index)).toEqual([5, 15]);
    expect(skipping.skipped).toEqual(alone.skipped);
    expect(skipping.skipped[1]).toMatchObject({ source: 'sample 15 (file-15.wav)' });
  });

  it('that end by themselves, or have no dataset or another one, are told', async () => {
    const deadly = await openDataset<Dataset<number>>(sets, { name: 'deadly' });
    const dying = hostBatches(loader(deadly, { batchSize: 2, numWorkers: 1 }));
    await expect(dying).rejects.toThrow(LoaderWorkerError);
    await expect(dying).rejects.toThrow('worker 0 ended by itself, with code 3');
    const changing = await openDataset<Dataset<number>>(sets, { name: 'changing' });
    await expect(hostBatches(loader(changing, { batchSize: 2, numWorkers: 2 }))).rejects.toThrow(
      'has a dataset of 5 samples, this thread one of 4',
    );
  });

  it('need a dataset that they can have', () => {
    const own = new ArrayDataset({
      data: new Float32Array(2),
      labels: [0, 0],
      inputShape: [1],
      classes: ['a'],
    });
    expect(() => loader(own, { batchSize: 1, numWorkers: 2 })).toThrow(DatasetError);
    expect(() => loader(own, { batchSize: 1, numWorkers: 2 })).toThrow('openDataset');
  });

  it('may be the caller’s own', async () => {
    // A worker in name only: what `serveDataset` does, on the other side of a pair of functions.
    const ended: number[] = [];
    const worker = (number: number): WorkerLike => {
      let handle: ((call: WorkerCall) => void) | undefined;
      const made: WorkerLike = {
        postMessage: (call) => handle?.(structuredClone(call) as WorkerCall),
        terminate: () => ended.push(number),
        onmessage: null,
        onerror: null,
      };
      const port: WorkerPort = {
        post: (answer) => made.onmessage?.({ data: structuredClone(answer) }),
        listen: (handler) => {
          handle = handler;
        },
      };
      queueMicrotask(() => void serve(port, noisy({ length: 22 }), undefined));
      return made;
    };
    const threaded = loader(noisy({ length: 22 }), { ...options, numWorkers: 2, worker });
    expect(await hostBatches(threaded)).toEqual(
      await hostBatches(loader(noisy({ length: 22 }), options)),
    );
    threaded.dispose();
    await Promise.resolve();
    expect(ended.sort((a, b) => a - b)).toEqual([0, 1]);
  });

  it('go on in the middle of an epoch', async () => {
    const opened = await openDataset<Dataset<LabelledSample>>(sets, {
      name: 'noisy',
      options: { length: 22 },
    });
    const whole = await hostBatches(loader(noisy({ length: 22 }), options));
    const first = loader(opened, { ...options, numWorkers: 2 });
    let state = first.stateDict();
    let count = 0;
    for await (const _ of first.hostBatches()) {
      if (++count < 2) continue;
      state = first.stateDict();
      break;
    }
    expect(state).toEqual({ epoch: 0, batch: 2, seed: 3, batchSize: 4, length: 6 });
    const second = loader(opened, { ...options, numWorkers: 3 });
    second.loadStateDict(JSON.parse(JSON.stringify(state)) as typeof state);
    expect(await hostBatches(second)).toEqual(whole.slice(2));
    expect(second.stateDict()).toMatchObject({ epoch: 1, batch: 0 });
  });
});

describe('openDataset', () => {
  it('names an export that is not there, or is no dataset', async () => {
    await expect(openDataset(sets, { name: 'missing' })).rejects.toThrow(
      "has no export 'missing'; it has ",
    );
    await expect(openDataset(sets, { name: 'broken' })).rejects.toThrow('the folder is gone');
  });
});
