import {
  aBoolean,
  aCount,
  ArgumentError,
  aString,
  checkOptions,
  Device,
  listOf,
  nearestHint,
  optionKinds,
} from '@convnet/tensor-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConformanceCase } from './case.ts';
import { conformanceCases, pytorchCases, randomCases, sweepCases } from './index.ts';
import { loadFixture } from './node.ts';

/**
 * What a backend must hold: each operation against `reference`, kernels that end their tiles with every remainder, the
 * numbers of PyTorch, and random programs, which equal `reference` or throw its errors.
 */
export type ConformancePart = 'operations' | 'sweeps' | 'pytorch' | 'random';

/** What a run of the conformance suite is told about the device. */
export interface ConformanceOptions {
  /** Title of the tests. Default: `conformance`. */
  readonly name?: string;
  /** Default: all. */
  readonly parts?: readonly ConformancePart[];
  /** Sweeps take every so-many-th of their sizes. Default 809: some hundreds; 7 takes minutes. */
  readonly sweepStep?: number;
  /** Random programs for each operation. Default 25. */
  readonly randomPrograms?: number;
  /**
   * Whether the device throws for a position outside an axis and for a label that is no class. Where it cannot tell without
   * waiting (`Kernels.gather`), random programs with such need only run to their end. Default true.
   */
  readonly tellsPositions?: boolean;
}

const conformanceOptions = optionKinds<ConformanceOptions>({
  name: aString,
  parts: listOf(aString),
  sweepStep: aCount,
  randomPrograms: aCount,
  tellsPositions: aBoolean,
});

/**
 * Defines vitest's tests for a device. One that is opened by a function is opened before its tests and disposed of
 * behind them; one that is given stays.
 *
 * ```ts
 * describeConformance(() => openMyDevice());
 * ```
 * @throws ArgumentError for a part that there is not, for counts that are none, and for what is no device.
 */
export function describeConformance(
  device: Device | (() => Device | Promise<Device>),
  options: ConformanceOptions = {},
): void {
  checkOptions('describeConformance', options, conformanceOptions);
  const { name = 'conformance', sweepStep = 809, randomPrograms = 25 } = options;
  const { tellsPositions = true } = options;
  const parts = options.parts ?? allParts;
  check(device, parts);
  describe.each([{ name }])('$name', () => {
    const found = deviceOf(device);
    for (const part of parts) tests[part](found, { sweepStep, randomPrograms, tellsPositions });
  });
}

/** How far each part goes. */
interface Extent {
  readonly sweepStep: number;
  readonly randomPrograms: number;
  readonly tellsPositions: boolean;
}

const tests: Readonly<Record<ConformancePart, (device: () => Device, extent: Extent) => void>> = {
  operations(device) {
    testEach(conformanceCases(), device);
  },

  sweeps(device, { sweepStep }) {
    testEach(sweepCases(sweepStep), device);
  },

  // One test for all cases, as of random ones: a name for each of thousands would drown the others.
  pytorch(device) {
    test('equals PyTorch', async () => {
      expect(await failuresOf(await pytorchCases(loadFixture), device())).toEqual([]);
    });
  },

  random(device, { randomPrograms, tellsPositions }) {
    test('equals reference on random shapes and options, or throws a typed error', async () => {
      const cases = randomCases(randomPrograms, 1, tellsPositions);
      expect(await failuresOf(cases, device())).toEqual([]);
    });
  },
};

const allParts = Object.keys(tests) as ConformancePart[];

function check(device: unknown, parts: readonly string[]): void {
  if (typeof device !== 'function' && !(device instanceof Device)) {
    throw new ArgumentError(
      `describeConformance: expected a device, or a function that opens one, got ${String(device)}`,
    );
  }
  for (const part of parts) {
    if ((allParts as readonly string[]).includes(part)) continue;
    throw new ArgumentError(
      `describeConformance: there is no part '${part}'${nearestHint(part, allParts)}; the parts are ${allParts.join(', ')}`,
    );
  }
}

/** Gives the device while tests run. */
function deviceOf(device: Device | (() => Device | Promise<Device>)): () => Device {
  if (typeof device !== 'function') return () => device;
  let opened: Device | undefined;
  beforeAll(async () => {
    opened = await device();
  });
  afterAll(() => opened?.dispose());
  return () => opened!;
}

function testEach(cases: readonly ConformanceCase[], device: () => Device): void {
  test.each(cases)('$name', async ({ run }) => {
    expect((await run(device())).failures).toEqual([]);
  });
}

async function failuresOf(cases: readonly ConformanceCase[], device: Device): Promise<string[]> {
  const failures: string[] = [];
  for (const { name, run } of cases) {
    for (const failure of (await run(device)).failures) failures.push(`${name}: ${failure}`);
  }
  return failures;
}
