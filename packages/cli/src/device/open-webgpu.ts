import { pathToFileURL } from 'node:url';

import type { GpuLike, TileTable, WebGpuDevice, WebGpuOptions } from '@convnet/backend-webgpu';

import { CliError, messageOf } from '../errors.ts';
import {
  identityOf,
  isSoftware,
  nameOf,
  type AdapterIdentity,
  type AdapterInfo,
} from './adapter.ts';
import { findPackage } from './find-package.ts';
import type { OpenedDevice } from './opened-device.ts';
import { keptTiles } from './tile-store.ts';

/** How WebGPU is opened. */
export interface WebGpuRequest {
  readonly acceptsSoftware: boolean;
  /** Whether the table of tiles is taken that `convnet tune` has kept for the adapter. */
  readonly usesKeptTiles: boolean;
}

/** A WebGPU device, and whose it is. */
export interface OpenedWebGpu extends OpenedDevice {
  readonly device: WebGpuDevice;
  readonly adapter: AdapterIdentity;
  readonly isSoftware: boolean;
}

/** The adapter that is looked at must be the one that is opened. */
const powerPreference = 'high-performance';

/** Milliseconds for which an adapter may be on its way, as in `webgpu()`. */
const longestRequest = 60_000;

/**
 * WebGPU: the runtime's own, or Dawn's.
 * @throws CliError where there is none, or only software that is not accepted.
 */
export async function openWebGpu({
  acceptsSoftware,
  usesKeptTiles,
}: WebGpuRequest): Promise<OpenedWebGpu> {
  const gpu = await findGpu();
  const info = await infoOf(gpu);
  const adapter = identityOf(info);
  if (isSoftware(info) && !acceptsSoftware) {
    throw new CliError(`webgpu: the only adapter, ${nameOf(adapter)}, is software`);
  }
  const kept = usesKeptTiles ? await keptTiles(adapter) : { table: null, problem: null };
  const { device, note } = await openWith({ gpu, powerPreference }, kept.table);
  const notes = [kept.problem === null ? null : `${kept.problem}: not used`, note];
  const said = [nameOf(adapter), ...notes].filter((text) => text !== null).join('; ');
  return { device, adapter, isSoftware: isSoftware(info), description: `webgpu (${said})` };
}

/**
 * What WebGPU says of its adapter, before a device is opened on it.
 * @throws CliError where there is none, or none that comes.
 */
async function infoOf(gpu: GpuLike): Promise<AdapterInfo> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const seconds = longestRequest / 1000;
    const said = `webgpu: no adapter came within ${seconds} s: the driver hangs; --device wasm works everywhere`;
    timer = setTimeout(() => reject(new CliError(said)), longestRequest);
  });
  try {
    const found = await Promise.race([
      gpu.requestAdapter({ powerPreference }).catch(() => null),
      late,
    ]);
    if (found !== null) return (found as { readonly info?: AdapterInfo }).info ?? {};
  } finally {
    clearTimeout(timer);
  }
  throw new CliError('webgpu: there is no adapter; --device wasm works everywhere');
}

/** Opens a device with a table of tiles where that serves; and what to tell of it. */
async function openWith(
  options: WebGpuOptions,
  tiles: TileTable | null,
): Promise<{ readonly device: WebGpuDevice; readonly note: string | null }> {
  const { TileTableError, webgpu } = await import('@convnet/backend-webgpu');
  if (tiles === null) return { device: await webgpu(options), note: null };
  try {
    const device = await webgpu({ ...options, tiles });
    return { device, note: 'tiles of convnet tune' };
  } catch (error) {
    if (!(error instanceof TileTableError)) throw error;
    const note = `tiles of convnet tune not used: ${error.message}`;
    return { device: await webgpu(options), note };
  }
}

let found: Promise<GpuLike> | undefined;

/** Whether the process must be ended, because Dawn keeps it alive. */
export const holdsProcess = (): boolean => found !== undefined;

/** The runtime's own WebGPU, or Dawn, the npm package `webgpu`. */
async function findGpu(): Promise<GpuLike> {
  const own = (globalThis.navigator as { readonly gpu?: GpuLike } | undefined)?.gpu;
  if (own !== undefined) return own;
  const entry = findPackage('webgpu');
  if (entry === null) {
    throw new CliError(
      "webgpu: the npm package 'webgpu' is not installed here: npm install webgpu, or use --device wasm",
    );
  }
  found ??= import(pathToFileURL(entry).href).then(
    ({ create }: { create(options: readonly string[]): GpuLike }) => create([]),
  );
  return found.catch((cause: unknown) => {
    found = undefined;
    throw new CliError(`webgpu: the npm package does not load (${messageOf(cause)})`, { cause });
  });
}
