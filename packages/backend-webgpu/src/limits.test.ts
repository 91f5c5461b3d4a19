import { conformanceCases } from '@convnet/conformance';
import {
  add,
  capture,
  conv,
  full,
  matmul,
  noGrad,
  ones,
  OutOfMemoryError,
  relu,
  scope,
  softmax,
  sum,
  tensor,
  zeros,
  type Tensor,
} from '@convnet/tensor-core';
import { afterAll, describe, expect, test } from 'vitest';

import type { Division } from './commands/pipelines.ts';
import type { Recorder } from './commands/recorder.ts';
import { dawn } from './testing/dawn.ts';
import { open, type GpuLike } from './webgpu.ts';

/** What every device with WebGPU allows (the defaults of the standard). */
const least = {
  maxStorageBufferBindingSize: 2 ** 27,
  maxBufferSize: 2 ** 28,
  maxStorageBuffersPerShaderStage: 8,
};

/** The same GPU with an adapter that has no more than that, and no features. */
function withLeastLimits(gpu: GPU): GpuLike {
  return {
    async requestAdapter() {
      const adapter = (await gpu.requestAdapter())!;
      return {
        limits: least,
        info: adapter.info,
        features: new Set<string>(),
        requestDevice: (wanted: GPUDeviceDescriptor) => adapter.requestDevice(wanted),
      };
    },
  };
}

const found = await dawn();
const gpu = 'gpu' in found ? found.gpu : null;

describe.runIf(gpu !== null)('on a device that allows as little as every device does', async () => {
  const opened = gpu === null ? null : await open({ gpu: withLeastLimits(gpu) });
  const { device, recorder } = opened ?? { device: null!, recorder: null! };
  afterAll(() => device?.dispose());

  /** Elements of a tensor that is bound in two ranges. */
  const count = 35 * 2 ** 20;

  test('its limits are those of the standard', () => {
    for (const [name, limit] of Object.entries(least)) {
      expect(recorder.gpu.limits[name as keyof typeof least]).toBe(limit);
    }
    expect(recorder.limits.buffersPerKernel).toBe(7);
  });

  test('a tensor larger than one binding is written and read from end to end', async () => {
    const y = scope(() => relu(add(full([count], -1, { device }), 3)));
    const seen = await y.data();
    expect([seen.length, seen[0], seen[2 ** 25 - 1], seen[2 ** 25], seen.at(-1)]).toEqual([
      count,
      2,
      2,
      2,
      2,
    ]);
    const total = scope(() => sum(y));
    expect(await total.item()).toBe(2 * count);
    y.dispose();
    total.dispose();
  });

  test('in a captured step too, where such a tensor is handed in', async () => {
    const step = capture((x: Tensor) => noGrad(() => sum(add(x, x))));
    const x = ones([count], { device });
    for (let i = 0; i < 3; i++) {
      const total = step(x);
      await step.ready;
      expect(await total.item()).toBe(2 * count);
      total.dispose();
    }
    step.dispose();
    x.dispose();
  });

  test('a tensor larger than a buffer says which limit, how much and what to do', () => {
    expect(() => zeros([2 ** 26 + 1], { device })).toThrow(OutOfMemoryError);
    expect(() => zeros([2 ** 26 + 1], { device })).toThrow(
      'webgpu: a tensor of 256.0 MiB does not fit a buffer, of which this device allows 256.0 MiB ' +
        '(maxBufferSize). Use a smaller batch.',
    );
  });

  test('a kernel with more ranges than a shader may have says so', () => {
    const x = ones([4], { device });
    const { divide } = recorder.pipelines;
    recorder.pipelines.divide = (sizes) => sizes.map(() => 3);
    expect(() => add(x, x)).toThrow(
      expect.objectContaining({ name: 'BindingLimitError', limit: 8 }),
    );
    recorder.pipelines.divide = divide;
  });
});

describe.runIf(gpu !== null)('softmax over many classes', () => {
  const [lines, classes] = [21, 131];
  const values = Float32Array.from(
    { length: lines * classes },
    (_, i) => 30 * Math.sin(i * i) + (i % 17),
  );
  // The last but two lines end in NaN and in an infinity.
  values[(lines - 2) * classes - 1] = NaN;
  values[(lines - 1) * classes - 1] = Infinity;

  test.each([false, true])('with subgroups where there are some: %s', async (hasFeatures) => {
    const { device, recorder } = await open({ gpu: hasFeatures ? gpu! : withLeastLimits(gpu!) });
    expect(hasFeatures || recorder.limits.subgroupSize === null).toBe(true);
    recorder.marksUnwritten = true;
    const y = await softmax(tensor(values, [lines, classes], { device }), 1).data();
    const expected = Float32Array.from(values, (v, i) => {
      const first = i - (i % classes);
      const own = values.subarray(first, first + classes);
      const greatest = Math.max(...own);
      return Math.exp(v - greatest) / own.reduce((sum, each) => sum + Math.exp(each - greatest), 0);
    });
    expect(Array.from(y, Number.isNaN)).toEqual(Array.from(expected, Number.isNaN));
    const apart = expected.map((v, i) => (Number.isNaN(v) ? 0 : Math.abs(v - y[i]!)));
    expect(Math.max(...apart)).toBeLessThan(1e-6);
    device.dispose();
  });
});

/** Two ranges of each buffer that has room for them, the largest first, while a shader may have more. */
const halves =
  (most: number): Division =>
  (sizes) => {
    const counts = sizes.map(() => 1);
    const largest = sizes.map((_, k) => k).sort((a, b) => sizes[b]! - sizes[a]!);
    for (const k of largest.slice(0, most - sizes.length)) if (sizes[k]! > 256) counts[k] = 2;
    return counts.includes(2) ? counts : null;
  };

/** All kernels in ranges, and none with more buffers than every device allows. */
function divideAll(recorder: Recorder): void {
  recorder.marksUnwritten = true;
  recorder.pipelines.divide = halves(recorder.limits.buffersPerKernel);
  const buffersPerKernel = least.maxStorageBuffersPerShaderStage - 1;
  recorder.limits = { ...recorder.limits, buffersPerKernel, groupsPerDimension: 300 };
  const fitting = recorder.pipelines.fitting.bind(recorder.pipelines);
  recorder.pipelines.fitting = (shader, sizes) => {
    if (shader.layout.length <= buffersPerKernel) return fitting(shader, sizes);
    throw new Error(`${shader.name} has ${shader.layout.length} buffers, of ${buffersPerKernel}`);
  };
}

describe.runIf(gpu !== null)(
  'with every buffer in two ranges and few workgroups to a dimension',
  async () => {
    const opened = gpu === null ? null : await open({ gpu });
    if (opened !== null) divideAll(opened.recorder);
    // Every seventh: each would take as long as the suite does on the device as it is.
    const cases = conformanceCases().filter((_, i) => i % 7 === 0);
    test.each(cases.map(({ name, run }) => [name, run] as const))('%s', async (_, run) => {
      expect((await run(opened!.device)).failures).toEqual([]);
    });

    test('products and convolutions meet both ranges', async () => {
      const { device } = opened!;
      const x = tensor(
        Array.from({ length: 2 * 16 * 20 * 20 }, (_, i) => (i % 7) - 3),
        [2, 16, 20, 20],
        { device },
      );
      const weight = tensor(
        Array.from({ length: 32 * 16 * 9 }, (_, i) => (i % 5) - 2),
        [32, 16, 3, 3],
        { device },
      );
      const run = async (): Promise<unknown[]> => {
        const results = [
          noGrad(() => conv(x, weight, null, { padding: 1, stride: 2 })),
          matmul(x, x),
        ];
        return Promise.all(results.map((result) => result.data()));
      };
      const { pipelines } = opened!.recorder;
      const inRanges = await run();
      const { divide } = pipelines;
      pipelines.divide = () => null;
      expect(inRanges).toEqual(await run());
      pipelines.divide = divide;
    });
  },
);
