import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { layoutModules } from '../scripts/layout.ts';
import { binariesFolder, committedLayout, layoutOf } from '../scripts/kernels.ts';
import { interfaceNumber } from './layout.generated.ts';
import { instantiate } from './loader.ts';
import { namesIn } from './names.ts';

const files = ['simd', 'relaxed', 'simd-threads', 'relaxed-threads'] as const;

const binaries = new Map(
  files.map((name) => [name, new Uint8Array(readFileSync(join(binariesFolder, `${name}.wasm`)))]),
);

test('the generated modules are what the committed binaries say of themselves', () => {
  const sorted = (modules: ReadonlyMap<string, string>): readonly (readonly string[])[] =>
    [...modules].sort(([a], [b]) => (a < b ? -1 : 1));
  expect(sorted(committedLayout())).toEqual(sorted(layoutOf(binaries)));
});

test.each(files)('%s.wasm has the number of the interface that it describes', (name) => {
  const shared = name.endsWith('threads');
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared });
  const kernels = instantiate(new WebAssembly.Module(binaries.get(name)!), memory);
  expect(kernels.interface_number() >>> 0).toBe(interfaceNumber);
});

const description = `constant calls 16
numbers joins Sum NaNs
kernel add_all addAll
kernel scale scale
struct addAll x:*constf32:0 out_bytes:usize:1 words 2
struct scale by:f32:0 words 1
struct axes of:[Line<AtomicU64>;8]:0 words 16
`;

test('a description becomes constants, numbers, words and the lists of integers that kernels take', () => {
  const modules = layoutModules(description, 4096);
  const exportsOf = (file: string): readonly string[] =>
    modules.get(`layout/${file}.generated.ts`)!.match(/(?<=^export const ).*/gm)!;
  expect([...modules.keys()]).toEqual([
    'layout.generated.ts',
    ...['constants', 'add-all', 'scale', 'axes'].map((name) => `layout/${name}.generated.ts`),
  ]);
  // Of the arguments of kernels: `axes` belongs to none.
  expect(exportsOf('constants')).toEqual([
    'calls = 16;',
    'mostArgumentWords = 2;',
    'stackBytes = 4096;',
  ]);
  expect(exportsOf('add-all')).toEqual(['x = 0;', 'outBytes = 1;', 'words = 2;']);
  expect(exportsOf('axes')).toEqual(['of = 0;', 'words = 16;']);
  const text = modules.get('layout.generated.ts');
  expect(text).toContain("export type KernelName =\n  | 'add_all'\n  | 'scale';");
  expect(text).toContain('export const joins = {\n  sum: 0,\n  naNs: 1,\n} as const;');
  // A float is written as such, not as one of a list of integers.
  expect(text).toMatch(
    /IntegerArguments \{\n {2}readonly add_all: readonly \[x: number, outBytes: number\];\n\}/,
  );
});

test.each(files)('%s.wasm names its kernels and operations by their numbers', (name) => {
  const { kernels, operations } = namesIn(new WebAssembly.Module(binaries.get(name)!))!;
  const declared = /KernelName =([^;]*);/.exec(committedLayout().get('layout.generated.ts')!)![1]!;
  expect([...kernels.keys()]).toEqual(
    Array.from(declared.matchAll(/'(\w+)'/g), ([, each]) => each),
  );
  for (const numbers of [kernels, operations]) {
    expect([...numbers.values()]).toEqual(Array.from(numbers.keys(), (_, i) => i));
  }
  expect([...operations.keys()]).toEqual(
    expect.arrayContaining(['add', 'isNaN', 'geluTanhGrad', 'preluSlopeGrad']),
  );
});

test('another field, and be it at the end, is another interface', () => {
  const numberOf = (of: string): string | undefined =>
    /interfaceNumber = (\d+);/.exec(layoutModules(of, 4096).get('layout.generated.ts')!)?.[1];
  const longer = description.replace('words 16', 'last:u32:16 words 17');
  expect(numberOf(longer)).not.toBe(numberOf(description));
});

test('what nobody knows how to describe is an error', () => {
  expect(() => layoutModules('table x 1\n', 4096)).toThrow('unknown kind: table x 1');
});
