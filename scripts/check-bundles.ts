/**
 * Checks what a bundler makes of the published packages: each entry of `bundle-budget.json` must stay
 * under its size and must not contain the modules that it names. Needs a build.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import { createConsumer, type Consumer } from './consumer.ts';
import { report } from './workspace.ts';

/** What a user writes, and what it may cost. */
interface BundleRule {
  readonly name: string;
  /** The module that is bundled. */
  readonly code: string;
  /** Largest size of the minified bundle in bytes. */
  readonly maxBytes: number;
  /** Beginnings of paths below `node_modules` whose modules must not be in the bundle. */
  readonly without: readonly string[];
}

const rules = JSON.parse(
  readFileSync(join(import.meta.dirname, 'bundle-budget.json'), 'utf8'),
) as readonly BundleRule[];

/** Bundles as a browser application would and returns what broke the rule. */
async function checkBundle(rule: BundleRule, consumer: Consumer): Promise<readonly string[]> {
  const entry = join(consumer.folder, 'entry.js');
  writeFileSync(entry, rule.code);
  await using bundle = await rolldown({ input: entry, platform: 'browser', external: [/^node:/] });
  const { output } = await bundle.generate({ format: 'esm', minify: true });
  const chunks = output.filter((file) => file.type === 'chunk');
  const size = chunks.reduce((sum, { code }) => sum + Buffer.byteLength(code), 0);
  const modules = chunks.flatMap(({ moduleIds }) =>
    moduleIds.map((id) => id.replaceAll('\\', '/').split('/node_modules/').at(-1) ?? id),
  );
  const unwanted = modules.filter((id) => rule.without.some((start) => id.startsWith(start)));
  console.log(
    `bundles: ${rule.name}: ${size} of ${rule.maxBytes} bytes, ${modules.length} modules`,
  );
  return [
    ...(size > rule.maxBytes
      ? [`${rule.name}: ${size} bytes, more than the ${rule.maxBytes} of bundle-budget.json`]
      : []),
    ...unwanted.map((id) => `${rule.name}: must not contain ${id}`),
  ];
}

using consumer = createConsumer();
const problems: string[] = [];
for (const rule of rules) problems.push(...(await checkBundle(rule, consumer)));
report('bundles', problems);
