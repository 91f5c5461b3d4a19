import { expect, test } from 'vitest';

import { openPeers } from './open-peers.ts';

test('a peer that cannot be had is one line by name, and the others are opened and closed', async () => {
  const notes: string[] = [];
  const closed: string[] = [];
  const peer = (name: string) => ({ name, close: () => closed.push(name) });
  {
    using peers = await openPeers(
      [
        { title: 'first', open: async () => peer('first') },
        {
          title: 'absent on wasm',
          open: () => Promise.reject(new Error('npm says no\nat length')),
        },
        { title: 'last', open: async () => peer('last') },
      ],
      (sentence) => notes.push(sentence),
    );
    expect(peers.list.map(({ name }) => name)).toEqual(['first', 'last']);
    expect(closed).toEqual([]);
  }
  expect(closed).toEqual(['first', 'last']);
  expect(notes).toEqual(["Not run: absent on wasm. It can't be had: npm says no"]);
});
