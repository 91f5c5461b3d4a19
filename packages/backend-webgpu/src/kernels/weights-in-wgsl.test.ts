import type { Kernels, Operand } from '@convnet/tensor-core';
import { expect, test } from 'vitest';

import type { DeviceLimits } from '../commands/command-sink.ts';
import { tensorBuffer } from '../gpu-buffer.ts';
import { StepPlanner } from '../prepare/step-planner.ts';
import type { Shader } from '../shader.ts';
import { quickTiles } from '../testing/quick-tiles.ts';
import { splitShader } from '../split-shader.ts';
import { webgpuKernels } from './index.ts';

const limitsOf = (storage: DeviceLimits['storage']): DeviceLimits => ({
  tiles: quickTiles,
  buffersPerKernel: 7,
  bindingBytes: 2 ** 27,
  subgroupSize: null,
  groupsPerDimension: 65_535,
  storage,
});

const spec = (...shape: number[]) => ({ shape, dtype: 'float32' }) as const;

type Call = (kernels: Kernels, operand: (isReused: boolean, ...shape: number[]) => Operand) => void;

/** The shaders that kernels dispatch. */
function shadersOf(call: Call, storage: DeviceLimits['storage'], marksReused = true): Shader[] {
  const planner = new StepPlanner(limitsOf(storage), false);
  call(webgpuKernels(planner) as Kernels, (isReused, ...shape) => ({
    ...spec(...shape),
    buffer: tensorBuffer(planner.given(0), 0),
    isReused: isReused && marksReused,
  }));
  return planner.dispatches.map(({ shader }) => shader);
}

const geometry = {
  stride: [1, 1],
  dilation: [1, 1],
  padBegin: [0, 0],
  padEnd: [0, 0],
  groups: 1,
};

const product: Call = (kernels, operand) => {
  const transpose = { a: false, b: true };
  kernels.matmul(operand(false, 40, 64), operand(true, 96, 64), null, transpose, spec(40, 96));
};

const convolution: Call = (kernels, operand) => {
  const [x, weight] = [operand(false, 1, 5, 16, 16), operand(true, 24, 5, 3, 3)];
  kernels.conv(x, weight, operand(false, 24), geometry, spec(1, 24, 14, 14));
};

const others: readonly Call[] = [
  (kernels, operand) => {
    const transpose = { a: false, b: false };
    kernels.matmul(operand(true, 5, 7), operand(true, 7, 6), null, transpose, spec(5, 6));
    kernels.matmul(operand(false, 3, 300), operand(true, 300, 500), null, transpose, spec(3, 500));
  },
  (kernels, operand) => {
    const depthwise = { ...geometry, groups: 24 };
    const [x, weight] = [operand(false, 1, 24, 16, 16), operand(true, 24, 1, 3, 3)];
    kernels.conv(x, weight, null, depthwise, spec(1, 24, 14, 14));
    kernels.convInputGrad(operand(false, 1, 24, 14, 14), weight, depthwise, x);
  },
  (kernels, operand) => {
    const [x, weight] = [operand(false, 1, 24, 16, 16), operand(true, 32, 24, 1, 1)];
    kernels.conv(x, weight, null, geometry, spec(1, 32, 16, 16));
    kernels.convInputGrad(operand(false, 1, 32, 16, 16), weight, geometry, x);
    const strided = { ...geometry, stride: [2, 2] };
    const wide = operand(true, 32, 24, 2, 2);
    kernels.convInputGrad(operand(false, 1, 32, 8, 8), wide, strided, spec(1, 24, 16, 16));
  },
];

/** What differs from the shader of float32 weights. */
function differences([halves]: readonly Shader[], [floats]: readonly Shader[]): string {
  const plain = new Set(floats!.code.split('\n'));
  const own = halves!.code.split('\n').filter((line) => !plain.has(line));
  return [halves!.name, halves!.layout, ...own].join('\n');
}

test('a product whose right factor is a weight in halves, in WGSL', () => {
  const [halves, floats] = [shadersOf(product, 'float16'), shadersOf(product, 'float32')];
  expect(differences(halves, floats)).toMatchInlineSnapshot(`
    "matmul of inner vectors and inner vectors in halves, 16x16x4 of 4x4
    rhw
    enable f16;
    @group(1) @binding(1) var<storage, read> right: array<vec4h>;
        right_tile[(lane % 1) * 17 + lane / 1] = vec4f(right[(right_start + right_at0 * right_line + right_k0) / 4]);"
  `);
});

test('a convolution whose weights are in halves, not in vectors, in WGSL', () => {
  const [halves, floats] = [shadersOf(convolution, 'float16'), shadersOf(convolution, 'float32')];
  expect(differences(halves, floats)).toMatchInlineSnapshot(`
    "conv 1x3x3 stride 1x1x1 bias, weights in halves, 16x16x4 of 4x4
    rhrw
    enable f16;
    @group(1) @binding(1) var<storage, read> weight: array<f16>;
        left_tile[(lane % 1) * 17 + lane / 1] = select(vec4f(0.0), vec4f(vec4h(weight[batch * outputs_per_group * p[4] + left_at0 * p[4] + left_k0 + 0], weight[batch * outputs_per_group * p[4] + left_at0 * p[4] + left_k0 + 1], weight[batch * outputs_per_group * p[4] + left_at0 * p[4] + left_k0 + 2], weight[batch * outputs_per_group * p[4] + left_at0 * p[4] + left_k0 + 3])), vec4i(left_k0, left_k0 + 1, left_k0 + 2, left_k0 + 3) < vec4i(end));"
  `);
});

test('what differs is what reads the weights: sums and tiles are of float32', () => {
  for (const call of [product, convolution, ...others]) {
    for (const { name, code, layout } of shadersOf(call, 'float16')) {
      if (name.startsWith('sum of parts')) continue;
      expect(layout).toContain('h');
      expect(code.startsWith('enable f16;\n')).toBe(true);
      expect(code.match(/enable/g)).toHaveLength(1);
      // Halves stand in buffers alone, and each becomes a float where it is read.
      const rest = code.replaceAll(/enable f16;|@group\(1\).*|vec4f\(vec4h\(/g, '');
      expect(rest).not.toMatch(/f16|vec4h/);
      const read = code.split('\n').filter((line) => /f32\(\w+\[|vec4f\((vec4h|\w+\[)/.test(line));
      expect(read.length).toBeGreaterThan(0);
    }
  }
});

test('without the option no shader is another one, whatever is marked', () => {
  for (const call of [product, convolution, ...others]) {
    const plain = shadersOf(call, 'float32', false);
    expect(shadersOf(call, 'float32')).toEqual(plain);
    expect(shadersOf(call, 'float16', false)).toEqual(plain);
    for (const { name, code, layout } of plain) {
      expect(`${name} ${code}`).not.toMatch(/f16|vec4h|halves/);
      expect(layout).toMatch(/^[rw]+$/);
    }
  }
});

test('halves in two ranges: the directive stays in front, and once', () => {
  const [shader] = shadersOf(product, 'float16');
  const { code, layout } = splitShader(shader!, [1, 2, 1]);
  expect(layout).toBe('rhhw');
  expect(code.slice(0, code.indexOf('fn pf'))).toMatchInlineSnapshot(`
    "enable f16;
    @group(1) @binding(0) var<storage, read> left: array<vec4f>;
    @group(1) @binding(1) var<storage, read> right_range0: array<vec4h>;
    @group(1) @binding(2) var<storage, read> right_range1: array<vec4h>;
    @group(1) @binding(3) var<storage, read_write> y: array<f32>;
    fn read_of_right(at: i32) -> vec4h {
      var k = at;
      if (k < i32(arrayLength(&right_range0))) { return right_range0[k]; }
      k -= i32(arrayLength(&right_range0));
      return right_range1[k];
    }
    @group(0) @binding(0) var<storage, read> p: array<i32>;
    "
  `);
  expect(code.slice(20)).not.toContain('enable');
});
