import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Root folder of the repository. */
export const root: string = dirname(import.meta.dirname);

/** The fields of a package.json that the checks read. */
export interface PackageJson {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly license?: string;
  readonly type?: string;
  readonly sideEffects?: boolean | readonly string[];
  readonly files?: readonly string[];
  readonly exports?: Readonly<Record<string, string>>;
  /** Commands by their names. */
  readonly bin?: Readonly<Record<string, string>>;
  readonly publishConfig?: {
    readonly access?: string;
    readonly main?: string;
    readonly types?: string;
    readonly exports?: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
    readonly bin?: Readonly<Record<string, string>>;
  };
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly engines?: Readonly<Record<string, string>>;
}

/** A package of this repository. */
export interface WorkspacePackage {
  /** Absolute folder. */
  readonly folder: string;
  /** Folder relative to the root, with forward slashes. */
  readonly path: string;
  readonly json: PackageJson;
}

/** All packages of the repository, in the order of their paths. */
export function workspacePackages(): readonly WorkspacePackage[] {
  const patterns = [
    'packages/*/package.json',
    'packages/models/*/package.json',
    '{benchmarks,datasets,examples,examples/playground}/package.json',
  ];
  return globSync(patterns, { cwd: root })
    .map((file) => dirname(file).replaceAll('\\', '/'))
    .toSorted()
    .map((path) => ({
      path,
      folder: join(root, path),
      json: JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as PackageJson,
    }));
}

/** The packages that are published. */
export function publicPackages(): readonly WorkspacePackage[] {
  return workspacePackages().filter(({ json }) => json.private !== true);
}

/**
 * Prints what a check found and sets the exit code of the process.
 *
 * @param name What was checked.
 * @param problems One line each; none means that the check passed.
 */
export function report(name: string, problems: readonly string[]): void {
  if (problems.length === 0) {
    console.log(`${name}: ok`);
    return;
  }
  for (const problem of problems) console.error(`${name}: ${problem}`);
  process.exitCode = 1;
}
