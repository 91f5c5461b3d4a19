import type { Device } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { describeError, type CaseResult, type ConformanceCase } from './case.ts';
import { difference, isSubnormal, nearestFlushed, type HostTensor } from './compare.ts';
import { inputElements, runProgram, type Program, type ProgramRun } from './program.ts';
import { toleranceOf } from './tolerances.ts';

/** A case that runs a program on the device and on `reference` and compares results and gradients. */
export function differentialCase(program: Program): ConformanceCase {
  return {
    name: program.name,
    op: program.op,
    async run(device) {
      const tolerance = toleranceOf(program.op, 'float32', program.long);
      const live = device.liveBuffers;
      try {
        const actual = await runProgram(program, device);
        const expected = await expectedRun(program, actual, device);
        const found = compareRuns(program, actual, expected);
        const kept = device.liveBuffers - live;
        if (kept === 0) return found;
        return { ...found, failures: [...found.failures, `${kept} buffers were not given back`] };
      } catch (error) {
        return { failures: describeError(error), forwardError: 0, gradientError: 0, tolerance };
      }
    },
  };
}

/** What `reference` gives; where the device may take subnormal inputs for zeros, of both results the nearer one. */
async function expectedRun(
  program: Program,
  actual: ProgramRun,
  device: Device,
): Promise<ProgramRun> {
  const expected = await runProgram(program, reference());
  if (device.backend.flushesSubnormals !== true) return expected;
  const flushed = new Map(
    program.inputs.flatMap((input, i): [number, HostTensor['values']][] => {
      const values = inputElements(program, i, 'float32');
      if (input.dtype !== 'float32' || !values.some(isSubnormal)) return [];
      return [
        [i, values.map((value) => (isSubnormal(value) ? Math.sign(value) / Infinity : value))],
      ];
    }),
  );
  if (flushed.size === 0) return expected;
  const other = await runProgram(program, reference(), { values: flushed });
  return {
    ...expected,
    outputs: expected.outputs.map((wanted, i) =>
      nearestFlushed(actual.outputs[i], wanted, other.outputs[i]!),
    ),
    gradients: expected.gradients.map(
      (wanted, i) => wanted && nearestFlushed(actual.gradients[i], wanted, other.gradients[i]!),
    ),
  };
}

/** Compares two runs of a program by its tolerance. */
export function compareRuns(
  program: Program,
  actual: ProgramRun,
  expected: ProgramRun,
): CaseResult {
  const { op, long, scale = 'tensor' } = program;
  const failures: string[] = [];
  const check = (
    what: string,
    part: 'forward' | 'gradient',
    got: HostTensor | null,
    wanted: HostTensor | null,
  ): number => {
    if (got === null && wanted === null) return 0;
    if (got === null || wanted === null) {
      failures.push(`${what}: ${got === null ? 'missing' : 'expected none'}`);
      return Infinity;
    }
    const { error, at } = difference(got, wanted, scale);
    const limit = toleranceOf(op, wanted.dtype, long)[part];
    if (!(error <= limit)) {
      failures.push(`${what}: error ${error.toExponential(2)} exceeds ${limit}: ${at}`);
    }
    return error;
  };
  const forward = expected.outputs.map((wanted, i) =>
    check(`output ${i}`, 'forward', actual.outputs[i] ?? null, wanted),
  );
  const gradient = expected.gradients.map((wanted, i) =>
    check(`gradient by input ${i}`, 'gradient', actual.gradients[i] ?? null, wanted),
  );
  return {
    failures,
    forwardError: Math.max(0, ...forward),
    gradientError: Math.max(0, ...gradient),
    tolerance: {
      forward: Math.max(0, ...expected.outputs.map((t) => toleranceOf(op, t.dtype, long).forward)),
      gradient: expected.gradients.some((t) => t !== null)
        ? toleranceOf(op, 'float32', long).gradient
        : 0,
    },
  };
}

/** Cases of several programs. */
export function differentialCases(programs: readonly Program[]): ConformanceCase[] {
  return programs.map(differentialCase);
}
