/**
 * Reads mutated files with every reader: `pnpm fuzz [--cases 5000] [--seed 1] [--reader torch]`. Findings are written to
 * `benchmarks/results/fuzz`, to become tests.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { readers } from './readers/index.ts';
import { fuzzWatched } from './watched.ts';

const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '5000' },
    seed: { type: 'string', default: '1' },
    reader: { type: 'string', multiple: true },
  },
});
const names = readers.map(({ name }) => name);
const chosen = values.reader ?? names;
const unknown = chosen.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`there is no reader ${unknown.join(', ')}; there are ${names.join(', ')}`);
  process.exit(1);
}
const folder = join(import.meta.dirname, '../../results/fuzz');
let found = 0;
for (const name of chosen) {
  const { read, refused, slowestMs, findings } = await fuzzWatched(
    name,
    Number(values.seed),
    Number(values.cases),
  );
  console.log(
    `${name}: ${read} read, ${refused} refused, the slowest took ${slowestMs.toFixed(0)} ms, ${findings.length} findings`,
  );
  for (const { kind, number, made, message, bytes } of findings.slice(0, 5)) {
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${name}-${values.seed}-${number}`);
    writeFileSync(file, bytes);
    console.log(`  ${kind} at ${number} (${made.join(', ')}): ${message}\n  ${file}`);
  }
  found += findings.length;
}
process.exitCode = found === 0 ? 0 : 1;
