import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';

import { CreateFamilyError } from './errors.ts';
import { namesOf, type FamilyNames } from './names.ts';
import { writeAll, type PlannedFile } from './write-all.ts';

/** Options of `createFamily`. */
export interface CreateFamilyOptions {
  /** Of the package, with or without a scope. Default: that of the folder; in the repository, with its scope. */
  readonly name?: string;
  /** Whether the family is to be a package of convnet's own repository. Default false: one that stands alone. */
  readonly workspace?: boolean;
}

const kinds: ReadonlyMap<string, string> = new Map([
  ['name', 'string'],
  ['workspace', 'boolean'],
]);

/** The folder of this package, which `src` and `dist` lie in. */
const own = dirname(dirname(fileURLToPath(import.meta.url)));

/** @throws CreateFamilyError for what callers without types may give. */
function checkArguments(folder: unknown, options: unknown): void {
  if (typeof folder !== 'string' || folder === '') {
    throw new CreateFamilyError(`expected the folder of the new family, got ${inspect(folder)}`);
  }
  if (typeof options !== 'object' || options === null) {
    throw new CreateFamilyError(`expected options as an object, got ${inspect(options)}`);
  }
  for (const [key, value] of Object.entries(options)) {
    const kind = kinds.get(key);
    if (kind === undefined) {
      const names = [...kinds.keys()].join(', ');
      throw new CreateFamilyError(`there is no option '${key}'; the options are ${names}`);
    }
    if (value === undefined || typeof value === kind) continue;
    throw new CreateFamilyError(`expected ${key} as a ${kind}, got ${inspect(value)}`);
  }
}

/** Files below a folder, relative to it. */
function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(folder, file)).isFile(),
  );
}

/** What stands for the family in the template, and what it is called instead. */
function renamed(text: string, names: FamilyNames, packageName = names.kebab): string {
  return text
    .replaceAll('my-family', packageName)
    .replaceAll('my_family', names.snake)
    .replaceAll('MyFamily', names.pascal);
}

/** Within a file, `my-family` is the package, except where a file of it is meant. */
function rewritten(text: string, names: FamilyNames, engine: string): string {
  const files = text.replaceAll(
    /(['"`./])my-family(?=\.(?:ts|test\.ts)\b)/g,
    (_, before: string) => before + names.kebab,
  );
  return renamed(files, names, names.packageName).replaceAll('"ENGINE"', JSON.stringify(engine));
}

/** The range of the engine that this version of the template was made with: they are released together. */
function engineRange(): string {
  const { version } = JSON.parse(readFileSync(join(own, 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return `^${version}`;
}

/** Files that npm leaves out of a package, or takes for one, where they have their own names. */
const publishable: ReadonlyMap<string, string> = new Map([
  ['_gitignore', '.gitignore'],
  ['_package.json', 'package.json'],
]);

/** By the path that each file gets: the one of the template that it is made of. */
function plannedFiles(workspace: boolean): ReadonlyMap<string, string> {
  const template = join(own, 'template');
  const variant = workspace ? 'workspace' : 'standalone';
  const source = filesBelow(join(template, 'src')).map((file) => join('src', file));
  const common = ['README.md', ...source, ...(workspace ? [] : ['pytorch.py'])];
  return new Map([
    ...common.map((file) => [file, join(template, file)] as const),
    ...filesBelow(join(template, variant)).map(
      (file) => [publishable.get(file) ?? file, join(template, variant, file)] as const,
    ),
  ]);
}

/**
 * Writes the package of a new family of networks: a network that trains, its facts, its README, and tests that need no
 * PyTorch.
 *
 * @param folder A new or empty one.
 * @returns The files that were written, relative to the folder.
 * @throws CreateFamilyError where the folder is taken or cannot be written to, for a name that no package could have, for an
 * option that there is not.
 */
export function createFamily(folder: string, options: CreateFamilyOptions = {}): readonly string[] {
  checkArguments(folder, options);
  const { workspace = false } = options;
  const target = resolve(folder);
  const names = namesOf(options.name ?? `${workspace ? '@convnet/' : ''}${basename(target)}`);
  if (existsSync(target) && (!statSync(target).isDirectory() || readdirSync(target).length > 0)) {
    throw new CreateFamilyError(`expected a new or an empty folder, but ${target} holds something`);
  }
  const engine = engineRange();
  const files = Array.from(plannedFiles(workspace), ([path, source]): PlannedFile => ({
    path: renamed(path, names),
    text: rewritten(readFileSync(source, 'utf8'), names, engine),
  }));
  writeAll(target, files);
  return files.map(({ path }) => path.replaceAll('\\', '/')).toSorted();
}
