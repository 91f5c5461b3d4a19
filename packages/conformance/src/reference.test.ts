import { expect, test } from 'vitest';
import { reference } from '@convnet/tensor-core/reference';
import { conformanceCases, sweepCases } from './index.ts';

const cases = [...conformanceCases(), ...sweepCases(809)];
const device = reference();

test.each(cases.map(({ name, run }) => [name, run] as const))('%s', async (_, run) => {
  expect((await run(device)).failures).toEqual([]);
});

test('names of cases are unique', () => {
  const names = cases.map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
