import { expect, test } from 'vitest';
import { problemsOf } from './inspect.ts';
import type { PackedPackage, PublishedManifest } from './packed.ts';

const repository = 'https://example.com/owner/name';

function packed(
  manifest: Partial<PublishedManifest> = {},
  change: Partial<PackedPackage> = {},
): PackedPackage {
  return {
    file: 'some.tgz',
    path: 'packages/some',
    files: [
      'package.json',
      'README.md',
      'LICENSE',
      'dist/index.js',
      'dist/index.d.ts',
      'wasm/a.wasm',
    ],
    unpackedBytes: 1000,
    manifest: {
      name: '@convnet/some',
      version: '1.0.0',
      license: 'Apache-2.0',
      main: './dist/index.js',
      exports: {
        '.': { types: './dist/index.d.ts', default: './dist/index.js' },
        './wasm/*': './wasm/*',
      },
      repository: { type: 'git', url: `git+${repository}.git`, directory: 'packages/some' },
      dependencies: { '@convnet/layers': '^1.0.0' },
      ...manifest,
    },
    ...change,
  };
}

test('a whole package is well', () => {
  expect(problemsOf(packed(), repository)).toEqual([]);
});

test('a package for one platform may weigh more', () => {
  const ofPlatform = (unpackedBytes: number) => packed({ os: ['linux'] }, { unpackedBytes });
  expect(problemsOf(ofPlatform(9e6), repository)).toEqual([]);
  expect(problemsOf(ofPlatform(13e6), repository)).toHaveLength(1);
});

test('an empty package is not', () => {
  const files = ['package.json', 'README.md', 'LICENSE'];
  expect(problemsOf(packed({}, { files }), repository)).toEqual([
    '@convnet/some has no ./dist/index.js, which it should',
    '@convnet/some has no ./dist/index.d.ts, which it should',
    '@convnet/some has no ./dist/index.js, which it should',
    '@convnet/some has no ./wasm/*, which it should',
  ]);
});

test.each([
  ['without its licence', packed({}, { files: packed().files.toSpliced(2, 1) }), 'has no LICENSE'],
  ['without a README', packed({}, { files: packed().files.toSpliced(1, 1) }), 'has no README.md'],
  ['under another licence', packed({ license: 'MIT' }), 'has the licence MIT'],
  ['with a script', packed({ scripts: { postinstall: 'x' } }), 'has a script for postinstall'],
  [
    'with a range of the workspace',
    packed({ dependencies: { '@convnet/layers': 'workspace:^' } }),
    'depends on @convnet/layers@workspace:^',
  ],
  ['of another place', packed({ repository: { type: 'git', url: 'x' } }), 'must name its sources'],
  ['too large', packed({}, { unpackedBytes: 4e6 }), 'weighs 4000000 bytes'],
  [
    'with its tests',
    packed({}, { files: [...packed().files, 'dist/a.test.js'] }),
    'has files that are no part of it: dist/a.test.js',
  ],
])('a package %s is not', (_, each, problem) => {
  const problems = problemsOf(each, repository);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(problem);
});
