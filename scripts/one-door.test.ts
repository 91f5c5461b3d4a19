import { globSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);

/** Sources that ship, but for backends, which are made of kernels, and the conformance suite, which tries them. */
const sources = globSync('packages/**/src/**/*.ts', { cwd: root })
  .filter((path) => !path.includes('node_modules') && !path.endsWith('.test.ts'))
  .filter((path) => !/backend-|\/conformance\/|\/reference\//.test(path));

test('kernels are reached through one door', () => {
  expect(sources.length).toBeGreaterThan(100);
  const reaching = sources.filter((path) =>
    // A module may have kernels of its own.
    /(?<!\bthis)\.kernels\b|\{[^}]*\bkernels\b[^}]*\}\s*=/.test(
      readFileSync(new URL(path, root), 'utf8'),
    ),
  );
  expect(reaching.sort()).toEqual([
    'packages/tensor-core/src/device.ts',
    'packages/tensor-core/src/execute.ts',
  ]);
});

test('only the door runs operations', () => {
  const running = sources.filter((path) =>
    /operation\.run\(|Operation\.run\(/.test(readFileSync(new URL(path, root), 'utf8')),
  );
  expect(running).toEqual(['packages/tensor-core/src/execute.ts']);
});
