/**
 * What differs between Node and the browser. Node's modules are loaded by name, so that bundlers for the browser do not
 * look for them.
 */

import type * as fileSystem from 'node:fs/promises';

interface NodeModules {
  readonly 'node:fs/promises': typeof fileSystem;
}

/** Loads a module of Node. */
export function nodeModule<Name extends keyof NodeModules>(name: Name): Promise<NodeModules[Name]> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name) as Promise<NodeModules[Name]>;
}

interface NodeProcess {
  readonly versions?: { readonly node?: string };
}

/** Whether there are files to open by their path. */
export const isNode: boolean =
  (globalThis as { readonly process?: NodeProcess }).process?.versions?.node !== undefined;
