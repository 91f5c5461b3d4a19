import { wasm } from '@convnet/backend-wasm';
import type { Device } from '@convnet/tensor-core';

import type { DeviceInfo, DeviceName } from './api.ts';

/** Threads of the device `threads`: more than eight gain little with networks as small as these. */
function threadCount(): number {
  return Math.min(8, Math.max(1, navigator.hardwareConcurrency));
}

/** The devices of this browser, and why one is missing. */
export async function findDevices(): Promise<readonly DeviceInfo[]> {
  const threads = threadCount();
  return [
    { name: 'wasm', title: 'WebAssembly, 1 thread', missing: null },
    {
      name: 'threads',
      title: `WebAssembly, ${threads} threads`,
      missing: whyNoThreads(threads),
    },
    { name: 'webgpu', title: 'WebGPU', missing: await whyNoWebGpu() },
  ];
}

function whyNoThreads(threads: number): string | null {
  if (threads < 2) return 'This machine has one core.';
  if (globalThis.crossOriginIsolated) return null;
  return (
    'Threads need a page that is cross-origin isolated: its server has to send ' +
    'Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp.'
  );
}

async function whyNoWebGpu(): Promise<string | null> {
  const { gpu } = navigator as Partial<Navigator>;
  if (gpu === undefined) {
    return globalThis.isSecureContext
      ? 'This browser has no WebGPU.'
      : 'Browsers hide WebGPU from pages without https.';
  }
  const adapter = await gpu.requestAdapter().catch(() => null);
  return adapter === null
    ? 'This browser has WebGPU, but found no graphics processor for it.'
    : null;
}

/** @throws what the backend throws where it cannot be had. */
export async function openDevice(name: DeviceName): Promise<Device> {
  if (name === 'webgpu') {
    // Who stays on WebAssembly does not load its shaders.
    const { webgpu } = await import('@convnet/backend-webgpu');
    return webgpu();
  }
  return wasm({ threads: name === 'threads' ? threadCount() : 1 });
}
