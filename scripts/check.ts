/**
 * Runs every check of the repository one after the other, goes on after a failure, and says at the end
 * which ones failed. The checks are the scripts of package.json whose names start with `check:`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runPnpm } from './pnpm.ts';
import { root, type PackageJson } from './workspace.ts';

const { scripts = {} } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
) as PackageJson;

const failed: string[] = [];
for (const name of Object.keys(scripts).filter((script) => script.startsWith('check:'))) {
  const started = performance.now();
  const passed = runPnpm(['run', name]);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${name}: ${passed ? 'passed' : 'FAILED'} (${seconds} s)\n`);
  if (!passed) failed.push(name);
}
console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join(', ')}`);
if (failed.length > 0) process.exitCode = 1;
