import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

import type { GpuLike } from '@convnet/backend-webgpu';
import type { Device } from '@convnet/tensor-core';

import { AbsentDeviceError } from './absent-device-error.ts';

/** Dawn's entry in Node, from the npm package `webgpu`. */
interface Dawn {
  create(options: readonly string[]): GpuLike;
}

/** Chromium's software adapter, for machines without a GPU. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

/** A process has one instance of Dawn, and does not end by itself while there is one. */
let gpu: Promise<GpuLike> | undefined;

/** Whether the process must be ended, because Dawn keeps it alive. */
export const holdsProcess = (): boolean => gpu !== undefined;

/**
 * WebGPU in Node through Dawn.
 * @throws AbsentDeviceError without the npm package `webgpu` or without an adapter.
 */
export async function openWebGpu(): Promise<Device> {
  const { NoAdapterError, webgpu } = await import('@convnet/backend-webgpu');
  gpu ??= loadDawn();
  const found = await gpu.catch((error: unknown) => {
    gpu = undefined;
    throw error;
  });
  try {
    return await webgpu({ gpu: found });
  } catch (cause) {
    if (!(cause instanceof NoAdapterError)) throw cause;
    throw new AbsentDeviceError(
      'webgpu',
      'Dawn finds no adapter',
      'A GPU with a Vulkan, Metal or Direct3D 12 driver brings it, or a software adapter that VK_ICD_FILENAMES names',
      { cause },
    );
  }
}

async function loadDawn(): Promise<GpuLike> {
  const { create } = (await import(pathToFileURL(dawnEntry()).href)) as Dawn;
  return create([]);
}

/**
 * The file that loads Dawn. Where there is Chromium's software adapter, Vulkan is told of it.
 * @throws AbsentDeviceError without the npm package `webgpu`.
 */
export function dawnEntry(): string {
  const folder = process.env['WEBGPU_PACKAGE'];
  const require = createRequire(folder === undefined ? import.meta.url : `${folder}/package.json`);
  let entry: string;
  try {
    entry = require.resolve(folder ?? 'webgpu');
  } catch (cause) {
    throw new AbsentDeviceError(
      'webgpu',
      folder === undefined
        ? "the npm package 'webgpu' (Dawn) is not installed"
        : `WEBGPU_PACKAGE names no package: ${folder}`,
      "Install 'webgpu' with npm in any folder and name that package's folder by WEBGPU_PACKAGE",
      { cause },
    );
  }
  if (existsSync(swiftShader)) process.env['VK_ICD_FILENAMES'] ??= swiftShader;
  return entry;
}
