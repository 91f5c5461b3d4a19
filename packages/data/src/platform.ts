/**
 * What differs between Node and the browser. Node's modules are loaded by name, so that bundlers for the browser do not
 * look for them.
 */
import type * as childProcess from 'node:child_process';
import type * as plainFileSystem from 'node:fs';
import type * as fileSystem from 'node:fs/promises';
import type * as paths from 'node:path';
import type * as urls from 'node:url';
import type * as workerThreads from 'node:worker_threads';
import type * as compression from 'node:zlib';
import { NotInBrowserError } from './errors.ts';

interface NodeModules {
  readonly 'node:child_process': typeof childProcess;
  readonly 'node:fs': typeof plainFileSystem;
  readonly 'node:fs/promises': typeof fileSystem;
  readonly 'node:path': typeof paths;
  readonly 'node:url': typeof urls;
  readonly 'node:worker_threads': typeof workerThreads;
  readonly 'node:zlib': typeof compression;
}

const nodeProcess = (
  globalThis as { readonly process?: { readonly versions?: { readonly node?: string } } }
).process;

export const isNode: boolean = nodeProcess?.versions?.node !== undefined;

/**
 * Loads a module of Node.
 *
 * @param what What it is wanted for, for the error.
 * @throws NotInBrowserError elsewhere.
 */
export async function nodeModule<Name extends keyof NodeModules>(
  name: Name,
  what: string,
): Promise<NodeModules[Name]> {
  if (!isNode) throw new NotInBrowserError(`${what} needs Node`);
  return (await import(/* webpackIgnore: true */ /* @vite-ignore */ name)) as NodeModules[Name];
}
