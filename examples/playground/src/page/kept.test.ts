import { expect, test } from 'vitest';

import { addEpoch, emptyHistory, goBack, Histories } from './history.ts';
import { Kept, type Store } from './kept.ts';

/** As `localStorage`, with room for so many characters. */
function memory(room = Number.POSITIVE_INFINITY): Store & { readonly all: Map<string, string> } {
  const all = new Map<string, string>();
  return {
    all,
    get length() {
      return all.size;
    },
    key: (i) => [...all.keys()][i] ?? null,
    getItem: (key) => all.get(key) ?? null,
    setItem: (key, value) => {
      if (value.length > room) throw new DOMException('full', 'QuotaExceededError');
      all.set(key, value);
    },
    removeItem: (key) => all.delete(key),
  };
}

const epoch = {
  type: 'epoch',
  task: 'digits',
  steps: 63,
  epochs: 1,
  testLoss: 0.5,
  accuracy: 0.9,
  confusion: [[5]],
} as const;

test('settings and curves are there on the next visit, until they are forgotten', () => {
  const store = memory();
  store.setItem('of another page', '1');
  const first = new Kept(store);
  expect(first.settings).toBeNull();
  first.settings = { task: 'signals', network: 'resnet18', device: 'wasm' };
  const histories = new Histories(first);
  addEpoch(histories.of('digits', 'lenet5'), epoch);
  histories.keep('digits', 'lenet5');

  const next = new Kept(store);
  expect(next.settings).toEqual({ task: 'signals', network: 'resnet18', device: 'wasm' });
  const history = new Histories(next).of('digits', 'lenet5');
  expect(history).toMatchObject({ accuracy: [[63, 90]], confusion: [[5]], epochs: 1 });
  // A network that is not there any more has no curves.
  goBack(history, 0, 0);
  expect(history).toEqual(emptyHistory());

  next.clear();
  expect([...store.all.keys()]).toEqual(['of another page']);
  expect(new Histories(next).of('digits', 'lenet5')).toEqual(emptyHistory());
});

test('without room or leave to keep, or with what is no JSON, it is as on the first visit', () => {
  for (const store of [null, memory(1)]) {
    const kept = new Kept(store);
    kept.settings = { task: 'digits', network: 'lenet5', device: 'wasm' };
    expect(kept.settings).toBeNull();
  }
  const damaged = memory();
  damaged.setItem('convnet-playground/settings', '{"task":');
  expect(new Kept(damaged).settings).toBeNull();
});
