import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { families } from './families.ts';
import { Inspector } from './inspector.ts';

const inspector = new Inspector();

test('every family of the repository is there', () => {
  const folder = join(import.meta.dirname, '../../../../packages/models');
  const packages = readdirSync(folder).filter((name) => name !== 'testing');
  expect(inspector.families()).toEqual(packages.toSorted());
});

describe.each(Object.keys(families))('%s', (family) => {
  test('its first network at its own input, in signals and images', async () => {
    const [builder] = await inspector.builders(family);
    const { name, ranks, channels, extents } = builder!;
    for (const dims of ranks.filter((rank) => rank !== 3 || ranks.length === 1)) {
      const inspection = await inspector.inspect({
        family,
        builder: name,
        dims,
        channels,
        extents: Array.from({ length: dims }, (_, i) => extents[i] ?? extents.at(-1)!),
        classes: 10,
      });
      const sum = (key: 'parameters' | 'macs', rows: typeof inspection.layers): number =>
        rows.reduce((total, row) => total + row[key], 0);
      expect(sum('macs', inspection.blocks)).toBe(sum('macs', inspection.layers));
      expect(sum('parameters', inspection.blocks)).toBe(sum('parameters', inspection.layers));
      expect(inspection.parameters).toBeGreaterThan(0);
      expect(inspection.tree.length).toBeGreaterThan(20);
    }
  });
});

describe('what is asked for', () => {
  const resnet = { family: 'resnet', builder: 'resnet18', classes: 1000 };

  test('any input: ResNet-18 as torchvision counts it, and on signals', async () => {
    const image = { ...resnet, dims: 2, channels: 3, extents: [224, 224] };
    const { parameters, macs, blocks } = await inspector.inspect(image);
    expect([parameters, macs]).toEqual([11_689_512, 1_814_073_344]);
    expect(blocks.find(({ path }) => path === 'layer1.0')?.type).toBe('BasicBlock');
    const signal = await inspector.inspect({ ...resnet, dims: 1, channels: 12, extents: [1000] });
    expect(signal.layers[0]!.outputShape).toEqual([1, 64, 500]);
  });

  test('one that is too small, and a network that is not there', async () => {
    const small = { family: 'alexnet', builder: 'alexnet', classes: 5, dims: 2, channels: 3 };
    await expect(inspector.inspect({ ...small, extents: [20, 20] })).rejects.toThrow('too small');
    await expect(
      inspector.inspect({ ...resnet, builder: 'resnet19', dims: 2, channels: 3, extents: [9, 9] }),
    ).rejects.toThrow("no network 'resnet19'");
  });
});
