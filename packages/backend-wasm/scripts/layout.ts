/**
 * What a binary of the kernels says of itself (`rust/src/queue/description.rs`), as the TypeScript that the host works
 * with.
 */

import { lowerFirst } from '../src/names.ts';

/** A struct that host and kernels share: name, type and word of each field, and the words of all. */
interface Struct {
  readonly fields: readonly (readonly [name: string, type: string, word: number])[];
  readonly words: number;
}

interface Description {
  readonly constants: Map<string, number>;
  /** Names that stand for numbers, from 0 on. */
  readonly numbers: Map<string, readonly string[]>;
  /** The struct that the arguments of each kernel are. */
  readonly kernels: Map<string, string>;
  readonly structs: Map<string, Struct>;
}

/** @throws Error where the binary has no such section. */
export function descriptionIn(binary: Uint8Array<ArrayBuffer>): string {
  const module = new WebAssembly.Module(binary);
  const [section] = WebAssembly.Module.customSections(module, 'convnet-interface');
  if (section === undefined) throw new Error('the binary does not describe its interface');
  return new TextDecoder().decode(section);
}

function parse(description: string): Description {
  const parsed: Description = {
    constants: new Map(),
    numbers: new Map(),
    kernels: new Map(),
    structs: new Map(),
  };
  for (const line of description.trim().split('\n')) {
    const [kind, name, ...rest] = line.split(' ') as [string, string, ...string[]];
    if (kind === 'constant') parsed.constants.set(name, Number(rest[0]));
    else if (kind === 'numbers') parsed.numbers.set(name, rest.map(lowerFirst));
    else if (kind === 'kernel') parsed.kernels.set(name, rest[0]!);
    else if (kind === 'struct') parsed.structs.set(name, structOf(rest));
    else throw new Error(`a description of an unknown kind: ${line}`);
  }
  return parsed;
}

function structOf(parts: readonly string[]): Struct {
  const fields = parts.slice(0, -2).map((part) => {
    const [field, ...rest] = part.split(':') as [string, ...string[]];
    return [camel(field), rest.slice(0, -1).join(':'), Number(rest.at(-1))] as const;
  });
  return { fields, words: Number(parts.at(-1)) };
}

const camel = (name: string): string =>
  name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
const kebab = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** FNV-1a of the description, as the binary computes it. */
function interfaceNumberOf(description: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(description)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

/** What the host reads from the binary when it has loaded it (`names.ts`): no list of it is generated. */
const readWhenLoaded: ReadonlySet<string> = new Set(['operations']);

function objectOf(name: string, names: readonly string[]): string[] {
  return [
    '',
    `export const ${name} = {`,
    ...names.map((each, i) => `  ${each}: ${i},`),
    '} as const;',
  ];
}

/** Fields of one word each, without fractions: what a list of integers can fill. */
function isPositional({ fields, words }: Struct): boolean {
  return fields.length === words && fields.every(([, type]) => type !== 'f32');
}

function tupleOf(kernel: string, { fields }: Struct): string[] {
  const members = fields.map(([name]) => `${name}: number`);
  const line = `  readonly ${kernel}: readonly [${members.join(', ')}];`;
  if (line.length <= 100) return [line];
  return [`  readonly ${kernel}: readonly [`, ...members.map((member) => `    ${member},`), '  ];'];
}

const head = [
  '/*',
  ' * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:',
  ' * `pnpm check:kernels` compares it with them.',
  ' */',
  '',
];

const lines = (...text: readonly string[]): string => [...head, ...text, ''].join('\n');

/** A module of numbers, which bundlers put where they are used. */
const moduleOf = (title: string, entries: Iterable<readonly [string, number]>): string =>
  lines(title, '', ...Array.from(entries, ([name, value]) => `export const ${name} = ${value};`));

/**
 * The generated modules by their path in `src`: `layout.generated.ts` with what is looked up by names, and a module for each
 * struct and one for the constants in `layout/`. `stackBytes` is what the linker is told.
 */
export function layoutModules(
  description: string,
  stackBytes: number,
): ReadonlyMap<string, string> {
  const { constants, numbers, kernels, structs } = parse(description);
  const positional = [...kernels].filter(([, struct]) => isPositional(structs.get(struct)!));
  const argumentWords = Array.from(new Set(kernels.values()), (name) => structs.get(name)!.words);
  const fileOf = (name: string): string => `layout/${kebab(name)}.generated.ts`;
  return new Map([
    [
      'layout.generated.ts',
      lines(
        '/** A binary with another number does not belong to this host. */',
        `export const interfaceNumber = ${interfaceNumberOf(description)};`,
        '',
        '/** Kernels that a call can name. */',
        'export type KernelName =',
        ...Array.from(
          kernels.keys(),
          (name, i) => `  | '${name}'${i + 1 < kernels.size ? '' : ';'}`,
        ),
        '',
        '// The numbers that stand for names.',
        ...[...numbers]
          .filter(([name]) => !readWhenLoaded.has(name))
          .flatMap(([name, names]) => objectOf(name, names)),
        '',
        '/** Arguments of the kernels whose arguments are integers, one word each, in their order. */',
        'export interface IntegerArguments {',
        ...positional.flatMap(([kernel, struct]) => tupleOf(kernel, structs.get(struct)!)),
        '}',
      ),
    ],
    [
      fileOf('constants'),
      moduleOf('// Sizes and limits that host and kernels share.', [
        ...constants,
        ['mostArgumentWords', Math.max(...argumentWords)],
        ['stackBytes', stackBytes],
      ]),
    ],
    ...Array.from(
      structs,
      ([name, { fields, words }]) =>
        [
          fileOf(name),
          moduleOf(
            `// Where the fields of ${name} begin, in words from its first, and the words of all.`,
            [...fields.map(([field, , word]) => [field, word] as const), ['words', words]],
          ),
        ] as const,
    ),
  ]);
}
