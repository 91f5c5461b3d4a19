import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { layoutText } from '../scripts/layout.ts';
import { binariesFolder, layoutFile, layoutOf } from '../scripts/kernels.ts';
import { interfaceNumber } from './layout.generated.ts';
import { instantiate } from './loader.ts';

const files = ['simd', 'relaxed', 'simd-threads', 'relaxed-threads'] as const;

const binaries = new Map(
  files.map((name) => [name, new Uint8Array(readFileSync(join(binariesFolder, `${name}.wasm`)))]),
);

test('the layout file is what the committed binaries say of themselves', () => {
  expect(readFileSync(layoutFile, 'utf8')).toBe(layoutOf(binaries));
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
  const text = layoutText(description, 4096);
  expect(text).toContain('  calls: 16,\n  stackBytes: 4096,\n');
  expect(text).toContain('  kernels: {\n    add_all: 0,\n    scale: 1,\n  },');
  expect(text).toContain('  joins: {\n    sum: 0,\n    naNs: 1,\n  },');
  expect(text).toContain('  addAll: {\n    x: 0,\n    outBytes: 1,\n    words: 2,\n  },');
  expect(text).toContain('  axes: {\n    of: 0,\n    words: 16,\n  },');
  // A float is written as such, not as one of a list of integers.
  expect(text).toMatch(
    /IntegerArguments \{\n {2}readonly add_all: readonly \[x: number, outBytes: number\];\n\}/,
  );
});

test('another field, and be it at the end, is another interface', () => {
  const numberIn = (text: string): string | undefined => /interfaceNumber = (\d+);/.exec(text)?.[1];
  const longer = description.replace('words 16', 'last:u32:16 words 17');
  expect(numberIn(layoutText(longer, 4096))).not.toBe(numberIn(layoutText(description, 4096)));
});

test('what nobody knows how to describe is an error', () => {
  expect(() => layoutText('table x 1\n', 4096)).toThrow('unknown kind: table x 1');
});
