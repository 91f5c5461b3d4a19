import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicPackages, workspacePackages, type WorkspacePackage } from '../workspace.ts';

/** A file of sources: where it stands, of which package it is, and what it says. */
interface Source {
  readonly path: string;
  readonly owner: string;
  readonly text: string;
}

/** Names of a list between braces, each as both sides call it: `{ type A, b as c }` is A and A, b and c. */
function namesOf(list: string): readonly (readonly [theirs: string, ours: string])[] {
  return list
    .split(',')
    .map((item) => item.trim().replace(/^type\s+/, ''))
    .filter((item) => item !== '')
    .map((item) => item.split(/\s+as\s+/))
    .map((sides) => [sides[0]!, sides.at(-1)!]);
}

/** Names that a source marks as `@internal` where it declares them. */
export function internalsIn(text: string): readonly string[] {
  const marked =
    /@internal(?:(?!\*\/).)*\*\/\s*(?:\/\* @__NO_SIDE_EFFECTS__ \*\/\s*)?export (?:abstract |async )?(?:(?:function\*?|class|const|interface|type) |\{ \w+ as )(\w+)/gs;
  return Array.from(text.matchAll(marked), ([, name]) => name!);
}

/** What a source imports, or hands on, from a package: `@convnet/layers#Module`. */
export function namesImported(text: string): readonly string[] {
  const statements = /\b(?:import|export)\s+(?:type\s+)?\{([^}]*)\}\s*from\s*'(@convnet\/[^']+)'/g;
  const taken = Array.from(text.matchAll(statements), ([, list, from]) =>
    namesOf(list!).map(([name]) => `${packageNamed(from!)}#${name}`),
  );
  const spaces = /\bimport\s+\*\s+as\s+(\w+)\s+from\s*'(@convnet\/[^']+)'/g;
  const reached = Array.from(text.matchAll(spaces), ([, space, from]) =>
    Array.from(
      text.matchAll(new RegExp(`\\b${space!}\\.(\\w+)`, 'g')),
      ([, name]) => `${packageNamed(from!)}#${name!}`,
    ),
  );
  return [...taken, ...reached].flat();
}

function packageNamed(specifier: string): string {
  return specifier.split('/').slice(0, 2).join('/');
}

/** The sources of a package but for its tests, for which nothing is exported. */
function sourcesOf({ folder, json }: WorkspacePackage): readonly Source[] {
  return globSync('**/*.{ts,tsx}', {
    cwd: folder,
    exclude: (name) => name === 'node_modules' || name === 'dist',
  })
    .filter((path) => !path.endsWith('.test.ts'))
    .map((path) => ({
      path,
      owner: json.name,
      text: readFileSync(join(folder, path), 'utf8'),
    }));
}

/** What an entry exports by name, through the files of its package that it hands on. */
function exportsOf(entry: string, files: ReadonlyMap<string, string>): readonly string[] {
  const text = files.get(entry) ?? '';
  const beside = (to: string): string => join(entry, '..', to);
  const lists = Array.from(text.matchAll(/\bexport\s+(?:type\s+)?\{([^}]*)\}/g), ([, list]) =>
    namesOf(list!).map(([, name]) => name),
  );
  const all = Array.from(text.matchAll(/\bexport \* from '(\.[^']+)'/g), ([, to]) =>
    exportsOf(beside(to!), files),
  );
  const own = Array.from(
    text.matchAll(
      /^export (?:abstract |async )?(?:function\*?|class|const|interface|type) (\w+)/gm,
    ),
    ([, name]) => name!,
  );
  return [...lists, ...all, own].flat();
}

/**
 * Exports that are marked `@internal` and that no other package of the repository reads: `@convnet/layers#name`. There is
 * nobody they are exported for.
 */
export function unreadInternals(): readonly string[] {
  const sources = workspacePackages().flatMap(sourcesOf);
  const readers = new Map<string, Set<string>>();
  for (const { owner, text } of sources) {
    for (const name of namesImported(text)) {
      const of = readers.get(name) ?? new Set();
      readers.set(name, of.add(owner));
    }
  }
  return publicPackages().flatMap((each) => {
    const name = each.json.name;
    const own = sources.filter(({ owner }) => owner === name);
    const files = new Map(own.map(({ path, text }) => [path, text]));
    const internals = new Set(own.flatMap(({ text }) => internalsIn(text)));
    const entries = Object.values(each.json.exports ?? {}).filter((file) => file.endsWith('.ts'));
    const exported = new Set(entries.flatMap((file) => exportsOf(join(file), files)));
    return [...exported]
      .filter((one) => internals.has(one))
      .filter((one) => {
        const of = readers.get(`${name}#${one}`) ?? new Set<string>();
        return [...of].every((reader) => reader === name);
      })
      .map((one) => `${name}#${one}`);
  });
}
