/**
 * Writes docs/models.md: what each builder costs in each rank, and how far it is from PyTorch on wasm.
 * `node scripts/write-models.ts`. It runs every network forward and backward, which takes some minutes; with names of
 * families, `node scripts/write-models.ts vgg lenet`, those of them alone, and the other sections stay as they are.
 */
import { readFile, writeFile } from 'node:fs/promises';

import { wasm } from '../packages/backend-wasm/src/index.ts';
import { deviation } from '../packages/models/testing/src/compare.ts';
import { comparedRanks, type Family } from '../packages/models/testing/src/family.ts';
import { readFixtures } from '../packages/models/testing/src/fixture.ts';
import type { Device } from '../packages/tensor-core/src/index.ts';
import { detectorSection } from './detector-costs.ts';
import { costCells, costRows, modelFamilies, ranksLine } from './model-costs.ts';

/** Largest errors over the fixtures of one builder in one rank; null where none has the number. */
interface Errors {
  eval: number | null;
  train: number | null;
  gradients: number | null;
}

const page = new URL('../docs/models.md', import.meta.url);
const device = await wasm({ threads: 1 });
const deviceName = String(device);

/** By `builder dims`. */
async function errorsOf(family: Family, on: Device): Promise<ReadonlyMap<string, Errors>> {
  const all = new Map<string, Errors>();
  for (const fixture of readFixtures(family.folder)) {
    for (const dims of comparedRanks(family)) {
      if (fixture.cases[dims] === undefined) continue;
      const found = await deviation(family, fixture, dims, on);
      const key = `${fixture.builder} ${dims}`;
      const errors = all.get(key) ?? { eval: null, train: null, gradients: null };
      all.set(key, errors);
      errors.eval = greater(errors.eval, found.eval);
      errors.train = greater(errors.train, found.train);
      errors.gradients = greater(errors.gradients, found.gradients);
    }
  }
  return all;
}

function greater(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

const error = (value: number | null | undefined): string =>
  value === null || value === undefined ? 'missing' : value.toExponential(1);

/** What there is to say of the numbers of a family: gradients that are compared in part, and what is missing. */
function remarks(family: Family): readonly string[] {
  const fixtures = readFixtures(family.folder);
  const ranks = comparedRanks(family);
  const partial = fixtures.flatMap(({ name, cases }) =>
    ranks
      .filter((dims) => cases[dims]?.trained !== undefined)
      .map(
        (dims) =>
          `Of fixture \`${name}\` in ${dims}D the gradients of \`${cases[dims]!.trained}\` are compared. Before it, each input that\n` +
          'was tried has a value within rounding of a kink of ReLU or max pooling, where the gradients of PyTorch in\n' +
          'float32 and in float64 differ too; those gradients are compared in the other fixtures of the builder.',
      ),
  );
  const absent = Object.keys(family.builders).flatMap((name) =>
    ranks
      .filter((dims) => !fixtures.some(({ builder, cases }) => builder === name && dims in cases))
      .map((dims) => `No numbers of PyTorch are stored for \`${name}\` in ${dims}D.`),
  );
  return [...partial, ...absent];
}

const header =
  'builder | rank | input | parameters | MACs | memory, MB | logits, eval | logits, train | gradients';

async function section(name: string, family: Family): Promise<string> {
  const errors = await errorsOf(family, device);
  const lines = costRows(family).map((row) => {
    const found = errors.get(`${row.builder} ${row.dims}`);
    return [...costCells(row), error(found?.eval), error(found?.train), error(found?.gradients)];
  });
  const table = [
    `| ${header} |`,
    `|---|---|---|${'--:|'.repeat(6)}`,
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
  ];
  return [`## ${name}`, ranksLine(family), table.join('\n'), ...remarks(family)].join('\n\n');
}

/** The sections of the page as it stands, by the name of the family. */
async function writtenSections(): Promise<ReadonlyMap<string, string>> {
  const [, ...written] = (await readFile(page, 'utf8')).split(/^## /m);
  return new Map(written.map((text) => [/^\S+/.exec(text)![0], `## ${text.trimEnd()}`]));
}

const wanted = process.argv.slice(2);
const written = wanted.length === 0 ? new Map<string, string>() : await writtenSections();
const sections: string[] = [];
for (const [name, family] of await modelFamilies()) {
  const kept = wanted.includes(name) ? undefined : written.get(name);
  sections.push(kept ?? (await section(name, family)));
  process.stdout.write(`${name}\n`);
}
sections.push(detectorSection());
device.dispose();

const text = `# Models

Written by \`pnpm docs:models\`; do not edit. Every builder in one and two dimensions, or in the one rank
that its family has, with its default options.

- input: what the costs are stated for. 1 MAC (multiply-accumulate) is 2 FLOPs.
- memory: megabytes (2^20 bytes) of every layer's output and its gradient, for that input.
- logits, gradients: the largest error against PyTorch 1.13 on ${deviceName}, over the
  fixtures of the builder: inputs of reduced size, variants, auxiliary outputs. Of logits, the largest difference
  over the largest magnitude; of gradients, the error of each parameter's over its norm, or over a thousandth of the
  largest norm. PyTorch computed in float64; 1e-3 is allowed.

${sections.join('\n\n')}
`;
await writeFile(page, text);
