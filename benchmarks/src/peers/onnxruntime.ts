import { join } from 'node:path';

import { dawnEntry } from '../devices/open-webgpu.ts';
import type { InferencePeer } from './peer.ts';
import { inferenceProcess } from './inference-process.ts';
import { installed } from './installed.ts';
import type { PagePackage } from './page-package.ts';

/** One way to run onnxruntime. */
export interface OnnxruntimeForm {
  /** The npm package. */
  readonly package: 'onnxruntime-web' | 'onnxruntime-node';
  /** Its execution provider: what computes. */
  readonly provider: 'wasm' | 'webgpu' | 'cpu';
}

/** What one would run instead of a device of ours: by the device's name. */
const forms: Readonly<Record<string, readonly OnnxruntimeForm[]>> = {
  webgpu: [{ package: 'onnxruntime-web', provider: 'webgpu' }],
};

/** On the processor. */
const processorForms: readonly OnnxruntimeForm[] = [
  { package: 'onnxruntime-web', provider: 'wasm' },
  { package: 'onnxruntime-node', provider: 'cpu' },
];

/** The forms that run on the same hardware as a device. */
export const onnxruntimeForms = (deviceName: string): readonly OnnxruntimeForm[] =>
  forms[deviceName] ?? processorForms;

/** The release that the goals name. */
const version = '1.30.0';

/**
 * onnxruntime-web as pages load it.
 * @throws Error where npm can't install it.
 */
export async function onnxruntimeForPages(threads: number): Promise<PagePackage> {
  const name = 'onnxruntime-web';
  const folder = await installed([name], version);
  return {
    name,
    version,
    settings: {
      wasm: `WebAssembly with SIMD, threads: ${threads}, ONNX files with all graph optimisations`,
      webgpu: 'WebGPU, ONNX files with all graph optimisations',
    },
    files: join(folder, 'node_modules', name, 'dist'),
  };
}

const script = join(import.meta.dirname, 'onnxruntime-runs.mjs');

/**
 * onnxruntime in a process of its own. On WebGPU it runs in the same Dawn that our device does.
 * @throws Error where npm can't install it; AbsentDeviceError where WebGPU lacks Dawn.
 */
export async function onnxruntime(form: OnnxruntimeForm, threads: number): Promise<InferencePeer> {
  const { package: name, provider } = form;
  const dawn = provider === 'webgpu' ? dawnEntry() : '';
  const folder = await installed([name], version);
  const args = [script, folder, name, provider, String(threads), dawn];
  return inferenceProcess(provider === 'webgpu' ? `${name} webgpu` : name, version, args);
}
