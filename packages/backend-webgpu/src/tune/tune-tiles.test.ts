import { matmul, scope, tensor } from '@convnet/tensor-core';
import { afterAll, describe, expect, test, vi } from 'vitest';

import { shapeClasses } from '../kernels/tiled/tile.ts';
import { dawn } from '../testing/dawn.ts';
import { open } from '../webgpu.ts';
import { measureTiles, type MeasuredTile } from './tune-tiles.ts';

const found = await dawn();

describe.runIf('gpu' in found)('tiles that are measured', async () => {
  const gpu = 'gpu' in found ? found.gpu : null!;
  const opened = 'gpu' in found ? await open({ gpu }) : null;
  const { device, recorder } = opened ?? { device: null!, recorder: null! };
  afterAll(() => device?.dispose());

  test('each class has its fastest tile, of several that all ran, and a device takes them', async () => {
    const before = recorder.limits;
    const { live } = device.backend.memory();
    const measured: MeasuredTile[] = [];
    const ran = new Set<string>();
    const { get } = recorder.pipelines;
    const uploads = vi.spyOn(device.backend, 'upload');
    recorder.pipelines.get = (shader) => {
      ran.add(shader.name);
      return get.call(recorder.pipelines, shader);
    };
    const table = await measureTiles(
      device,
      { seconds: 0.001, onTile: (tile) => measured.push(tile) },
      {
        large: [512, 2048, 128],
        medium: [32, 512, 16],
        flat: [16, 512, 32],
        narrow: [512, 16, 32],
        small: [32, 32, 64],
      },
    );
    recorder.pipelines.get = get;
    // No device multiplies whole ones so often within 0.2 ms: half as many terms do, since an eighth would be too few, and
    // half as many columns, since fewer would be of another class.
    const factors = uploads.mock.calls.map(([, { shape }]) => shape);
    uploads.mockRestore();
    expect(factors).toContainEqual([512, 64]);
    expect(factors).toContainEqual([64, 1024]);
    expect(factors).not.toContainEqual([64, 2048]);
    expect(factors).not.toContainEqual([512, 128]);
    expect(recorder.limits).toBe(before);
    expect(device.backend.memory().live).toBe(live);
    for (const shapeClass of shapeClasses) {
      const own = measured.filter((tile) => tile.shapeClass === shapeClass);
      expect(own.length).toBeGreaterThan(2);
      const best = own.reduce((a, b) => (b.gigaflops > a.gigaflops ? b : a));
      const { m, n, k, tm, tn } = table.tiles[shapeClass];
      expect(`${m}x${n}x${k} of ${tm}x${tn}`).toBe(best.tile);
      for (const { tile } of own) expect([...ran].some((name) => name.endsWith(tile))).toBe(true);
    }

    const tuned = await open({ gpu, tiles: JSON.parse(JSON.stringify(table)) as typeof table });
    expect(tuned.recorder.limits.tiles).toEqual(table.tiles);
    const values = (count: number): number[] =>
      Array.from({ length: count }, (_, i) => (i % 7) - 3);
    const product = (of: typeof device) =>
      scope(() =>
        matmul(
          tensor(values(70 * 130), [70, 130], { device: of }),
          tensor(values(130 * 300), [130, 300], { device: of }),
        ),
      );
    expect(await product(tuned.device).data()).toEqual(await product(device).data());
    tuned.device.dispose();
    await expect(open({ gpu, tiles: { ...table, adapter: 'Other GPU' } })).rejects.toThrow(
      "measured on 'Other GPU'",
    );
  });
});
