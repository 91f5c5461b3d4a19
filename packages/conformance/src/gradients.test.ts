import { expect, test } from 'vitest';
import { checkGradients } from './gradient-check.ts';
import { uniform } from './inputs.ts';
import type { Program } from './program.ts';
import { programs } from './programs.ts';
import * as ops from '@convnet/tensor-core/ops';
import { reference } from '@convnet/tensor-core/reference';

const device = reference();
const smooth = programs.filter(
  (program) => program.smooth !== false && program.inputs.some(({ grad }) => grad),
);

test.each(smooth.map((program) => [program.name, program] as const))('%s', async (_, program) => {
  expect(await checkGradients(program, device)).toEqual([]);
});

/** What no gradient flows through: positions, conditions, and numbers that only integers choose. */
const withoutGradient = new Set(
  (
    'all any argmax argmin argsort cast eq ge gt isFinite isNaN le logicalAnd logicalNot logicalOr ' +
    'logicalXor lt ne nms oneHot'
  ).split(' '),
);

test('every operation with a gradient is among them', () => {
  const checked = new Set(smooth.map(({ op }) => op));
  // `pointwise` calls any row of its table by name.
  const wanted = Object.entries(ops).filter(
    ([name, value]) =>
      typeof value === 'function' && name !== 'pointwise' && !withoutGradient.has(name),
  );
  expect(wanted.map(([name]) => name).filter((name) => !checked.has(name))).toEqual([]);
});

test('a wrong gradient does not pass', async () => {
  const wrong: Program = {
    name: 'a square of which half is detached',
    op: 'mul',
    inputs: [uniform([5])],
    body: (x) => ops.mul(x, x.detach()),
  };
  expect(await checkGradients(wrong, device)).not.toEqual([]);
});
