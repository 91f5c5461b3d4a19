import { wasm, type WasmOptions } from '@convnet/backend-wasm';
import { webgpu } from '@convnet/backend-webgpu';
import type { Device } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { jobs } from './jobs/index.ts';
import { faultsOf } from './run-job.ts';

const builds: Readonly<Record<string, WasmOptions>> = {
  'wasm simd on 1 thread': { threads: 1, build: 'simd' },
  'wasm relaxed on 1 thread': { threads: 1, build: 'relaxed' },
  'wasm relaxed on 2 threads': { threads: 2, build: 'relaxed' },
  'wasm with 256 bits on 1 thread': { threads: 1, revectorize: true },
  'wasm with 256 bits on 2 threads': { threads: 2, revectorize: true },
};

const devices: Record<string, () => Promise<Device>> = {
  reference: () => Promise.resolve(reference()),
  ...Object.fromEntries(
    Object.entries(builds).map(([name, options]) => [name, () => wasm(options)] as const),
  ),
};

// WebGPU needs the npm package `webgpu`; see docs/decisions/0007-webgpu.md.
const dawn = process.env['WEBGPU_PACKAGE'];
if (dawn !== undefined) {
  const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';
  if (existsSync(swiftShader)) process.env['VK_ICD_FILENAMES'] ??= swiftShader;
  const { create } = (await import(createRequire(`${dawn}/package.json`).resolve(dawn))) as {
    create(options: readonly string[]): GPU;
  };
  const gpu = create([]);
  devices['webgpu'] = () => webgpu({ gpu });
}

describe.each(Object.entries(devices))('on %s', (_, open) => {
  let device: Device;

  beforeAll(async () => {
    device = await open();
  });

  afterAll(() => {
    device.dispose();
  });

  test.each(Object.entries(jobs))('%s', async (_name, job) => {
    expect(await faultsOf(job, device, open)).toEqual([]);
  });
});

test.each([1, 2])(
  'all of it in two worker threads, with %i threads of their own',
  async (threads) => {
    const faults = [0, 1].map(
      () =>
        new Promise<readonly string[]>((resolve, reject) => {
          const worker = new Worker(new URL('worker.ts', import.meta.url), {
            workerData: { threads },
          });
          worker.on('message', resolve);
          worker.on('error', reject);
          worker.on('exit', (code) => reject(new Error(`the worker ended with ${code}`)));
        }),
    );
    expect(await Promise.all(faults)).toEqual([[], []]);
  },
);
