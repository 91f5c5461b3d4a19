import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type UserConfig } from 'tsdown';

/** The fields of package.json that say what to build. */
interface PackageJson {
  readonly exports: Readonly<Record<string, string>>;
}

/**
 * One build for every package: the files that `exports` names, module by module, so that `src/a/b.ts`
 * becomes `dist/a/b.js`. tsdown runs in the folder of the package.
 */
const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as PackageJson;

const config: UserConfig = defineConfig({
  cwd: process.cwd(),
  entry: Object.values(exports).filter((file) => file.endsWith('.ts')),
  format: 'esm',
  platform: 'neutral',
  // Node 20 has neither `using` nor `await using`; the build rewrites them.
  target: 'es2022',
  unbundle: true,
  root: 'src',
  fixedExtension: false,
  dts: true,
  sourcemap: false,
  tsconfig: join(import.meta.dirname, 'tsconfig.json'),
});

export default config;
