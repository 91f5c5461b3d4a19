import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';

import { changesBetween } from '../compare-reports/changes.ts';
import { exampleReport } from '../testing/rows.ts';
import { resultOf } from '../testing/suite-context.ts';
import { overhead } from './overhead.ts';

test('a step and its parts are timed, and all memory is given back', async () => {
  const device = reference();
  const { rows } = await resultOf(overhead, { steps: 20 }, { device });
  const parts = ['forward', 'backward', 'optimiser', 'read loss'];
  expect(rows.map(({ model }) => model)).toEqual(
    ['ten layers', 'ten layers with weights'].flatMap((name) => [
      `${name}: step`,
      `${name}: captured step`,
      ...parts.map((part) => `${name}: ${part}`),
    ]),
  );
  // Each is compared with an earlier result: rows of one name would be one.
  const { compared } = changesBetween(exampleReport(rows), exampleReport(rows));
  expect(compared).toBe(rows.length);
  const [step, captured, ...times] = rows.slice(0, 6).map(({ ms }) => ms!.min);
  expect(captured).toBeGreaterThan(0);
  expect(times.reduce((sum, time) => sum + time, 0)).toBeLessThanOrEqual(step!);
  expect(times[0]).toBeGreaterThan(0);
  expect(device.liveBuffers).toBe(0);
});
