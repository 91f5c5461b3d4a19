import { wasm } from '@convnet/backend-wasm';
import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { schemaErrors } from '../testing/report-schema.ts';
import { exampleReport } from '../testing/rows.ts';
import { resultOf } from '../testing/suite-context.ts';
import { backends } from './backends.ts';

test('each network has a row for every device, with its rates beside the first', async () => {
  const devices = [
    { backend: 'wasm', device: await wasm({ threads: 1 }), threads: 1, passedOver: [] },
    { backend: 'reference', device: reference(), threads: 1, passedOver: [] },
  ];
  const { rows, notes } = await resultOf(backends, { models: ['mobilenet_v2_w0.25'] }, { devices });
  expect(rows.map(({ backend, error }) => [backend, error])).toEqual([
    ['wasm', undefined],
    ['reference', undefined],
  ]);
  const [first, second] = rows;
  expect(first!.beside).toBeUndefined();
  expect(second!.beside!.ms).toEqual(first!.ms);
  expect(second!.ratio).toBeCloseTo(first!.ms!.median / second!.ms!.median, 12);
  for (const { onDevice, ms, macs } of rows) {
    const { trainingGmacs, limitGmacs, shareOfLimit, inference, inferenceGmacs } = onDevice!;
    expect(trainingGmacs).toBeCloseTo((3 * 8 * macs!) / ms!.median / 1e6, 12);
    expect(inferenceGmacs).toBeCloseTo(macs! / inference.median / 1e6, 12);
    expect(shareOfLimit).toBeCloseTo(trainingGmacs / limitGmacs, 12);
    expect(onDevice!.memoryBytes).toBeGreaterThanOrEqual(0);
    const { layers, bandwidth } = onDevice!;
    // Layers that do the same work are one figure; together they do all of it.
    const ofLayers = layers!.reduce((sum, layer) => sum + layer.count * layer.macs, 0);
    expect(ofLayers).toBe(8 * macs!);
    expect(new Set(layers!.map(({ kind }) => kind))).toEqual(
      new Set(['convolution', 'pointwise', 'depthwise', 'linear']),
    );
    for (const { ms: took } of layers!) expect(took).toBeGreaterThan(0);
    expect(bandwidth!.best).toBeGreaterThanOrEqual(bandwidth!.ofLargest);
  }
  expect(schemaErrors(exampleReport(rows))).toEqual([]);
  // The specification is slow; what is made to be fast is faster by far more than noise.
  expect(second!.ratio).toBeLessThan(0.5);
  expect(notes[0]).toContain('best square matrix product in this run: wasm ');
  for (const { device } of devices) device.dispose();
});
