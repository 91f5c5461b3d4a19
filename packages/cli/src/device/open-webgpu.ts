import { pathToFileURL } from 'node:url';

import type { GpuLike } from '@convnet/backend-webgpu';

import { CliError, messageOf } from '../errors.ts';
import { findPackage } from './find-package.ts';
import type { OpenedDevice } from './opened-device.ts';

/** What is read of a `GPUAdapterInfo`. */
interface AdapterInfo {
  readonly vendor?: string;
  readonly architecture?: string;
  readonly description?: string;
  readonly isFallbackAdapter?: boolean;
}

/**
 * WebGPU: the runtime's own, or Dawn's.
 * @throws CliError where there is none, or only software that is not accepted.
 */
export async function openWebGpu({
  acceptsSoftware,
}: {
  readonly acceptsSoftware: boolean;
}): Promise<OpenedDevice> {
  const gpu = await findGpu();
  const adapter = await gpu.requestAdapter().catch(() => null);
  if (adapter === null) {
    throw new CliError('webgpu: there is no adapter; --device wasm works everywhere');
  }
  const { info = {} } = adapter as { readonly info?: AdapterInfo };
  const { vendor = '', architecture = '', description = '' } = info;
  const name = [description, `${vendor} ${architecture}`.trim()].find((text) => text !== '');
  const isSoftware =
    info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe/i.test(name ?? '');
  if (isSoftware && !acceptsSoftware) {
    throw new CliError(`webgpu: the only adapter, ${name}, is software`);
  }
  const { webgpu } = await import('@convnet/backend-webgpu');
  return {
    device: await webgpu({ gpu, powerPreference: 'high-performance' }),
    description: `webgpu (${name ?? 'unnamed adapter'})`,
  };
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
