import { expect, test } from 'vitest';
import { checkGradients } from '../conformance/gradient-check.ts';
import { uniform } from '../conformance/inputs.ts';
import type { Program } from '../conformance/program.ts';
import { programs } from '../conformance/programs.ts';
import { mul } from '../ops/index.ts';
import { reference } from './index.ts';

const device = reference();
const smooth = programs.filter(
  (program) => program.smooth !== false && program.inputs.some(({ grad }) => grad),
);

test.each(smooth.map((program) => [program.name, program] as const))('%s', async (_, program) => {
  expect(await checkGradients(program, device)).toEqual([]);
});

test('a wrong gradient does not pass', async () => {
  const wrong: Program = {
    name: 'a square of which half is detached',
    op: 'mul',
    inputs: [uniform([5])],
    body: (x) => mul(x, x.detach()),
  };
  expect(await checkGradients(wrong, device)).not.toEqual([]);
});
