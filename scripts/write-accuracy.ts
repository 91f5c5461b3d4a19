/**
 * Writes docs/accuracy.md: for each operation and device the largest error against PyTorch and against the
 * reference device. `node scripts/write-accuracy.ts [reference] [simd] [relaxed]`, by default all three.
 */
import { writeFile } from 'node:fs/promises';
import {
  conformanceCases,
  pytorchCases,
  type ConformanceCase,
  type Tolerance,
} from '../packages/conformance/src/index.ts';
import { loadFixture } from '../packages/conformance/src/node.ts';
import type { Device } from '../packages/tensor-core/src/index.ts';
import { reference } from '../packages/tensor-core/src/reference/index.ts';
import { wasm } from '../packages/backend-wasm/src/index.ts';

/** The largest errors of one operation on one device. */
interface Errors {
  forward: number;
  gradient: number;
}

interface OperationRow {
  cases: number;
  tolerance: Tolerance;
  /** By the name of the device. */
  readonly errors: Map<string, Errors>;
}

const devices: Readonly<Record<string, () => Device | Promise<Device>>> = {
  reference,
  simd: () => wasm({ build: 'simd', threads: 1 }),
  relaxed: () => wasm({ build: 'relaxed', threads: 1 }),
};

/** Runs the cases on a device and adds the largest errors to the rows. A failure ends the script. */
async function measure(
  cases: readonly ConformanceCase[],
  name: string,
  device: Device,
  rows: Map<string, OperationRow>,
): Promise<void> {
  for (const { name: title, op, run } of cases) {
    const { failures, forwardError, gradientError, tolerance } = await run(device);
    if (failures.length > 0) throw new Error(`${title} on ${name}: ${failures.join('; ')}`);
    const row = rows.get(op) ?? { cases: 0, tolerance, errors: new Map<string, Errors>() };
    rows.set(op, row);
    const errors = row.errors.get(name) ?? { forward: 0, gradient: 0 };
    row.errors.set(name, errors);
    if (row.errors.size === 1) row.cases++;
    row.tolerance = greater(row.tolerance, tolerance);
    errors.forward = Math.max(errors.forward, forwardError);
    errors.gradient = Math.max(errors.gradient, gradientError);
  }
}

function greater(a: Tolerance, b: Tolerance): Tolerance {
  return {
    forward: Math.max(a.forward, b.forward),
    gradient: Math.max(a.gradient, b.gradient),
  };
}

const number = (value: number): string => (value === 0 ? '0' : value.toExponential(1));

function table(rows: ReadonlyMap<string, OperationRow>, names: readonly string[]): string {
  const columns = ['operation', 'cases', 'allowed', 'allowed, gradient'];
  for (const name of names) columns.push(name, `${name}, gradient`);
  const lines = [...rows]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([op, { cases, tolerance, errors }]) => {
      const cells = [op, String(cases), number(tolerance.forward), number(tolerance.gradient)];
      for (const name of names) {
        const { forward, gradient } = errors.get(name)!;
        cells.push(number(forward), number(gradient));
      }
      return cells;
    });
  return [
    `| ${columns.join(' | ')} |`,
    `|---|${columns
      .slice(1)
      .map(() => '--:')
      .join('|')}|`,
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');
}

const asked = process.argv.slice(2);
const chosen = asked.length > 0 ? asked : Object.keys(devices);
const pytorch = await pytorchCases(loadFixture);
const suite = conformanceCases();
const pytorchRows = new Map<string, OperationRow>();
const suiteRows = new Map<string, OperationRow>();
const descriptions: string[] = [];

for (const name of chosen) {
  const open = devices[name];
  if (open === undefined) {
    throw new Error(`expected devices among ${Object.keys(devices).join(', ')}, got '${name}'`);
  }
  const device = await open();
  descriptions.push(`- ${name}: ${String(device)}`);
  await measure(pytorch, name, device, pytorchRows);
  if (name !== 'reference') await measure(suite, name, device, suiteRows);
  device.dispose();
}

const others = chosen.filter((name) => name !== 'reference');
const text = `# Accuracy

Written by \`pnpm fixtures:errors\`; do not edit. An error is the largest distance between an element and what
was expected, divided by the greatest magnitude of the tensor that the element belongs to. Integers and bools
are equal in all cases. Columns without a name say results, those with "gradient" the gradients by all inputs.

Devices:

${descriptions.join('\n')}

## Against PyTorch

${pytorch.length.toLocaleString('en')} cases, whose expected numbers PyTorch 1.13 computed in float64
(\`packages/conformance/scripts/fixtures\`).

${table(pytorchRows, chosen)}
${
  others.length === 0
    ? ''
    : `
## Against the reference device

${suite.length.toLocaleString('en')} cases of the conformance suite, compared with \`reference\`, which adds up
in float64. A kernel's own cases stand under the kernel's name.

${table(suiteRows, others)}
`
}`;
await writeFile(new URL('../docs/accuracy.md', import.meta.url), text);
process.stdout.write(`docs/accuracy.md: ${pytorchRows.size} operations, ${chosen.join(', ')}\n`);
