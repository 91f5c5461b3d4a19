import { wasm } from '@convnet/backend-wasm';
import { FrozenBatchNorm } from '@convnet/layers';
import { Generator, randn, type Tensor } from '@convnet/tensor-core';
import { cocoClasses, encodeTorch, loadWeights, openWeights } from '@convnet/weights';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

import * as detection from './index.ts';
import type { RCNN } from './rcnn.ts';
import type { DetectionFiles, DetectionWeights } from './weights.ts';

// Written by scripts/fixtures/old-names.py with torchvision 0.29.
interface PublishedFile {
  readonly url: string;
  readonly mebibytes: number;
  readonly parameters: number;
  readonly categories: number;
  readonly box_map: number;
  readonly mask_map?: number;
  readonly kp_map?: number;
}
const file = join(import.meta.dirname, '..', 'fixtures', 'weights', 'old-names.json');
const published = JSON.parse(readFileSync(file, 'utf8')) as {
  readonly names: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly files: Readonly<Record<string, Readonly<Record<string, PublishedFile>>>>;
};

type Builder = (options: object) => RCNN;
const builderOf = (name: string): Builder =>
  (detection as unknown as Readonly<Record<string, Builder>>)[name]!;
const filesOf = (name: string): DetectionFiles<string> =>
  (detection as unknown as Readonly<Record<string, DetectionFiles<string>>>)[`${name}Weights`]!;

const rows = Object.entries(published.files).flatMap(([name, versions]) =>
  Object.entries(versions).map(([version, expected]) => [name, version, expected] as const),
);

test.each(rows)('%s, %s is the file that torchvision publishes', (name, version, expected) => {
  expect(Object.keys(filesOf(name)).toSorted()).toEqual(
    Object.keys(published.files[name]!).toSorted(),
  );
  const found: DetectionWeights = filesOf(name)[version]!;
  expect(found.url).toBe(expected.url);
  expect(expected.url.endsWith(`/${found.file}`)).toBe(true);
  expect(found.file.endsWith(`-${found.sha256}.pth`)).toBe(true);
  expect(found.bytes / 2 ** 20).toBeCloseTo(expected.mebibytes, 5);
  expect([found.boxMap, found.maskMap, found.keypointMap]).toEqual([
    expected.box_map,
    expected.mask_map,
    expected.kp_map,
  ]);
  expect(found.classes === 'COCO' ? cocoClasses.length : 2).toBe(expected.categories);
  const model = builderOf(name)({ ...found.builderOptions });
  expect(model.parameters().reduce((sum, { size }) => sum + size, 0)).toBe(expected.parameters);
});

test('those that were trained so have no epsilon in frozen batch norm', () => {
  const epsilons = (name: string, version: string): Set<number> => {
    const model = builderOf(name)({ ...filesOf(name)[version]!.builderOptions });
    const norms = [...model.namedModules()].map(([, module]) => module);
    return new Set(norms.flatMap((one) => (one instanceof FrozenBatchNorm ? [one.epsilon] : [])));
  };
  expect([...epsilons('fasterrcnn_resnet50_fpn', 'COCO_V1')]).toEqual([0]);
  expect([...epsilons('keypointrcnn_resnet50_fpn', 'COCO_LEGACY')]).toEqual([1e-5]);
  expect([...epsilons('fasterrcnn_mobilenet_v3_large_fpn', 'COCO_V1')]).toEqual([1e-5]);
});

describe.each(Object.entries(published.names))(
  '%s under the names of older files',
  (name, names) => {
    const { renames } = filesOf(name)['COCO_V1']!;
    const today = (key: string): string =>
      renames!.reduce((mapped, [from, to]) => mapped.replace(from, to), key);

    test('names are changed as torchvision changes them, and no others', () => {
      for (const [old, key] of Object.entries(names)) expect(today(old)).toBe(key);
      const keys = [...builderOf(name)({}).stateDict().keys()];
      expect(Object.values(names).every((key) => keys.includes(key))).toBe(true);
      expect(keys.map(today)).toEqual(keys);
    });
  },
);

/** Bit for bit; quicker than by elements. */
function areEqual(one: ArrayBufferView, other: ArrayBufferView): boolean {
  const [a, b] = [one, other].map((view) =>
    Buffer.from(view.buffer, view.byteOffset, view.byteLength),
  );
  return a!.equals(b!);
}

test('a file with older names and counters of batches is loaded', async () => {
  const device = await wasm({ threads: 1 });
  const model = detection.maskrcnn_resnet50_fpn({ numClasses: 3, device });
  const old = new Map(
    Object.entries(published.names['maskrcnn_resnet50_fpn']!).map(([from, to]) => [to, from]),
  );
  const state = new Map<string, Tensor>();
  const generator = new Generator(5);
  for (const [key, { shape }] of model.stateDict()) {
    // The head of masks and the pyramid are enough to tell values apart.
    const values = old.has(key) ? randn(shape, { device, generator }) : model.stateDict().get(key)!;
    state.set(old.get(key) ?? key, values);
  }
  state.set('backbone.body.bn1.num_batches_tracked', randn([], { device, generator }));
  const bytes = await encodeTorch(state);
  const folder = mkdtempSync(join(tmpdir(), 'convnet-detection-'));
  try {
    const sha256 = createHash('sha256').update(bytes).digest('hex').slice(0, 8);
    const coco = detection.maskrcnn_resnet50_fpnWeights.COCO_V1;
    const own = { ...coco, file: `mask-${sha256}.pth`, sha256, bytes: bytes.length };
    writeFileSync(join(folder, own.file), bytes);
    const report = await loadWeights(model, own, { cache: folder, offline: true });
    expect([report.unexpected, report.left]).toEqual([[], []]);
    expect(report.renamed).toEqual(old);
    for (const [key, from] of old) {
      const [found, expected] = [model.stateDict().get(key)!, state.get(from)!];
      expect(areEqual(await found.data(), await expected.data())).toBe(true);
    }
    // By hand too, for a file that is not published.
    const opened = await openWeights(bytes, { name: 'own.pth' });
    const again = await loadWeights(model, opened, { map: coco.renames!, strict: false });
    expect(again.unexpected).toEqual(['backbone.body.bn1.num_batches_tracked']);
  } finally {
    rmSync(folder, { recursive: true });
    device.dispose();
  }
});
