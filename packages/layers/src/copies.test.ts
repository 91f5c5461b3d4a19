import type * as tensorCore from '@convnet/tensor-core';
import { beforeAll, expect, test, vi } from 'vitest';

import type * as layers from './index.ts';

type Layers = typeof layers;
type TensorCore = typeof tensorCore;

/** This package and tensor-core once more, as a family brings them that asks for other versions. */
async function copyOfVersion(version: string): Promise<{ layers: Layers; core: TensorCore }> {
  vi.resetModules();
  vi.doMock('./version.ts', () => ({ version }));
  return { layers: await import('./index.ts'), core: await import('@convnet/tensor-core') };
}

let mine: Awaited<ReturnType<typeof copyOfVersion>>;
let other: Awaited<ReturnType<typeof copyOfVersion>>;
beforeAll(async () => {
  mine = await copyOfVersion('1.2.0');
  other = await copyOfVersion('1.3.1');
});

const both = (name: string): RegExp =>
  new RegExp(`Two copies of @convnet/${name} are in this program`);

test('a layer on a device of another copy', () => {
  const use = (): unknown => new mine.layers.Linear(2, 3, { device: other.core.meta });
  expect(use).toThrow(mine.core.TwoCopiesError);
  expect(use).toThrow(both('tensor-core'));
});

test('a network that moves to one', async () => {
  const moving = new mine.layers.Linear(2, 3).to(other.core.meta);
  await expect(moving).rejects.toThrow(mine.core.TwoCopiesError);
});

test('an input that another copy made', () => {
  const layer = new mine.layers.Linear(2, 3);
  const x = other.core.ones([1, 2], { device: other.core.meta });
  expect(() => layer.forward(x)).toThrow(both('tensor-core'));
});

const foreign = (): InstanceType<Layers['Linear']> => new other.layers.Linear(2, 3);

const uses: readonly (readonly [string, () => unknown])[] = [
  ['Sequential', () => new mine.layers.Sequential([foreign()])],
  ['summary', () => mine.layers.summary(foreign(), [1, 2])],
  ['compile', () => mine.layers.compile(foreign(), [1, 2])],
  ['replaceHead', () => mine.layers.replaceHead(foreign(), 2)],
];

test.each(uses)('%s refuses a layer of another copy, with both versions', (where, use) => {
  expect(use).toThrow(mine.core.TwoCopiesError);
  expect(use).toThrow(
    `${where}: expected something that @convnet/layers 1.2.0 made, got it from another copy, of version 1.3.1`,
  );
});

test('a network of another copy inside one is not left out in silence', () => {
  class Wrapped extends mine.layers.Module {
    backbone = foreign();
    override forward(x: ReturnType<TensorCore['ones']>): typeof x {
      return x;
    }
  }
  expect(() => [...new Wrapped().parameters()]).toThrow(
    'Wrapped.backbone: expected something that @convnet/layers 1.2.0 made',
  );
});

test('weights of another copy', async () => {
  const loading = new mine.layers.Linear(2, 3).loadStateDict(foreign().stateDict());
  await expect(loading).rejects.toThrow(both('tensor-core'));
});
