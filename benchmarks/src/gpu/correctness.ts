import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  conformanceCases,
  pytorchCases,
  sweepCases,
  type ConformanceCase,
} from '@convnet/conformance';
import { loadFixture } from '@convnet/conformance/node';
import {
  comparedRanks,
  deviation,
  familyOf,
  readFixtures,
  type Family,
} from '@convnet/model-testing/numbers';
import type { Rank } from '@convnet/layers';
import type { Device } from '@convnet/tensor-core';

/** What cases showed. */
export interface CaseReport {
  readonly passed: number;
  readonly failures: readonly string[];
}

async function runCases(cases: readonly ConformanceCase[], device: Device): Promise<CaseReport> {
  const failures: string[] = [];
  let passed = 0;
  for (const { name, run } of cases) {
    const found = (await run(device)).failures;
    if (found.length === 0) passed++;
    for (const failure of found) failures.push(`${name}: ${failure}`);
  }
  return { passed, failures };
}

/** The conformance suite, with sweeps of every `sweepStep`-th size. */
export function runSuite(device: Device, sweepStep: number): Promise<CaseReport> {
  return runCases([...conformanceCases(), ...sweepCases(sweepStep)], device);
}

/** The cases with PyTorch's numbers. */
export async function runPyTorchCases(device: Device): Promise<CaseReport> {
  return runCases(await pytorchCases(loadFixture), device);
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

/** The smallest member of every family that has fixtures, in the ranks that families are compared in. */
export async function runFamilies(
  device: Device,
  tell: (report: FamilyReport) => void,
): Promise<FamilyReport[]> {
  const reports: FamilyReport[] = [];
  const entries = await readdir(models, { withFileTypes: true });
  const names = entries.filter((entry) => entry.isDirectory() && !noFamilies.includes(entry.name));
  for (const name of names.map((entry) => entry.name).toSorted()) {
    const folder = join(models, name, 'src');
    const fixtures = readFixtures(folder);
    if (fixtures.length === 0) continue;
    const exported = (await import(join(folder, 'index.ts'))) as Pick<
      Family,
      'architectures' | 'ranks'
    >;
    const family = familyOf(folder, exported);
    const smallest = fixtures.toSorted((a, b) => costOf(family, a) - costOf(family, b))[0]!;
    for (const dims of comparedRanks(family).filter((rank) => String(rank) in smallest.cases)) {
      const found = await deviation(family, smallest, dims, device);
      const { eval: evaluated, train, gradients, statistics } = found;
      const report = {
        family: name,
        model: smallest.name,
        dims,
        eval: evaluated,
        train,
        gradients,
        statistics,
      };
      reports.push(report);
      tell(report);
    }
  }
  return reports;
}

/** Parameters of a fixture's network, as the family states them; the more a network has, the later it comes. */
function costOf({ architectures }: Family, { builder }: { readonly builder: string }): number {
  return architectures[builder]?.parameters ?? Number.POSITIVE_INFINITY;
}
