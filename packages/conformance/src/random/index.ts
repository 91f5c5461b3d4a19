import {
  conv,
  ConvnetError,
  Generator,
  IndexRangeError,
  LabelRangeError,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { checkCase, type ConformanceCase } from '../case.ts';
import { compareRuns } from '../differential.ts';
import { uniform } from '../inputs.ts';
import { runProgram, type Program, type ProgramRun } from '../program.ts';
import { toleranceOf } from '../tolerances.ts';
import { arraySketches } from './arrays.ts';
import { Choices } from './choices.ts';
import { lossSketches } from './losses.ts';
import { normSketches } from './norms.ts';
import { pointwiseSketches } from './pointwise.ts';
import { regionSketches } from './regions.ts';
import type { Sketchers } from './sketch.ts';
import { spatialSketches } from './spatial.ts';

/** More than any sketch asks for. */
const numbersPerProgram = 60;

const sketches: Sketchers = {
  ...pointwiseSketches,
  ...spatialSketches,
  ...normSketches,
  ...lossSketches,
  ...arraySketches,
  ...regionSketches,
};

/** Operations that `randomProgram` knows. */
export const randomOperations: readonly string[] = Object.keys(sketches);

/**
 * A random use of an operation, right or wrong: `numbers` are integers ≥ 0 that decide everything, and
 * smaller and fewer ones make simpler cases.
 */
export function randomProgram(op: string, numbers: readonly number[]): Program {
  const c = new Choices(numbers);
  const { inputs, body } = sketches[op]!(c);
  const image = inputs[0];
  const throughConv =
    image !== undefined && image.shape.length > 2 && image.dtype === 'float32' && c.once(3);
  const channels = image?.shape[1] ?? 0;
  return {
    name: `${op} ${numbers.join(' ')}`,
    // What comes out of a convolution has been rounded, even if the operation itself is exact.
    op: toleranceOf(op, 'float32').forward === 0 && !throughConv ? op : 'random program',
    // Through a convolution, so that the device may hold the input in a layout of its own.
    inputs: throughConv
      ? [...inputs, uniform([channels, channels, ...image.shape.slice(2).map(() => 1)], 0.2, 0.7)]
      : inputs,
    body(...t) {
      if (!throughConv || channels === 0) return body(...t.slice(0, inputs.length));
      const given = t.slice(0, inputs.length) as [Tensor, ...Tensor[]];
      return body(conv(given[0], t[inputs.length]!), ...given.slice(1));
    },
  };
}

/** A run, or the typed error that ended it; any other exception is thrown on. */
async function outcome(program: Program, device: Device): Promise<ProgramRun | ConvnetError> {
  try {
    return await runProgram(program, device);
  } catch (error) {
    if (error instanceof ConvnetError) return error;
    throw error;
  }
}

/** Whether an error can only be told by who sees the values: of a position outside an axis, or of a label. */
function isOfPosition(error: ConvnetError): boolean {
  return error instanceof IndexRangeError || error instanceof LabelRangeError;
}

/**
 * Runs a random program on a device: it must equal `reference`, or throw a typed error where `reference`
 * does. Returns what does not hold.
 * @param tellsPositions whether the device tells positions that are out of range (`Kernels.gather`); else such programs need
 *   only run to their end.
 */
export async function checkRandomProgram(
  program: Program,
  device: Device,
  tellsPositions = true,
): Promise<readonly string[]> {
  const live = device.liveBuffers;
  const actual = await outcome(program, device);
  const expected = await outcome(program, reference());
  const failures: string[] = [];
  if (device.liveBuffers !== live) {
    failures.push(`${device.liveBuffers - live} buffers were not given back`);
  }
  if (expected instanceof ConvnetError) {
    const mayPass = !tellsPositions && isOfPosition(expected);
    if (!(actual instanceof ConvnetError)) {
      if (!mayPass) failures.push(`expected ${expected.name}: ${expected.message}`);
    } else if (actual.message !== expected.message.replaceAll('reference', device.name)) {
      failures.push(
        `expected ${expected.name}: ${expected.message}, got ${actual.name}: ${actual.message}`,
      );
    }
  } else if (actual instanceof ConvnetError) {
    failures.push(`${actual.name}: ${actual.message}`);
  } else {
    failures.push(...compareRuns(program, actual, expected).failures);
  }
  return failures;
}

/**
 * `count` random programs for each operation as cases, for where there is no property-testing library:
 * what `checkRandomProgram` asks for must hold.
 */
export function randomCases(count: number, seed: number, tellsPositions = true): ConformanceCase[] {
  const generator = new Generator(seed);
  return randomOperations.flatMap((op) =>
    Array.from({ length: count }, (_, i) => {
      const numbers = Array.from(generator.uniform(numbersPerProgram), (u) => Math.floor(u * 1000));
      const program = randomProgram(op, numbers);
      return checkCase(`random ${op} ${i}`, op, (device) =>
        checkRandomProgram(program, device, tellsPositions),
      );
    }),
  );
}
