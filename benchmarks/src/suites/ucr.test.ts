import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { wasm } from '@convnet/backend-wasm';
import type { Device } from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { resultOf } from '../testing/suite-context.ts';
import { ucr } from './ucr.ts';

let device: Device;
let data: string;

/** Slow and quick waves: what any network tells apart. */
function waves(count: number): string {
  const lines = Array.from({ length: count }, (_, i) => {
    const rate = 0.1 + 0.4 * (i % 2);
    const values = Array.from({ length: 24 }, (_value, t) => Math.sin(rate * t + i).toFixed(4));
    return `${values.join(',')}:${i % 2}`;
  });
  return `@problemName waves\n@classLabel true 0 1\n@data\n${lines.join('\n')}\n`;
}

beforeAll(async () => {
  device = await wasm({ threads: 1 });
  data = await mkdtemp(join(tmpdir(), 'convnet-ucr-'));
  await mkdir(join(data, 'GunPoint'));
  await writeFile(join(data, 'GunPoint', 'GunPoint_TRAIN.ts'), waves(8));
  await writeFile(join(data, 'GunPoint', 'GunPoint_TEST.ts'), waves(6));
});

afterAll(async () => {
  device.dispose();
  await rm(data, { recursive: true });
});

describe('ucr', () => {
  test('has a mean over five seeds, and an ensemble of those of InceptionTime', async () => {
    const before = device.liveBuffers;
    const options = {
      data,
      datasets: ['GunPoint'],
      models: ['fcn_wang', 'inception_time', 'mini_rocket'],
      epochs: 2,
    };
    const { rows, notes } = await resultOf(ucr, options, { device });
    expect(rows.map(({ error }) => error)).toEqual([undefined, undefined, undefined]);
    expect(rows.map(({ model, published }) => [model, published?.joins])).toEqual([
      ['fcn_wang', 'mean'],
      ['inception_time', 'vote'],
      ['mini_rocket', 'mean'],
    ]);
    const [mean, vote] = rows.map((row) => ({ ...row, published: row.published! }));
    expect(mean!.accuracies).toHaveLength(5);
    expect(mean!.published.found).toBe(mean!.accuracy);
    // Of six test series.
    expect(vote!.published.found * 6).toBeCloseTo(Math.round(vote!.published.found * 6));
    expect(mean!.training).toMatchObject({ epochs: 2, trainSamples: 8, testSamples: 6 });
    expect(notes.join()).toContain('Published of inception_time: an ensemble of 5');
    expect(device.liveBuffers).toBe(before);
  });

  test('trains as the authors do in the full profile', async () => {
    const options = { data, datasets: ['GunPoint'], models: ['fcn_wang'], epochs: 3 };
    const full = { ...options, profile: 'full' as const };
    const { rows, notes } = await resultOf(ucr, full, { device });
    expect(rows[0]!.error).toBeUndefined();
    // Eight series are fewer than ten steps need.
    expect(rows[0]!.training).toMatchObject({ epochs: 3, batchSize: 1 });
    expect(notes.join()).toContain('as its authors do');
    const quick = await resultOf(ucr, options, { device });
    expect(quick.rows[0]!.training).toMatchObject({ batchSize: 2 });
  });

  test('says which file is not there', async () => {
    const running = resultOf(ucr, { data, datasets: ['ArrowHead'], epochs: 1 }, { device });
    await expect(running).rejects.toThrow(/ArrowHead_(TRAIN|TEST)\.ts/);
  });
});
