import { elementCount, type DType, type TypedArray } from '@convnet/tensor-core';
import { describeError, type CaseResult, type ConformanceCase } from '../case.ts';
import {
  difference,
  distance,
  greatestMagnitude,
  nearestFlushed,
  wrongSign,
  type Difference,
  type HostTensor,
  type Scale,
} from '../compare.ts';
import { seedOf } from '../inputs.ts';
import { runProgram, type Program } from '../program.ts';
import { toleranceOf } from '../tolerances.ts';
import { calls } from './calls/index.ts';
import { statisticsCases } from './statistics.ts';
import {
  fixtureGradient,
  inputOf,
  projection,
  readFixtures,
  type Expected,
  type Fixture,
} from './format.ts';

/** Families of fixtures: each is an index `<family>.json` and a binary `<family>.bin`. */
export const fixtureFamilies: readonly string[] = [
  'pointwise',
  'conv',
  'pool',
  'reduce',
  'linear',
  'movement',
  'norm',
  'loss',
  'order',
  'interpolate',
  'regions',
  'optimizer',
  'special',
  'signs',
  'subnormal',
];

/**
 * Gives the bytes of a fixture file, which is `@convnet/conformance/fixtures/<file>`: from a disk (`loadFixture` of
 * `@convnet/conformance/node`) or over a network.
 */
export type FixtureLoader = (file: string) => Promise<ArrayBuffer>;

/**
 * Cases whose expected results PyTorch computed in float64 (packages/conformance/scripts/fixtures), and those of
 * `statistics.json`, whose errors are compared with those of its float32.
 */
export async function pytorchCases(load: FixtureLoader): Promise<ConformanceCase[]> {
  const families = await Promise.all(
    fixtureFamilies.map(async (family) => {
      const [index, binary] = await Promise.all([load(`${family}.json`), load(`${family}.bin`)]);
      return readFixtures(new TextDecoder().decode(index), binary);
    }),
  );
  const statistics = new TextDecoder().decode(await load('statistics.json'));
  return [...families.flat().map(pytorchCase), ...statisticsCases(statistics)];
}

function pytorchCase(fixture: Fixture): ConformanceCase {
  const { name, op, long } = fixture.description;
  return {
    name: `${name} (PyTorch)`,
    op,
    async run(device) {
      const tolerance = toleranceOf(op, 'float32', long);
      const live = device.liveBuffers;
      try {
        const { outputs, gradients } = await runProgram(programOf(fixture), device, {
          seed: (output, count) => fixtureGradient(name, output, count),
        });
        const flushes = device.backend.flushesSubnormals === true;
        const found = compare(
          flushes ? flushedFor(fixture, outputs, gradients) : fixture,
          outputs,
          gradients,
        );
        const kept = device.liveBuffers - live;
        return kept === 0
          ? found
          : { ...found, failures: [...found.failures, `${kept} buffers were not given back`] };
      } catch (error) {
        return { failures: describeError(error), forwardError: 0, gradientError: 0, tolerance };
      }
    },
  };
}

function programOf({ description }: Fixture): Program {
  const { name, op, inputs, args = {} } = description;
  return {
    name,
    op,
    inputs: inputs.map((rule, i) => inputOf(rule, seedOf(`${name}/input ${i}`))),
    body(...tensors) {
      const call = calls[op];
      if (call === undefined) throw new Error(`fixtures: there is no call for '${op}'`);
      // Calls read what the script that wrote the case has given them.
      return call(tensors, args as never);
    },
  };
}

function compare(
  { description, outputs, gradients }: Fixture,
  actualOutputs: readonly HostTensor[],
  actualGradients: readonly (HostTensor | null)[],
): CaseResult {
  const { op, long, scale = 'tensor', signs = false } = description;
  const failures: string[] = [];
  const check = (
    what: string,
    part: 'forward' | 'gradient',
    actual: HostTensor,
    expected: Expected,
  ): number => {
    const { error, at } = expectedDifference(actual, expected, scale);
    const limit = toleranceOf(op, dtypeOf(expected), long)[part];
    if (!(error <= limit)) {
      failures.push(`${what}: error ${error.toExponential(2)} exceeds ${limit}: ${at}`);
    }
    const wrong = signs && expected.kind === 'full' ? wrongSign(actual, expected.tensor) : null;
    if (wrong !== null) failures.push(`${what}: ${wrong}`);
    return error;
  };
  if (actualOutputs.length !== outputs.length) {
    failures.push(`expected ${outputs.length} outputs, got ${actualOutputs.length}`);
  }
  const forward = outputs.map((expected, i) => {
    const actual = actualOutputs[i];
    return actual === undefined ? 0 : check(`output ${i}`, 'forward', actual, expected);
  });
  const gradient = gradients.map((expected, i) => {
    if (expected === null) return 0;
    return check(
      `gradient by input ${i}`,
      'gradient',
      orZeros(actualGradients[i], expected),
      expected,
    );
  });
  return {
    failures,
    forwardError: Math.max(0, ...forward),
    gradientError: Math.max(0, ...gradient),
    tolerance: {
      forward: Math.max(0, ...outputs.map((t) => toleranceOf(op, dtypeOf(t), long).forward)),
      gradient: gradients.some((t) => t !== null) ? toleranceOf(op, 'float32', long).gradient : 0,
    },
  };
}

/** The case as a device that may take subnormal numbers for zeros must give it. */
function flushedFor(
  fixture: Fixture,
  outputs: readonly HostTensor[],
  gradients: readonly (HostTensor | null)[],
): Fixture {
  const { flushed } = fixture;
  if (flushed === null) return fixture;
  const either = (
    actual: HostTensor | null | undefined,
    kept: Expected,
    other: Expected,
  ): Expected => {
    if (kept.kind !== 'full' || other.kind !== 'full') return kept;
    const tensor = nearestFlushed(actual, kept.tensor, other.tensor);
    return { kind: 'full', tensor };
  };
  return {
    ...fixture,
    outputs: fixture.outputs.map((kept, i) => either(outputs[i], kept, flushed.outputs[i]!)),
    gradients: fixture.gradients.map(
      (kept, i) => kept && either(gradients[i], kept, flushed.gradients[i]!),
    ),
  };
}

function dtypeOf(expected: Expected): DType {
  return expected.kind === 'full' ? expected.tensor.dtype : expected.dtype;
}

/** No gradient is a gradient of zeros. */
function orZeros(actual: HostTensor | null | undefined, expected: Expected): HostTensor {
  if (actual) return actual;
  const shape = expected.kind === 'full' ? expected.tensor.shape : expected.shape;
  return { shape, dtype: 'float32', values: new Float32Array(elementCount(shape)) };
}

function expectedDifference(actual: HostTensor, expected: Expected, scale: Scale): Difference {
  if (expected.kind === 'full') return difference(actual, expected.tensor, scale);
  const { shape, dtype, positions, values, projections, directionSeed } = expected;
  const sampled = difference(
    { ...actual, shape: [positions.length], values: pick(actual.values, positions) },
    { shape: [positions.length], dtype, values },
    scale,
  );
  if (actual.values.length !== elementCount(shape) || actual.shape.join() !== shape.join()) {
    return {
      error: Infinity,
      at: `got shape [${actual.shape.join(', ')}], expected [${shape.join(', ')}]`,
    };
  }
  const unit = expected.scale ?? 1;
  const found: Difference[] = [
    { error: rescaled(sampled.error, values, unit, scale), at: `sampled ${sampled.at}` },
    ...projections.map((wanted, k): Difference => {
      const got = projection(actual.values, directionSeed, k);
      // What was stored has been rounded to float32.
      const rounding = Math.abs(wanted) * 2 ** -23;
      return {
        error: Math.max(0, distance(got, wanted) - rounding) / (unit || 1),
        at: `projection ${k} is ${got}, expected ${wanted}`,
      };
    }),
  ];
  return found.reduce((a, b) => (b.error > a.error ? b : a));
}

/** The error of a sample, relative to the scale of the whole. */
function rescaled(error: number, sample: TypedArray, unit: number, scale: Scale): number {
  if (scale !== 'tensor' || !Number.isFinite(error)) return error;
  return (error * (greatestMagnitude(sample) || 1)) / (unit || 1);
}

function pick(values: TypedArray, positions: readonly number[]): TypedArray {
  const picked = values.slice(0, positions.length);
  positions.forEach((position, i) => {
    picked[i] = values[position]!;
  });
  return picked;
}
