import { describe, expect, test } from 'vitest';

import { internalsIn, namesImported, unreadInternals } from './surface/internal-exports.ts';

test('what is exported for other packages only, another package reads', () => {
  expect(unreadInternals()).toEqual([]);
});

describe('what is internal', () => {
  test('is marked where it is declared', () => {
    const source = `
      /** @internal One line. */
      export function first(): void {}

      /**
       * Several lines.
       *
       * @internal
       */
      export abstract class Second {}

      /** @internal */
      export interface Third {}

      /** @internal Its own name is what errors show. */
      export { Fourth as Fifth };

      /** For users. */
      export function sixth(): void {}
    `;
    expect(internalsIn(source)).toEqual(['first', 'Second', 'Third', 'Fifth']);
  });

  test('is read by its name, under another name, by hand-on and through a name of the whole', () => {
    const source = `
      import { one, two as own, type Three } from '@convnet/tensor-core';
      import * as weights from '@convnet/weights/node';
      export { four } from '@convnet/layers';
      import { beside } from './beside.ts';
      weights.five(beside);
    `;
    expect(namesImported(source)).toEqual([
      '@convnet/tensor-core#one',
      '@convnet/tensor-core#two',
      '@convnet/tensor-core#Three',
      '@convnet/layers#four',
      '@convnet/weights#five',
    ]);
  });
});
