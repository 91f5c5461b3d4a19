/**
 * Type-checks a consumer of the packages as they would be published, with every library of types checked too
 * (`skipLibCheck: false`): with the compilers of `typescripts/package.json`, both ways to resolve modules, and the types
 * of a browser or nothing but those of the language. Needs a build, and a network for npm.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createConsumer } from './consumer.ts';
import { installTools } from './npm-workspace.ts';
import { publicPackages, report, type PackageJson } from './workspace.ts';

const tools = join(import.meta.dirname, 'typescripts');
const compilers = Object.keys(
  (JSON.parse(readFileSync(join(tools, 'package.json'), 'utf8')) as PackageJson).devDependencies ??
    {},
);

const environments = [
  { name: 'no DOM', lib: ['es2022'], files: ['every.ts'] },
  { name: 'DOM', lib: ['es2022', 'dom'], files: ['every.ts', 'browser.ts'] },
];

/** Imports every entry point that has types. */
function everyEntry(): string {
  const entries = publicPackages().flatMap(({ json }) =>
    Object.entries(json.publishConfig?.exports ?? {})
      .filter(([, target]) => typeof target !== 'string' && 'types' in target)
      .map(([entry]) => json.name + entry.slice(1)),
  );
  return entries.map((entry, i) => `export * as entry${i} from '${entry}';\n`).join('');
}

using workspace = installTools('typescripts');
using consumer = createConsumer();
writeFileSync(join(consumer.folder, 'every.ts'), everyEntry());
copyFileSync(join(tools, 'browser.ts'), join(consumer.folder, 'browser.ts'));

const problems: string[] = [];
for (const compiler of compilers) {
  for (const { name, lib, files } of environments) {
    for (const [moduleResolution, module] of [
      ['bundler', 'esnext'],
      ['nodenext', 'nodenext'],
    ]) {
      const compilerOptions = {
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        target: 'es2022',
        types: [],
        lib,
        moduleResolution,
        module,
      };
      const config = join(consumer.folder, 'tsconfig.json');
      writeFileSync(config, JSON.stringify({ compilerOptions, files }));
      const program = join(workspace.folder, 'node_modules', compiler, 'bin/tsc');
      const { status, stdout } = spawnSync(process.execPath, [program, '-p', config], {
        encoding: 'utf8',
      });
      const what = `${compiler}, ${name}, ${moduleResolution}`;
      console.log(`types: ${what}: ${status === 0 ? 'ok' : 'FAILED'}`);
      if (status !== 0) problems.push(`${what}:\n${stdout}`);
    }
  }
}
report('types', problems);
