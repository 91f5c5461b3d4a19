/** What a consumer with the types of a browser hands over and gets. */
import { wasm } from '@convnet/backend-wasm';
import { webgpu } from '@convnet/backend-webgpu';
import { fit, type FitOptions } from '@convnet/train';
import { ones, scope, type Device, type Tensor } from '@convnet/tensor-core';

export async function devices(bytes: ArrayBuffer): Promise<readonly Device[]> {
  return [
    await wasm({ binary: await WebAssembly.compile(bytes) }),
    await wasm({ binary: new Uint8Array(bytes) }),
    await wasm({ wasmUrl: new URL('/wasm/', location.href), workerUrl: '/worker.js' }),
    await webgpu({ powerPreference: 'low-power' }),
  ];
}

export async function saved(device: Device): Promise<Blob> {
  return new Blob([await ones([2], { device }).data()]);
}

export async function stopped(
  options: FitOptions,
  model: Parameters<typeof fit>[0],
): Promise<void> {
  const stop = new AbortController();
  const [epoch] = await fit(model, { ...options, signal: stop.signal });
  console.log(epoch?.test?.accuracy);
}

export function disposed(device: Device): readonly number[] {
  using x: Tensor = ones([2], { device });
  return scope(() => x.shape);
}
