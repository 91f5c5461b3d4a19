import type { Device } from '@convnet/tensor-core';
import { seedOf, elementsOf, uniform } from './inputs.ts';
import { inputElements, runProgram, seedGradient, type Program } from './program.ts';

/** Step of the central differences. */
const step = 1e-6;

/** Inputs of at most this many elements are stepped along each of them. */
const fewElements = 12;

/** Random directions in which every input is stepped. */
const directionCount = 3;

/** Greatest distance of a gradient from the central difference, relative to the larger slope of the program. */
const tolerance = 1e-6;

/** One comparison of a gradient with a central difference. */
interface Slope {
  readonly input: number;
  readonly direction: string;
  readonly analytic: number;
  readonly numeric: number;
}

/**
 * Checks the gradients of a program against central differences in float64: along every element of small
 * inputs and along random directions. Returns what does not agree.
 */
export async function checkGradients(program: Program, device: Device): Promise<readonly string[]> {
  const run = await runProgram(program, device, { floating: 'float64' });
  const slopes: Slope[] = [];
  for (const [input, gradient] of run.gradients.entries()) {
    if (gradient === null) continue;
    const values = inputElements(program, input, 'float64');
    for (const { name, direction } of directionsFor(program, input, values.length)) {
      const moved = (by: number): Promise<number> => {
        const at = Float64Array.from(values, (value, i) => value + by * direction[i]!);
        return objective(program, device, run.differentiable, new Map([[input, at]]));
      };
      const numeric = ((await moved(step)) - (await moved(-step))) / (2 * step);
      slopes.push({ input, direction: name, analytic: dot(gradient.values, direction), numeric });
    }
  }
  const scale = Math.max(1, ...slopes.map(({ numeric }) => Math.abs(numeric)));
  return slopes
    .filter(({ analytic, numeric }) => !(Math.abs(analytic - numeric) <= tolerance * scale))
    .map(
      ({ input, direction, analytic, numeric }) =>
        `gradient by input ${input} along ${direction} is ${analytic}, central difference ${numeric}`,
    );
}

function directionsFor(
  program: Program,
  input: number,
  length: number,
): { readonly name: string; readonly direction: ArrayLike<number> }[] {
  const random = Array.from({ length: directionCount }, (_, i) => ({
    name: `random direction ${i}`,
    direction: elementsOf(
      uniform([length]),
      seedOf(`${program.name}/input ${input}/direction ${i}`),
      'float64',
    ),
  }));
  if (length > fewElements) return random;
  const single = Array.from({ length }, (_, element) => ({
    name: `element ${element}`,
    direction: Float64Array.from({ length }, (_, i) => (i === element ? 1 : 0)),
  }));
  return [...random, ...single];
}

/** The number whose gradient `runProgram` computes: the outputs times the gradients that flow into them. */
async function objective(
  program: Program,
  device: Device,
  differentiable: readonly boolean[],
  values: ReadonlyMap<number, Float64Array>,
): Promise<number> {
  const { outputs } = await runProgram(program, device, {
    floating: 'float64',
    values,
    backward: false,
  });
  return outputs.reduce(
    (total, { shape, dtype, values }, i) =>
      differentiable[i] ? total + dot(values, seedGradient(program, i, shape, dtype)) : total,
    0,
  );
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}
