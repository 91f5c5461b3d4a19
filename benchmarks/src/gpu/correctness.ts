import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  conformanceCases,
  pytorchCases,
  sweepCases,
  type CaseResult,
  type ConformanceCase,
} from '@convnet/conformance';
import { loadFixture } from '@convnet/conformance/node';
import {
  comparedRanks,
  deviation,
  familyOf,
  readFixtures,
  type Family,
  type Fixture,
} from '@convnet/model-testing/numbers';
import type { Rank } from '@convnet/layers';
import type { Device } from '@convnet/tensor-core';

/** What cases showed. */
export interface CaseReport {
  /** Cases that there are, of which every so-many-th was run: 1 for all. */
  readonly cases: number;
  readonly every: number;
  readonly passed: number;
  /** Cases among the passed whose errors are beyond float32's tolerance, and within the looser one. */
  readonly rounded: number;
  readonly failures: readonly string[];
}

/** How many cases are run, and how strictly. */
export interface CaseOptions {
  /** Every so-many-th, from the first on, where not all shall be run. Primes keep out of step with tables. Default 1. */
  readonly every?: number;
  /** What errors may be on a device that rounds factors, relative to the greatest magnitude. Default: as of float32. */
  readonly looser?: number;
}

const sampleOf = <Item>(all: readonly Item[], every: number): readonly Item[] =>
  all.filter((_, i) => i % every === 0);

/** Whether all that a case failed at is an error which is beyond float32's tolerance and within another. */
function isWithin({ failures, forwardError, gradientError }: CaseResult, looser: number): boolean {
  return (
    failures.every((failure) => failure.includes(' exceeds ')) &&
    Math.max(forwardError, gradientError) <= looser
  );
}

async function runCases(
  cases: readonly ConformanceCase[],
  { every = 1, looser = 0 }: CaseOptions,
  device: Device,
): Promise<CaseReport> {
  const failures: string[] = [];
  let [passed, rounded] = [0, 0];
  for (const { name, run } of sampleOf(cases, every)) {
    const result = await run(device);
    if (result.failures.length > 0 && !isWithin(result, looser)) {
      for (const failure of result.failures) failures.push(`${name}: ${failure}`);
      continue;
    }
    passed++;
    if (result.failures.length > 0) rounded++;
  }
  return { cases: cases.length, every, passed, rounded, failures };
}

/** The conformance suite, with sweeps of every `sweepStep`-th size. */
export function runSuite(
  device: Device,
  sweepStep: number,
  options: CaseOptions = {},
): Promise<CaseReport> {
  return runCases([...sweepCases(sweepStep), ...conformanceCases()], options, device);
}

/** The cases with PyTorch's numbers. */
export async function runPyTorchCases(
  device: Device,
  options: CaseOptions = {},
): Promise<CaseReport> {
  return runCases(await pytorchCases(loadFixture), options, device);
}

/** How far a family's smallest member is from PyTorch's numbers, in one rank. */
export interface FamilyReport {
  readonly family: string;
  readonly model: string;
  readonly dims: Rank;
  readonly eval: number;
  readonly train: number;
  readonly gradients: number;
  readonly statistics: number;
}

const models = join(import.meta.dirname, '../../../packages/models');
const noFamilies = ['testing'];

/** The smallest member of a family, in one rank. */
interface FamilyCase {
  readonly name: string;
  readonly family: Family;
  readonly fixture: Fixture;
  readonly dims: Rank;
}

async function familyCases(): Promise<FamilyCase[]> {
  const cases: FamilyCase[] = [];
  const entries = await readdir(models, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && !noFamilies.includes(entry.name));
  for (const name of names.map((entry) => entry.name).toSorted()) {
    const folder = join(models, name, 'src');
    const fixtures = readFixtures(folder);
    if (fixtures.length === 0) continue;
    const exported = (await import(join(folder, 'index.ts'))) as Partial<
      Pick<Family, 'architectures' | 'ranks'>
    >;
    const { architectures, ranks } = exported;
    // What is built from families, such as detectors, has fixtures of another form.
    if (architectures === undefined || ranks === undefined) continue;
    const family = familyOf(folder, { ...exported, architectures, ranks });
    const smallest = fixtures.toSorted((a, b) => costOf(family, a) - costOf(family, b))[0]!;
    for (const dims of comparedRanks(family).filter((rank) => String(rank) in smallest.cases)) {
      cases.push({ name, family, fixture: smallest, dims });
    }
  }
  return cases;
}

/** The smallest member of every family that has fixtures, in the ranks that families are compared in. */
export async function runFamilies(
  device: Device,
  tell: (report: FamilyReport) => void,
  every = 1,
): Promise<FamilyReport[]> {
  const reports: FamilyReport[] = [];
  for (const { name, family, fixture, dims } of sampleOf(await familyCases(), every)) {
    const found = await deviation(family, fixture, dims, device);
    const { eval: evaluated, train, gradients, statistics } = found;
    const report = {
      family: name,
      model: fixture.name,
      dims,
      eval: evaluated,
      train,
      gradients,
      statistics,
    };
    reports.push(report);
    tell(report);
  }
  return reports;
}

/** Parameters of a fixture's network, as the family states them; the more a network has, the later it comes. */
function costOf({ architectures }: Family, { builder }: { readonly builder: string }): number {
  return architectures[builder]?.parameters ?? Number.POSITIVE_INFINITY;
}
