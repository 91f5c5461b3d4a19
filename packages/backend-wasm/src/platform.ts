/**
 * What differs between Node and the browser. Node's modules are loaded by name, so that bundlers for the
 * browser do not look for them.
 */

import { MissingBinaryError } from './errors.ts';
import type * as fileSystem from 'node:fs/promises';
import type * as operatingSystem from 'node:os';
import type * as engine from 'node:v8';
import type * as workerThreads from 'node:worker_threads';

interface NodeModules {
  readonly 'node:fs/promises': typeof fileSystem;
  readonly 'node:os': typeof operatingSystem;
  readonly 'node:v8': typeof engine;
  readonly 'node:worker_threads': typeof workerThreads;
}

/** Loads a module of Node. */
export function nodeModule<Name extends keyof NodeModules>(name: Name): Promise<NodeModules[Name]> {
  return import(/* webpackIgnore: true */ /* @vite-ignore */ name) as Promise<NodeModules[Name]>;
}

interface NodeProcess {
  readonly versions?: { readonly node?: string };
  readonly arch?: string;
  cwd?(): string;
}

const nodeProcess = (globalThis as { readonly process?: NodeProcess }).process;

/** Node's version, or null elsewhere. */
export const nodeMajor: number | null =
  nodeProcess?.versions?.node === undefined ? null : Number.parseInt(nodeProcess.versions.node, 10);

/** Whether this machine has 256-bit registers for V8 to pair vectors in. */
export const isX64Node: boolean = nodeMajor !== null && nodeProcess?.arch === 'x64';

/** Whether V8 is new enough to keep twelve sums of a tile in registers. */
export function keepsTallTiles(): boolean {
  if (nodeMajor !== null) return nodeMajor >= 22;
  const agent = typeof navigator === 'undefined' ? '' : navigator.userAgent;
  const chrome = /Chrom(?:e|ium)\/(\d+)/.exec(agent)?.[1];
  return chrome !== undefined && Number(chrome) >= 124;
}

/** Whether this thread may park until another wakes it: not in a browser's main thread. */
export function mayWait(): boolean {
  return nodeMajor !== null || typeof document === 'undefined';
}

/** Whether memory can be shared with workers here: in a browser only on a cross-origin isolated page. */
export function isIsolated(): boolean {
  return nodeMajor !== null || globalThis.crossOriginIsolated;
}

/** Cores of this machine. */
export async function coreCount(): Promise<number> {
  if (nodeMajor !== null) return (await nodeModule('node:os')).availableParallelism();
  return navigator.hardwareConcurrency;
}

/**
 * Holds some of this process's address space until what this returns is called. It does so in Node from 22 on; where it is not
 * needed, in a browser, or cannot be given back at once, nothing is held.
 *
 * @throws RangeError where there is not as much.
 */
export function holdAddressSpace(bytes: number): () => void {
  if (nodeMajor === null || nodeMajor < 22) return () => {};
  const Resizable = ArrayBuffer as unknown as new (
    length: number,
    options: { readonly maxByteLength: number },
  ) => ArrayBuffer & { transferToFixedLength(): ArrayBuffer };
  const held = new Resizable(0, { maxByteLength: bytes });
  return () => void held.transferToFixedLength();
}

/** What relative URLs are relative to: the page, in Node the working directory. */
export function pageUrl(): string | undefined {
  if (nodeMajor !== null) return `file://${nodeProcess?.cwd?.() ?? ''}/`;
  return typeof document === 'undefined' ? globalThis.location?.href : document.baseURI;
}

/**
 * Compiles the module at a URL.
 *
 * @throws MissingBinaryError where there is none: no file, no answer, a page in its place, or a part of it.
 */
export async function compileFrom(url: URL): Promise<WebAssembly.Module> {
  const bytes = new Uint8Array(await (url.protocol === 'file:' ? readFile(url) : download(url)));
  const isWasm = [0, 97, 115, 109].every((byte, i) => bytes[i] === byte);
  if (!isWasm) throw new MissingBinaryError(url, `${bytes.length} bytes that are no WebAssembly`);
  return WebAssembly.compile(bytes).catch((error: unknown) => {
    const found = `${bytes.length} bytes that do not compile (${String(error)})`;
    throw new MissingBinaryError(url, found, { cause: error });
  });
}

async function readFile(url: URL): Promise<Uint8Array<ArrayBuffer>> {
  const files = await nodeModule('node:fs/promises');
  return files.readFile(url).catch((error: unknown) => {
    throw new MissingBinaryError(url, String(error), { cause: error });
  });
}

async function download(url: URL): Promise<ArrayBuffer> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new MissingBinaryError(url, String(error), { cause: error });
  });
  const { ok, status, statusText } = response;
  if (!ok) throw new MissingBinaryError(url, `the answer ${status} ${statusText}`.trim());
  const type = response.headers.get('content-type') ?? '';
  if (type.startsWith('text/html')) throw new MissingBinaryError(url, 'a page');
  return response.arrayBuffer();
}
