import { reference } from '@convnet/tensor-core/reference';
import { expect, test } from 'vitest';
import { conformanceCases, sweepCases } from './index.ts';
import { describeConformance } from './vitest.ts';

describeConformance(reference());

test('names of cases are unique', () => {
  const names = [...conformanceCases(), ...sweepCases(809)].map(({ name }) => name);
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
});
