import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

import { publicPackages, root } from './workspace.ts';

/** Whether a file is the repository's own and not a test. */
const isSource = (path: string): boolean =>
  !/node_modules|\/dist\/|\.test\.ts$|\/testing\//.test(path);

const texts = new Map(
  globSync('{packages,datasets,benchmarks,scripts,examples}/**/*.{ts,js,mjs}', {
    cwd: root,
    exclude: (path) => /node_modules|\/dist$/.test(path),
  })
    .filter(isSource)
    .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
);

/** Where an export is declared, with its docstring. */
interface Declared {
  readonly file: string;
  readonly doc: string;
}

/** What a module exports, by name, also of the modules that it exports again. */
function exportsOf(file: string): Map<string, Declared> {
  const text = texts.get(file) ?? '';
  const found = new Map<string, Declared>();
  for (const [, names = '', from = ''] of text.matchAll(
    /export\s+(?:type\s+)?\{([^}]*)\}\s+from\s+'(\.[^']+)'/g,
  )) {
    const inner = exportsOf(join(dirname(file), from));
    for (const part of names.replaceAll(/\/\/.*/g, '').split(',')) {
      const [name = '', alias = name] = part
        .trim()
        .replace(/^type\s+/, '')
        .split(/\s+as\s+/);
      const declared = inner.get(name);
      if (declared !== undefined) found.set(alias, declared);
    }
  }
  for (const [, from = ''] of text.matchAll(/export\s+\*\s+from\s+'(\.[^']+)'/g)) {
    for (const [name, declared] of exportsOf(join(dirname(file), from))) found.set(name, declared);
  }
  const declarations =
    /(\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)?export\s+(?:abstract\s+)?(?:async\s+)?(?:function\*?|class|const|let|interface|type)\s+(\w+)/g;
  for (const [, doc = '', name = ''] of text.matchAll(declarations)) found.set(name, { file, doc });
  return found;
}

const internal = publicPackages().flatMap(({ path, json }) =>
  Object.values(json.exports ?? {})
    .filter((entry) => entry.endsWith('.ts'))
    .flatMap((entry) => [...exportsOf(join(path, entry))])
    .filter(([, { doc }]) => doc.includes('@internal'))
    .map(([name]) => ({ path, package: json.name, name })),
);

test('what is exported for the packages of this repository alone is what another one uses', () => {
  expect(internal.length).toBeGreaterThan(50);
  const unused = internal.filter(
    ({ path, package: owner, name }) =>
      ![...texts].some(
        ([file, text]) =>
          !file.startsWith(`${path}/`) &&
          text.includes(`'${owner}`) &&
          new RegExp(`\\b${name}\\b`).test(text),
      ),
  );
  expect(unused.map(({ package: owner, name }) => `${owner}: ${name}`)).toEqual([]);
});
