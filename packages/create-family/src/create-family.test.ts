import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { createFamily, CreateFamilyError } from './index.ts';
import { writeAll } from './write-all.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'convnet-create-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const read = (...path: readonly string[]): string => readFileSync(join(home, ...path), 'utf8');

const sources = [
  'src/architectures.ts',
  'src/index.ts',
  'src/ranks.ts',
  'src/training.test.ts',
  'src/wave-net.test.ts',
  'src/wave-net.ts',
];

test('writes a package that stands alone', () => {
  const files = createFamily(join(home, 'wave-net'));
  expect(files).toEqual(
    [
      '.gitignore',
      'DEVELOPING.md',
      'README.md',
      'package.json',
      'pytorch.py',
      ...sources,
      'tsconfig.build.json',
      'tsconfig.json',
    ].toSorted(),
  );
  for (const file of files)
    expect(read('wave-net', file)).not.toMatch(/my-family|my_family|MyFamily|ENGINE/);
  expect(read('wave-net/src/wave-net.ts')).toContain('export class WaveNet extends Module');
  expect(read('wave-net/src/wave-net.ts')).toContain('export function wave_net_small(');
});

test('a scope is part of the name of the package, and of no file', () => {
  const files = createFamily(join(home, 'folder'), { name: '@you/wave-net' });
  expect(files).toEqual(expect.arrayContaining(sources));
  expect(read('folder/README.md')).toMatch(/^# @you\/wave-net\n/);
  expect(read('folder/README.md')).toContain("from '@you/wave-net'");
  expect(read('folder/DEVELOPING.md')).toContain('`src/wave-net.ts` has the blocks');
  expect(read('folder/src/index.ts')).toContain("from './wave-net.ts'");
});

test('the engine is a peer, in the range of this version, and the tools are those of the repository', () => {
  createFamily(join(home, 'wave-net'));
  const manifest = JSON.parse(read('wave-net/package.json')) as Record<
    string,
    Record<string, string>
  >;
  const own = JSON.parse(
    readFileSync(join(import.meta.dirname, '../package.json'), 'utf8'),
  ) as Record<string, string>;
  const range = `^${own['version']}`;
  expect(manifest['peerDependencies']).toEqual({
    '@convnet/layers': range,
    '@convnet/tensor-core': range,
  });
  const { devDependencies = {} } = manifest;
  expect(devDependencies['@convnet/model-testing']).toBe(range);
  const catalog = readFileSync(join(import.meta.dirname, '../../../pnpm-workspace.yaml'), 'utf8');
  for (const tool of ['typescript', 'vitest', '@types/node']) {
    expect(catalog).toMatch(new RegExp(`^ {2}'?${tool}'?: \\${devDependencies[tool]}$`, 'm'));
  }
});

test('in the repository its package is as those of the other families', () => {
  createFamily(join(home, 'wavenet'), { workspace: true });
  const manifest = JSON.parse(read('wavenet/package.json')) as Record<string, unknown>;
  const other = JSON.parse(
    readFileSync(join(import.meta.dirname, '../../models/zfnet/package.json'), 'utf8'),
  ) as Record<string, unknown>;
  expect(manifest['name']).toBe('@convnet/wavenet');
  expect(Object.keys(manifest)).toEqual(Object.keys(other));
  for (const field of ['exports', 'publishConfig', 'scripts', 'dependencies', 'files', 'engines']) {
    expect(manifest[field]).toEqual(other[field]);
  }
});

test.each(['Wave-Net', 'wave net', '../wave', '@you/', '1-net', ''])(
  "'%s' is no name for a package",
  (name) => {
    expect(() => createFamily(join(home, 'new'), { name })).toThrow(CreateFamilyError);
    expect(() => createFamily(join(home, 'new'), { name })).toThrow(`got '${name}'`);
  },
);

test('a folder that holds something stays as it is', () => {
  writeFileSync(join(home, 'file'), 'mine');
  expect(() => createFamily(home, { name: 'wave-net' })).toThrow(`${home} holds something`);
  expect(() => createFamily(join(home, 'file'))).toThrow(CreateFamilyError);
  expect(read('file')).toBe('mine');
});

// Node's own way of making folders would never end in /proc.
test.each(process.platform === 'linux' ? ['file/net', '/proc/x/net'] : ['file/net'])(
  'a folder that cannot be written to is named: %s',
  (place) => {
    writeFileSync(join(home, 'file'), 'mine');
    const target = resolve(home, place);
    const create = (): unknown => createFamily(target);
    expect(create).toThrow(CreateFamilyError);
    expect(create).toThrow(`the family cannot be written to ${target} (`);
    expect(create).toThrow('): choose another folder');
    expect(readdirSync(home)).toEqual(['file']);
  },
);

test('where a file cannot be written none is left, and another try is not refused', () => {
  const target = join(home, 'new', 'wave-net');
  const files = [
    { path: 'src/a.ts', text: '' },
    // A file and a folder of one name.
    { path: 'src/a.ts/b.ts', text: '' },
  ];
  expect(() => writeAll(target, files)).toThrow(`cannot be written to ${target} (`);
  expect(readdirSync(home)).toEqual([]);
  mkdirSync(join(home, 'wave-net'));
  expect(() => writeAll(join(home, 'wave-net'), files)).toThrow(CreateFamilyError);
  expect(readdirSync(home, { recursive: true })).toEqual(['wave-net']);
});

test('what callers without types give is refused by its name', () => {
  const create = createFamily as (...given: readonly unknown[]) => unknown;
  const folder = join(home, 'wave-net');
  expect(() => create(3)).toThrow('expected the folder of the new family, got 3');
  expect(() => create(folder, 3)).toThrow('expected options as an object, got 3');
  expect(() => create(folder, { nam: 'x' })).toThrow(
    "there is no option 'nam'; the options are name, workspace",
  );
  expect(() => create(folder, { name: 3 })).toThrow('expected name as a string, got 3');
  expect(() => create(folder, { workspace: 'no' })).toThrow(
    "expected workspace as a boolean, got 'no'",
  );
});

const program = join(import.meta.dirname, 'bin.ts');

test('the command writes a package and says what is next', () => {
  const printed = execFileSync(process.execPath, [program, 'wave-net'], {
    cwd: home,
    encoding: 'utf8',
  });
  expect(printed).toContain('  src/wave-net.ts\n');
  expect(printed).toContain('cd wave-net && npm install && npm test\n');
});

test.each([
  [[], 'expected one folder, got 0'],
  [['a', 'b'], 'expected one folder, got 2'],
  [['a', '--nam', 'x'], "Unknown option '--nam'"],
  [['A'], "got 'A'"],
])('the command refuses %j with its usage', (parameters, message) => {
  const { status, stderr } = spawnSync(process.execPath, [program, ...parameters], {
    cwd: home,
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain(message);
  expect(stderr).toContain('pnpm create @convnet/family <folder>');
});

test('the command says in one line where it cannot write', () => {
  writeFileSync(join(home, 'file'), 'mine');
  const { status, stderr } = spawnSync(process.execPath, [program, 'file/net'], {
    cwd: home,
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /^the family cannot be written to .*file\/net \(.*\): choose another folder\n$/,
  );
});
