import { DeviceError } from '@convnet/tensor-core';
import { expect, test } from 'vitest';
import { workgroupSize } from '../shader.ts';
import { gridOf, parameterWord } from './command-sink.ts';

/** The default limit of workgroups along a dimension, which is not raised. */
const most = 65_535;
/** Elements of the largest storage buffer that a device can have: of 4 GiB less one element. */
const elements = 2 ** 30 - 1;

test.each([
  ['an invocation per element', Math.ceil(elements / workgroupSize), workgroupSize],
  ['a workgroup per result', elements, 1],
])('%s: a grid for the largest buffer fits, and its numbers fit 31 bits', (_, largest, size) => {
  for (const groups of [1, 2, most - 1, most, most + 1, 2 * most, 2 * most + 1, largest]) {
    const [width, height] = gridOf(groups, most);
    expect(Math.max(width, height)).toBeLessThanOrEqual(most);
    expect(width * height).toBeGreaterThanOrEqual(groups);
    expect(width * height * size).toBeLessThan(2 ** 31);
  }
});

test('a number that does not fit a parameter is refused', () => {
  for (const fits of [0, -1, 2 ** 31 - 1, -(2 ** 31)]) expect(parameterWord(fits)).toBe(fits);
  for (const beyond of [2 ** 31, 2 ** 32, -(2 ** 31) - 1, 0.5, NaN, Infinity]) {
    expect(() => parameterWord(beyond)).toThrow(DeviceError);
  }
});
