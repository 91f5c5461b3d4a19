import { encodeNpy } from '@convnet/weights';
import { describe, expect, it } from 'vitest';
import { quickdrawBitmaps } from './quickdraw-bitmaps.ts';
import { FileServer } from './testing/make-files.ts';
import { setsFolder } from './testing/sets-folder.ts';

let folder: string;
const { write } = setsFolder((path) => {
  folder = path;
});

describe('quickdrawBitmaps', () => {
  /** Drawings of one grey each. */
  const bitmaps = (count: number, first: number) =>
    encodeNpy({
      dtype: 'uint8',
      shape: [count, 784],
      data: Uint8Array.from({ length: count * 784 }, (_, i) => first + Math.floor(i / 784)),
    });

  it('takes the first drawings of each category, four fifths to train', async () => {
    write({ 'cat.npy': await bitmaps(12, 0), 'hot dog.npy': await bitmaps(10, 100) });
    const classes = ['hot dog', 'cat'];
    const { train, test } = await quickdrawBitmaps({ classes, drawings: 10, folder });
    expect(train.classes).toEqual(classes);
    expect([...test.labels]).toEqual([0, 0, 1, 1]);
    expect(train.inputShape).toEqual([1, 28, 28]);
    const greyOf = (set: typeof test, index: number): number =>
      Math.round((set.get(index)[0].data[0]! * 0.3106 + 0.1495) * 255);
    expect([greyOf(train, 0), greyOf(train, 7), greyOf(train, 8)]).toEqual([100, 107, 0]);
    expect([greyOf(test, 0), greyOf(test, 3)]).toEqual([108, 9]);
    const signals = await quickdrawBitmaps({ classes, drawings: 5, folder, dims: 1 });
    expect(signals.train.inputShape).toEqual([28, 28]);
  });

  it('refuses categories that there are not, too few drawings, and files that are none', async () => {
    write({ 'cat.npy': await bitmaps(6, 0) });
    const load = (classes: string[], drawings = 5) =>
      quickdrawBitmaps({ classes, drawings, folder });
    await expect(load(['cats'])).rejects.toThrow("'cats' (did you mean 'cat'?) is none of the 345");
    await expect(load(['cat', 'cat'])).rejects.toThrow('each once, got cat, cat');
    await expect(load([])).rejects.toThrow('got none');
    await expect(load(['cat'], 7)).rejects.toThrow('has 6 drawings, 7 were asked for');
    await expect(quickdrawBitmaps({} as never)).rejects.toThrow('classes');
    write({
      'cat.npy': await encodeNpy({ dtype: 'uint8', shape: [1, 2], data: new Uint8Array(2) }),
    });
    await expect(load(['cat'])).rejects.toThrow('expected bytes [N, 784], got uint8 [1, 2]');
  });

  it('is downloaded category by category', async () => {
    await using server = await FileServer.start(new Map([['hot_dog.npy', Uint8Array.of(1)]]));
    const load = (name: string) =>
      quickdrawBitmaps({ classes: [name], cache: folder, mirror: server.url, retries: 0 });
    await expect(load('hot dog')).rejects.toMatchObject({ fault: 'hash' });
    await expect(load('The Eiffel Tower')).rejects.toMatchObject({ fault: 'missing' });
    expect(server.requests).toEqual(['hot_dog.npy', 'The_Eiffel_Tower.npy']);
  });
});
