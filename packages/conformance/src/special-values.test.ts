import { expect, test } from 'vitest';
import { Device, pointwiseRows, type Backend, type Kernels } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { requiredKernels } from './cases/kernels.ts';
import { specialRegionPrograms } from './cases/regions.ts';
import { specialNetworkPrograms } from './cases/special-networks.ts';
import { specialValuePrograms } from './cases/special-values.ts';
import { conformanceCases } from './index.ts';
import { loadFixture } from './node.ts';
import { inputElements, type Program } from './program.ts';
import { pytorchCases } from './pytorch/index.ts';

/** Whether a program is fed NaN and both infinities, or one of them. */
function isFed(program: Program, wanted: readonly number[]): boolean {
  const values = program.inputs.flatMap((_, i) => [...inputElements(program, i, 'float32')]);
  return wanted.every((value) => values.some((found) => Object.is(found, value)));
}

test.each(Object.keys(pointwiseRows))('%s is tested with special values', (name) => {
  const own = specialValuePrograms.filter(({ op }) => op === name);
  expect(own.some((program) => isFed(program, [NaN, Infinity, -Infinity, 0, -0]))).toBe(true);
  const unary = pointwiseRows[name]!.inputs === 1;
  expect(own.some((program) => isFed(program, [1e-40].map(Math.fround)))).toBe(unary);
});

/** What gives a device values of its own choice, or takes none. */
const withoutOperands = ['fill', 'random'];

test('every kernel that takes numbers is tested with NaN and infinities', async () => {
  const good: Backend = reference().backend;
  const called = new Set<string>();
  const counting = Object.entries(good.kernels).map(([name, kernel]) => [
    name,
    function count(this: unknown, ...args: unknown[]): unknown {
      if (args.some(isNotFinite)) called.add(name);
      return (kernel as (...args: unknown[]) => unknown).apply(this, args);
    },
  ]);
  const kernels = Object.fromEntries(counting) as unknown as Partial<Kernels>;
  const device = new Device({ ...good, kernels });
  const cases = await pytorchCases(loadFixture);
  const names = new Set(
    [...specialValuePrograms, ...specialNetworkPrograms, ...specialRegionPrograms].map(
      ({ name }) => name,
    ),
  );
  const special = conformanceCases().filter(
    ({ name }) => names.has(name) || name.startsWith('cast'),
  );
  for (const { run } of [...special, ...cases]) await run(device);
  const required = requiredKernels.filter((name) => !withoutOperands.includes(name));
  expect(required.filter((name) => !called.has(name))).toEqual([]);
});

/** Whether an argument of a kernel of `reference`, or a part of it, holds NaN or an infinity. */
function isNotFinite(argument: unknown): boolean {
  if (typeof argument !== 'object' || argument === null) return false;
  if (!('buffer' in argument)) return Object.values(argument).some(isNotFinite);
  const { values } = argument.buffer as { readonly values: ArrayLike<number> };
  return Array.from(values).some((value) => !Number.isFinite(value));
}
