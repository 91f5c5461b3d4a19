import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { circlesOf, importGraph } from './circles.ts';

/** The circles between files of a folder, by their names and sources. */
function circlesBetween(sources: Readonly<Record<string, string>>): readonly (readonly string[])[] {
  const folder = mkdtempSync(join(tmpdir(), 'convnet-circles-'));
  using cleanUp = new DisposableStack();
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, source] of Object.entries(sources)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), source);
  }
  return circlesOf(importGraph(folder, ['**/*.ts']));
}

test('finds a circle, also one that only types close', () => {
  const circles = circlesBetween({
    'a/engine.ts': "import { wheel } from '../b/wheel.ts';\n",
    'b/wheel.ts': "export { axle } from './axle.ts';\n",
    'b/axle.ts': "import type { Engine } from '../a/engine.ts';\n",
    'car.ts': "import { engine } from './a/engine.ts';\n",
  });
  expect(circles).toEqual([['a/engine.ts', 'b/wheel.ts', 'b/axle.ts', 'a/engine.ts']]);
});

test('finds a file that imports itself, and each of two circles once', () => {
  const circles = circlesBetween({
    'self.ts': "const me = await import('./self.ts');\n",
    'one.ts': "import './two.ts';\n",
    'two.ts': "import './one.ts';\nimport './three.ts';\n",
    'three.ts': "import './two.ts';\nimport './self.ts';\n",
  });
  expect(circles).toEqual([
    ['one.ts', 'two.ts', 'one.ts'],
    ['self.ts', 'self.ts'],
  ]);
});

test('finds none where there is none: in comments, other packages and files that are met twice', () => {
  const circles = circlesBetween({
    'top.ts': "import './left.ts';\nimport './right.ts';\n",
    'left.ts': "import './ground.ts';\nimport '@convnet/tensor-core';\n",
    'right.ts': "import './ground.ts';\n",
    'ground.ts': "/**\n * const top = await import('./top.ts');\n */\n// import './left.ts';\n",
  });
  expect(circles).toEqual([]);
});

test('names the shortest walk around, and each circle once', () => {
  const imports = new Map([
    ['a', ['b']],
    ['b', ['c', 'd']],
    ['c', ['d', 'a']],
    ['d', ['a']],
    ['e', ['f', 'a']],
    ['f', ['e']],
    ['g', ['g']],
  ]);
  expect(circlesOf(imports).toSorted(([a], [b]) => a!.localeCompare(b!))).toEqual([
    ['a', 'b', 'c', 'a'],
    ['e', 'f', 'e'],
    ['g', 'g'],
  ]);
});
