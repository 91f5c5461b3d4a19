import { expect, test } from 'vitest';
import * as ops from '@convnet/tensor-core/ops';
import { Device } from '@convnet/tensor-core';
import { reference, valuesOf } from '@convnet/tensor-core/reference';
import { conformanceCases } from './index.ts';
import { loadFixture } from './node.ts';
import { pytorchCases } from './pytorch/index.ts';

const cases = await pytorchCases(loadFixture);
const device = reference();

test('one wrong element of a long result is noticed', async () => {
  const { backend } = device;
  let spoiledCount = 0;
  const spoiled = new Device({
    ...backend,
    kernels: {
      ...backend.kernels,
      conv(x, weight, bias, geometry, out) {
        const buffer = device.kernels.conv(x, weight, bias, geometry, out);
        const values = valuesOf({ ...out, buffer });
        if (values.length > 40) {
          values[values.length - 1]! += 0.003;
          spoiledCount++;
        }
        return buffer;
      },
    },
  });
  const noticed: string[] = [];
  for (const { name, run } of cases) {
    if (!name.startsWith('conv 2d [2, 3, 7, 9]')) continue;
    const { failures } = await run(spoiled);
    if (failures.join().includes('output 0: error')) noticed.push(name);
  }
  expect(spoiledCount).toBeGreaterThan(9);
  expect(noticed.length).toBe(spoiledCount);
});

test('every operation has cases', () => {
  const covered = new Set([...cases, ...conformanceCases()].map(({ op }) => op));
  // Calls any row of the pointwise table by its name.
  covered.add('pointwise');
  const exported = Object.entries(ops).filter(([, value]) => typeof value === 'function');
  expect(exported.map(([name]) => name).filter((name) => !covered.has(name))).toEqual([]);
});

test('there are at least 1,500 cases with names of their own', () => {
  expect(cases.length).toBeGreaterThanOrEqual(1500);
  expect(new Set(cases.map(({ name }) => name)).size).toBe(cases.length);
});
