import { createRequire } from 'node:module';
import { existsSync, readdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Dawn's entry in Node, from the npm package `webgpu`. */
interface Dawn {
  create(options: readonly string[]): GPU;
}

/** Chromium's software adapter, for machines without a GPU. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';

/**
 * A GPU for tests in Node, or why there is none. The package `webgpu` (130 MB) is no dependency: it is
 * found where it is installed, or at the folder that WEBGPU_PACKAGE names.
 * @throws Error without a GPU where WEBGPU_PACKAGE says that there is one.
 */
export async function dawn(): Promise<{ readonly gpu: GPU } | { readonly missing: string }> {
  const folder = process.env['WEBGPU_PACKAGE'];
  const found = await gpuFound();
  if ('missing' in found && folder !== undefined) {
    throw new Error(`WEBGPU_PACKAGE is ${folder}, but ${found.missing}`);
  }
  return found;
}

/** Where Mesa's drivers are named. */
const drivers = '/usr/share/vulkan/icd.d';

/**
 * A GPU whose adapter computes in halves (`shader-f16`), or why there is none: that of `dawn`, or else Mesa's software adapter,
 * which has them from version 25 on.
 * @throws as `dawn`.
 */
export async function dawnWithHalves(): Promise<
  { readonly gpu: GPU } | { readonly missing: string }
> {
  const given = process.env['VK_ICD_FILENAMES'];
  const found = await dawn();
  if ('missing' in found || (await hasHalves(found.gpu))) return found;
  const lavapipe = existsSync(drivers)
    ? readdirSync(drivers).find((name) => name.startsWith('lvp_icd'))
    : undefined;
  if (given === undefined && lavapipe !== undefined) {
    const before = process.env['VK_ICD_FILENAMES'];
    process.env['VK_ICD_FILENAMES'] = `${drivers}/${lavapipe}`;
    const { create } = (await import(dawnEntry()!)) as Dawn;
    const gpu = create([]);
    const fits = await hasHalves(gpu);
    if (before !== undefined) process.env['VK_ICD_FILENAMES'] = before;
    if (fits) return { gpu };
  }
  return {
    missing: 'no adapter has shader-f16; the software adapter of mesa-vulkan-drivers 25 does',
  };
}

async function hasHalves(gpu: GPU): Promise<boolean> {
  const adapter = await gpu.requestAdapter();
  return adapter?.features.has('shader-f16') ?? false;
}

/** Where the package `webgpu` is loaded from, found as by `dawn`; null where it is not installed. */
export function dawnEntry(): string | null {
  const folder = process.env['WEBGPU_PACKAGE'];
  const require = createRequire(folder === undefined ? import.meta.url : `${folder}/package.json`);
  try {
    return pathToFileURL(require.resolve(folder ?? 'webgpu')).href;
  } catch {
    return null;
  }
}

async function gpuFound(): Promise<{ readonly gpu: GPU } | { readonly missing: string }> {
  const entry = dawnEntry();
  if (entry === null) return { missing: "npm package 'webgpu' (Dawn) not installed" };
  if (existsSync(swiftShader)) process.env['VK_ICD_FILENAMES'] ??= swiftShader;
  const { create } = (await import(entry)) as Dawn;
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  return adapter === null ? { missing: 'Dawn finds no Vulkan adapter' } : { gpu };
}
