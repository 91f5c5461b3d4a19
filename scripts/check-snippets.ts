/**
 * Type-checks the examples of the READMEs and of the pages in docs/ as a user's own files, against the packages as they would be published, and
 * runs them on this Node, except those whose fence says what else they need. Needs a build.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createConsumer, type Consumer } from './consumer.ts';
import { snippetsOf, type Snippet } from './snippets.ts';
import { report, root } from './workspace.ts';

/** An example as a file of the consumer. */
interface Example extends Snippet {
  /** Where it stands: `packages/data/README.md:7`. */
  readonly place: string;
  /** Relative to the consumer's folder. */
  readonly file: string;
}

const limit = 120_000;

function writeExamples(consumer: Consumer): readonly Example[] {
  const files = globSync(
    ['README.md', '{packages,packages/models}/*/README.md', 'datasets/README.md', 'docs/*.md'],
    {
      cwd: root,
    },
  );
  return files.toSorted().flatMap((readme) =>
    snippetsOf(readFileSync(join(root, readme), 'utf8')).map((snippet) => {
      const file = join('examples', readme.replace(/\.md$/, ''), `line-${snippet.line}.ts`);
      const path = join(consumer.folder, file);
      mkdirSync(dirname(path), { recursive: true });
      // `export {}`: a file that imports nothing is a module too.
      writeFileSync(path, `${snippet.code}export {};\n`);
      return { ...snippet, file, place: `${readme}:${snippet.line}` };
    }),
  );
}

function checkTypes(consumer: Consumer, examples: readonly Example[]): readonly string[] {
  const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    target: 'es2022',
    lib: ['es2022', 'esnext.disposable', 'dom'],
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    // For the data sets, which are sources.
    allowImportingTsExtensions: true,
  };
  const config = { compilerOptions, files: examples.map(({ file }) => file) };
  writeFileSync(join(consumer.folder, 'tsconfig.json'), JSON.stringify(config));
  const { status, stdout } = spawnSync('tsc', ['-p', 'tsconfig.json'], {
    cwd: consumer.folder,
    encoding: 'utf8',
  });
  return status === 0 ? [] : [`do not type-check:\n${stdout}`];
}

function run(consumer: Consumer, { file, place, notRun }: Example): readonly string[] {
  if (notRun !== null) {
    console.log(`snippets: ${place} is not run: it needs a ${notRun}`);
    return [];
  }
  const started = performance.now();
  const { status, signal, stderr } = spawnSync(process.execPath, [file], {
    cwd: consumer.folder,
    encoding: 'utf8',
    timeout: limit,
  });
  console.log(`snippets: ${place} ran ${((performance.now() - started) / 1000).toFixed(1)} s`);
  return status === 0 ? [] : [`${place} ended with ${signal ?? status}:\n${stderr}`];
}

using consumer = createConsumer();
const examples = writeExamples(consumer);
const problems = [...checkTypes(consumer, examples)];
for (const example of examples) problems.push(...run(consumer, example));
report('snippets', problems);
