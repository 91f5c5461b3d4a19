import {
  type Kind,
  checkOptions,
  Device,
  elementCount,
  hostArray,
  oneOf,
  optionKinds,
  type Backend,
  type DType,
  type Kernels,
  type StoredArray,
} from '@convnet/tensor-core';

import { DeviceRequestError, NoAdapterError, WebGpuUnavailableError } from './errors.ts';
import { bytesFor, gpuBufferOf, type GpuTensorBuffer } from './gpu-buffer.ts';
import { batchNormKernels } from './kernels/batch-norm.ts';
import { convKernels } from './kernels/conv.ts';
import { elementKernels } from './kernels/elements.ts';
import { gatherKernels } from './kernels/gather.ts';
import { giveBack } from './kernels/kernel-support.ts';
import { matmulKernels } from './kernels/matmul.ts';
import { moveKernels } from './kernels/move.ts';
import { optimizerKernels } from './kernels/optimizer.ts';
import { pointwiseKernels } from './kernels/pointwise.ts';
import { orderKernels } from './kernels/order.ts';
import { poolKernels } from './kernels/pool.ts';
import { reduceKernels } from './kernels/reduce.ts';
import { resampleKernels } from './kernels/resample.ts';
import { softmaxKernels } from './kernels/softmax.ts';
import { Recorder } from './recorder.ts';
import { bufferUsage, mapForReading } from './usage.ts';

/** A `GPU`, in words of its own: the types of WebGPU do not stand in every environment, and differ where they do. */
export interface GpuLike {
  /** As `navigator.gpu` has it. */
  requestAdapter(options?: {
    powerPreference?: 'low-power' | 'high-performance';
  }): Promise<object | null>;
}

/** How `webgpu()` finds its device. */
export interface WebGpuOptions {
  /** Default `navigator.gpu`. In Node, `create([])` of the npm package `webgpu` gives one. */
  readonly gpu?: GpuLike;
  readonly powerPreference?: 'low-power' | 'high-performance';
}

const aGpu: Kind = {
  expected: 'a GPU with requestAdapter',
  accepts: (value) => typeof (value as Partial<GpuLike> | null)?.requestAdapter === 'function',
};

const webGpuOptions = optionKinds<WebGpuOptions>({
  gpu: aGpu,
  powerPreference: oneOf('low-power', 'high-performance'),
});

/** A device on WebGPU, with what only it can tell. */
export class WebGpuDevice extends Device {
  readonly #recorder: { readonly submissions: number };

  /** @internal Use `webgpu`. */
  constructor(backend: Backend, recorder: { readonly submissions: number }) {
    super(backend);
    this.#recorder = recorder;
  }

  /** Command buffers submitted so far. */
  get submissions(): number {
    return this.#recorder.submissions;
  }
}

/** As `webgpu`, with access to the inside. */
export async function open(
  options: WebGpuOptions = {},
): Promise<{ readonly device: WebGpuDevice; readonly recorder: Recorder }> {
  checkOptions('webgpu', options, webGpuOptions);
  const gpu = (options.gpu ?? (globalThis.navigator as Partial<Navigator> | undefined)?.gpu) as
    | GPU
    | undefined;
  if (gpu === undefined) {
    const { isSecureContext = true } = globalThis as { readonly isSecureContext?: boolean };
    throw new WebGpuUnavailableError(isSecureContext);
  }
  const adapter = await requestAdapter(gpu, options.powerPreference);
  const { description, vendor, architecture } = adapter.info;
  const name = description || `${vendor} ${architecture}`.trim() || 'unnamed';
  const recorder = new Recorder(await requestDevice(adapter, name));
  return { device: new WebGpuDevice(webgpuBackend(recorder, name), recorder), recorder };
}

/** @throws NoAdapterError. */
async function requestAdapter(
  gpu: GPU,
  powerPreference: GPUPowerPreference | undefined,
): Promise<GPUAdapter> {
  const wanted = powerPreference ? { powerPreference } : {};
  const adapter = await gpu.requestAdapter(wanted).catch((cause: unknown) => {
    throw new NoAdapterError(powerPreference, { cause });
  });
  if (adapter === null) throw new NoAdapterError(powerPreference);
  return adapter;
}

/** A device with the adapter's limits on buffers. @throws DeviceRequestError. */
async function requestDevice(adapter: GPUAdapter, name: string): Promise<GPUDevice> {
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const requiredLimits = { maxStorageBufferBindingSize, maxBufferSize };
  return adapter.requestDevice({ requiredLimits }).catch((cause: unknown) => {
    throw new DeviceRequestError(name, requiredLimits, cause);
  });
}

/**
 * A WebGPU device. Its limits on buffers are raised to what the adapter has.
 * @throws WebGpuUnavailableError without WebGPU, NoAdapterError without an adapter, DeviceRequestError where the
 *   adapter gives no device. Later, what is read throws DeviceLostError where the device is gone.
 */
export async function webgpu(options: WebGpuOptions = {}): Promise<WebGpuDevice> {
  return (await open(options)).device;
}

function webgpuBackend(recorder: Recorder, adapter: string): Backend {
  const elements = elementKernels(recorder);
  const { pointwise } = pointwiseKernels(recorder);
  const kernels: Partial<Kernels> = {
    ...elements,
    pointwise,
    ...moveKernels(recorder, elements.fill),
    ...gatherKernels(recorder, elements.fill),
    ...orderKernels(recorder),
    ...reduceKernels(recorder),
    ...matmulKernels(recorder),
    ...convKernels(recorder),
    ...poolKernels(recorder),
    ...resampleKernels(recorder),
    ...batchNormKernels(recorder, pointwise),
    ...softmaxKernels(recorder),
    ...optimizerKernels(recorder),
  };
  return {
    name: 'webgpu',
    description: `webgpu (${adapter})`,
    dtypes: ['float32', 'float16', 'int32', 'uint8', 'bool'],
    kernels,
    // WGSL lets implementations do so.
    flushesSubnormals: true,
    upload(data) {
      const words = toWords(data);
      const memory = { buffer: recorder.upload(words), holders: 1 };
      return { byteLength: words.byteLength, memory } satisfies GpuTensorBuffer;
    },
    async read(x) {
      const words = await readBytes(recorder, gpuBufferOf(x), bytesFor(x));
      return fromWords(words, x.dtype, elementCount(x.shape));
    },
    free: (buffer) => giveBack(recorder, buffer),
    memory: () => ({ live: recorder.pool.live, reserved: recorder.pool.reserved }),
    dispose: () => recorder.dispose(),
  };
}

async function readBytes(recorder: Recorder, from: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
  const staging = recorder.gpu.createBuffer({
    size: Math.max(bytes, 4),
    usage: bufferUsage.mapRead | bufferUsage.copyTarget,
  });
  if (bytes > 0) recorder.copy(from, staging, bytes);
  recorder.submit();
  try {
    await staging.mapAsync(mapForReading).catch((error: unknown) => {
      // A device that is gone knows why.
      recorder.check();
      throw error;
    });
    recorder.check();
    return staging.getMappedRange().slice(0, bytes);
  } finally {
    staging.destroy();
  }
}

/** Host elements in 32-bit words; the bits of float16 two to a word. */
function toWords(data: StoredArray): Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> {
  if (data instanceof Float32Array) return new Float32Array(data);
  if (!(data instanceof Uint16Array)) return Int32Array.from(data);
  const words = new Int32Array(Math.ceil(data.length / 2));
  new Uint16Array(words.buffer).set(data);
  return words;
}

/** Host elements from 32-bit words. */
function fromWords(words: ArrayBuffer, dtype: DType, count: number): StoredArray<ArrayBuffer> {
  if (dtype === 'float32') return new Float32Array(words);
  if (dtype === 'float16') return new Uint16Array(words, 0, count);
  const integers = new Int32Array(words);
  if (dtype === 'int32') return integers;
  const values = hostArray(dtype, count);
  values.set(integers);
  return values;
}
