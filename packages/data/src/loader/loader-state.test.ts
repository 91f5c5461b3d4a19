import { reference } from '@convnet/tensor-core/reference';
import { describe, expect, it } from 'vitest';
import { ArrayDataset } from '../dataset/array-dataset.ts';
import { randomNoise } from '../transform/in-place.ts';
import { DataLoader } from './data-loader.ts';
import { counting, noisy } from './testing/sets.ts';
import type { LoaderState } from './position.ts';

const device = reference();

/** In memory, with random transforms. */
const inMemory = new ArrayDataset({
  data: Float32Array.from({ length: 22 }, (_, i) => i),
  labels: Array.from({ length: 22 }, (_, i) => i),
  inputShape: [1],
  classes: Array.from({ length: 22 }, (_, i) => String(i)),
  transforms: [randomNoise({ std: 1 })],
});

const options = { batchSize: 4, shuffle: true, seed: 9, device };

/** What the tests need of a loader. */
type Loader = Pick<DataLoader, 'epoch' | 'stateDict' | 'loadStateDict'> & AsyncIterable<unknown>;

/** What a loop over tensors sees, from the state at its beginning on. */
async function seen(loader: AsyncIterable<unknown>, stopAfter = Infinity): Promise<unknown[]> {
  const batches: unknown[] = [];
  for await (const tensors of loader) {
    const arrays = (tensors as { data(): Promise<ArrayLike<number>> }[]).map((t) => t.data());
    batches.push((await Promise.all(arrays)).map((array) => Array.from(array)));
    if (batches.length === stopAfter) break;
  }
  return batches;
}

describe.each([
  ['a dataset in memory', () => new DataLoader(inMemory, options)],
  ['a dataset that comes later', () => new DataLoader(noisy({ length: 22 }), options)],
  ['an iterable dataset', () => new DataLoader(counting, { batchSize: 3, seed: 4, device })],
] as readonly [string, () => Loader][])('the position in %s', (_, create) => {
  it('stands behind the batch in the loop’s hands, also after break', async () => {
    const loader = create();
    expect(loader.stateDict()).toMatchObject({ epoch: 0, batch: 0 });
    await seen(loader);
    expect(loader.stateDict()).toMatchObject({ epoch: 1, batch: 0 });
    const inside: LoaderState[] = [];
    for await (const _batch of loader) {
      inside.push(loader.stateDict());
      if (inside.length === 2) break;
    }
    expect(inside).toMatchObject([
      { epoch: 1, batch: 1 },
      { epoch: 1, batch: 2 },
    ]);
    expect(loader.stateDict()).toEqual(inside[1]);
  });

  it.each([0, 1, 2])('goes on behind %d batches of the second epoch', async (done) => {
    const whole = create();
    await seen(whole);
    const second = await seen(whole);
    const third = await seen(whole);
    const stopped = create();
    await seen(stopped);
    if (done > 0) await seen(stopped, done);
    const resumed = create();
    resumed.loadStateDict(stopped.stateDict());
    expect(await seen(resumed)).toEqual(second.slice(done));
    expect(resumed.epoch).toBe(2);
    expect(await seen(resumed)).toEqual(third);
  });

  it('is refused by a loader with other batches', () => {
    const loader = create();
    const state = loader.stateDict();
    expect(() => loader.loadStateDict({ ...state, batchSize: 5 })).toThrow('batchSize');
    expect(() => loader.loadStateDict({ ...state, seed: 5 })).toThrow('seed');
    expect(() => loader.loadStateDict({ ...state, length: 99 })).toThrow('length');
    expect(() => loader.loadStateDict({ ...state, batch: -1 })).toThrow('batch');
    expect(() => loader.loadStateDict(null as never)).toThrow('seed');
  });
});

it('a loader in memory has the same batches when they are fetched as samples are', async () => {
  const plain = new DataLoader(inMemory, options);
  const collated = new DataLoader(inMemory, options);
  const blocks = Array.from(plain.batches(), ({ inputs, labels }) => [[...inputs], [...labels]]);
  const fetched: unknown[] = [];
  for await (const [inputs, labels] of collated.hostBatches()) {
    fetched.push([[...inputs.data], [...labels.data]]);
  }
  expect(fetched).toEqual(blocks);
});

it('batches() says what has none', () => {
  const wrong = new DataLoader(noisy({ length: 3 }), options);
  expect(() => wrong.batches()).toThrow('hostBatches');
});
