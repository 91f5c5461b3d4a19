/**
 * Runs in the folder of a package before it is packed or published: builds it, so that what is published is never
 * missing or old, and refuses other package managers than pnpm, which alone puts `publishConfig` and the versions of the
 * workspace into the published package.json.
 */
import { existsSync, readFileSync } from 'node:fs';
import { runPnpm } from './pnpm.ts';
import { publishedFiles } from './published-files.ts';
import type { PackageJson } from './workspace.ts';

const json = JSON.parse(readFileSync('package.json', 'utf8')) as PackageJson;
const { name } = json;

function problem(): string | null {
  if (!(process.env['npm_config_user_agent'] ?? '').startsWith('pnpm/')) {
    return 'packages are packed and published with pnpm; others would publish the sources as entry points';
  }
  if (!runPnpm(['run', 'build', '--filter', name])) return 'the build failed';
  const missing = publishedFiles(json).filter((file) => !existsSync(file));
  return missing.length === 0 ? null : `the build did not write ${missing.join(', ')}`;
}

const found = problem();
if (found !== null) {
  console.error(`${name} is not packed: ${found}`);
  process.exitCode = 1;
}
