import { array, assert, asyncProperty, nat, property } from 'fast-check';
import { expect, test } from 'vitest';
import { operationIn, type Program } from './program.ts';
import { checkRandomProgram, randomOperations, randomProgram } from './random/index.ts';
import * as ops from '@convnet/tensor-core/ops';
import { ConvnetError, elementCount, meta, scope, tensor, type Device } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';

const device = reference();
const numbers = array(nat(1000), { minLength: 40, maxLength: 60 });

/** Errors that depend on values, which the meta device does not have. */
const needsValues = ['IndexRangeError', 'LabelRangeError'];

/** The shapes and types that a program gives, or the name of the error that it ends in. */
function shapesOn(on: Device, program: Program): string {
  return scope(() => {
    const inputs = program.inputs.map(({ shape, dtype }) =>
      tensor(new Float32Array(elementCount(shape)), shape, { device: on, dtype }),
    );
    try {
      const results = [program.body(...inputs)].flat();
      return results.map((t) => `${t.shape.join()} ${t.dtype}`).join('; ');
    } catch (error) {
      if (error instanceof ConvnetError) return error.name;
      throw error;
    }
  });
}

test.each(randomOperations)('random %s runs or throws a typed error', async (op) => {
  await assert(
    asyncProperty(numbers, async (choices) => {
      expect(await checkRandomProgram(randomProgram(op, choices), device)).toEqual([]);
    }),
    { numRuns: 100, seed: 1 },
  );
});

test.each(randomOperations)('random %s has the same shapes and errors on meta', (op) => {
  assert(
    property(numbers, (choices) => {
      const program = randomProgram(op, choices);
      const real = shapesOn(device, program);
      const planned = shapesOn(meta, program);
      expect(needsValues.includes(real) ? real : planned).toBe(real);
    }),
    { numRuns: 60, seed: 2 },
  );
});

test('every operation has random programs', () => {
  const covered = new Set(randomOperations.map(operationIn));
  const missing = Object.entries(ops)
    .filter(([, value]) => typeof value === 'function')
    .map(([name]) => name)
    // Pooling without its indices is the same call, and `pointwise` calls the rows by name.
    .filter((name) => !covered.has(name) && !covered.has(`${name}WithIndices`))
    .filter((name) => name !== 'pointwise');
  expect(missing).toEqual([]);
});
