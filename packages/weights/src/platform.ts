/**
 * What differs between Node and the browser. Node's modules are loaded by name, so that bundlers for the browser do not
 * look for them.
 */

import type * as cryptography from 'node:crypto';
import type * as fileSystem from 'node:fs/promises';
import type * as modules from 'node:module';
import type * as operatingSystem from 'node:os';
import type * as paths from 'node:path';
import type * as urls from 'node:url';

interface NodeModules {
  readonly 'node:crypto': typeof cryptography;
  readonly 'node:fs/promises': typeof fileSystem;
  readonly 'node:module': typeof modules;
  readonly 'node:os': typeof operatingSystem;
  readonly 'node:path': typeof paths;
  readonly 'node:url': typeof urls;
}

/** Loads a module of Node. */
export function nodeModule<Name extends keyof NodeModules>(name: Name): Promise<NodeModules[Name]> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name) as Promise<NodeModules[Name]>;
}

interface NodeProcess {
  readonly versions?: { readonly node?: string };
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly argv?: readonly string[];
  cwd?(): string;
}

const { process } = globalThis as { readonly process?: NodeProcess };

/** Whether there are files to open by their path. */
export const isNode: boolean = process?.versions?.node !== undefined;

/** A variable of the environment, where there is one that says something. */
export function environment(name: string): string | undefined {
  const value = process?.env?.[name];
  return value === '' ? undefined : value;
}

/** The folder that the process works in, and the program that it runs; of Node. */
export function environmentFolder(): { working: string; program: string | undefined } {
  return { working: process?.cwd?.() ?? '.', program: process?.argv?.[1] };
}
