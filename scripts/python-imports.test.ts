import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

/** Where Python scripts import each other from: beside them, or a folder that they add to the path. */
const root = join(import.meta.dirname, '..');
const scripts = globSync('{packages,benchmarks,datasets,scripts}/**/*.py', {
  cwd: root,
  exclude: (path) => /(^|\/)(node_modules|dist|target)(\/|$)/.test(path),
});
const text = (file: string): string => readFileSync(join(root, file), 'utf8');

const adding =
  /^sys\.path\.(?:insert\(0|append\(str\(Path|append\(str\(pathlib).*?__file__\)\.resolve\(\)\.parents\[(\d+)\] \/ '([^']+)'\)\)$/;

const adders = scripts.flatMap((file) =>
  text(file)
    .split('\n')
    .filter((line) => line.startsWith('sys.path.'))
    .map((line) => [file, line] as const),
);

test.each(adders)('%s finds what it imports: %s', (file, line) => {
  const found = adding.exec(line);
  // One form, so that this test can follow it.
  expect(found, 'sys.path.insert(0, str(Path(__file__).resolve().parents[N] / FOLDER))').not.toBe(
    null,
  );
  let above = dirname(file);
  for (let i = 0; i < Number(found![1]); i++) above = dirname(above);
  const folder = join(above, found![2]!);
  const behind = text(file).slice(text(file).indexOf(line) + line.length);
  const imported = [...behind.matchAll(/^(?:from|import) (\w+)/gm)].map(([, name]) => name!);
  expect(imported.length).toBeGreaterThan(0);
  const missing = imported.filter(
    (name) =>
      !existsSync(join(root, folder, `${name}.py`)) &&
      !existsSync(join(root, dirname(file), `${name}.py`)),
  );
  expect(missing).toEqual([]);
});

test('there are such scripts', () => {
  expect(adders.length).toBeGreaterThan(3);
});
