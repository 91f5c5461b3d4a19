import {
  type Kind,
  anObject,
  checkOptions,
  Device,
  elementCount,
  formatBytes,
  hostArray,
  numberAbove,
  oneOf,
  optionKinds,
  type Backend,
  type DType,
  type StoredArray,
} from '@convnet/tensor-core';

import {
  DeviceRequestError,
  DeviceTimeoutError,
  MissingFeatureError,
  NoAdapterError,
  WebGpuUnavailableError,
} from './errors.ts';
import { bytesFor, memoryOf, tensorBuffer, type Memory } from './gpu-buffer.ts';
import { inTime } from './commands/in-time.ts';
import { Recorder } from './commands/recorder.ts';
import { giveBack } from './kernels/kernel-support.ts';
import { webgpuKernels } from './kernels/index.ts';
import { reuseKernels } from './kernels/reuse.ts';
import { tilesOf } from './kernels/tiled/tile.ts';
import { prepareStep } from './prepare/prepare-step.ts';
import { tilesIn, type TileTable } from './tune/tile-table.ts';
import { mapForReading } from './usage.ts';

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
  /**
   * Seconds that a submission (the work of a task, such as a training step) may take before what waits for it, such as a read, is a
   * WorkTimeoutError. Default 600; Infinity waits for ever.
   */
  readonly timeout?: number;
  /** How products are divided, as `tuneTiles` has measured it on this adapter. Default: a table by vendor. */
  readonly tiles?: TileTable;
  /**
   * How weights of compiled networks (`compile` of layers) are stored. 'float16' halves what they take and what is read of them; it
   * rounds them once, to 11 bits. Sums, and all else, stay in float32, as does training. Needs an adapter with the
   * feature shader-f16. A compiled network with a weight beyond 65504 is a Float16RangeError when its output is read.
   * Default 'float32'.
   */
  readonly storage?: 'float32' | 'float16';
}

const aGpu: Kind = {
  expected: 'a GPU with requestAdapter',
  accepts: (value) => typeof (value as Partial<GpuLike> | null)?.requestAdapter === 'function',
};

const webGpuOptions = optionKinds<WebGpuOptions>({
  gpu: aGpu,
  powerPreference: oneOf('low-power', 'high-performance'),
  timeout: numberAbove(0, Infinity),
  tiles: anObject,
  storage: oneOf('float32', 'float16'),
});

/** The recorders of devices: not a property, whose type would bring WebGPU's own into the public ones. */
const recorders = new WeakMap<WebGpuDevice, Recorder>();

/** What writes the commands of a device. */
export const recorderOf = (device: WebGpuDevice): Recorder => recorders.get(device)!;

/** A device on WebGPU, with what only it can tell. */
export class WebGpuDevice extends Device {
  /** @internal Use `webgpu`. @param recorder a `Recorder`; of it this says what it may. */
  constructor(backend: Backend, recorder: { readonly submissions: number }) {
    super(backend);
    recorders.set(this, recorder as Recorder);
  }

  /** Command buffers submitted so far. */
  get submissions(): number {
    return recorderOf(this).submissions;
  }

  /** Dispatches of kernels recorded so far. */
  get dispatches(): number {
    return recorderOf(this).dispatches;
  }

  /**
   * Settles when the device is done with all that it was given: for measuring. Nothing else needs it.
   * @throws DeviceLostError, WorkTimeoutError, DisposedError, and whatever else went wrong on the device.
   */
  synchronize(): Promise<void> {
    return recorderOf(this).synchronize();
  }
}

/** What every device gives a workgroup, and a device that asks for no more. */
const leastWorkgroup = {
  maxComputeInvocationsPerWorkgroup: 256,
  maxComputeWorkgroupStorageSize: 16_384,
};

/** Milliseconds for which an adapter or a device may be on its way. */
const longestRequest = 60_000;

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
  // Refused before there is a device that would have to be given back.
  const tiles =
    options.tiles === undefined ? tilesOf(vendor) : tilesIn(options.tiles, name, leastWorkgroup);
  const subgroupSize = subgroupSizeOf(adapter);
  const { storage = 'float32' } = options;
  if (storage === 'float16') requireHalves(adapter, name);
  const features: GPUFeatureName[] = [];
  if (subgroupSize !== null) features.push('subgroups');
  if (storage === 'float16') features.push('shader-f16');
  const device = await requestDevice(adapter, name, features);
  const recorder = new Recorder(device, name, tiles, subgroupSize, [gpu, adapter], storage);
  if (options.timeout !== undefined) recorder.timeout = options.timeout;
  return { device: new WebGpuDevice(webgpuBackend(recorder, name), recorder), recorder };
}

/** @throws NoAdapterError, DeviceTimeoutError. */
async function requestAdapter(
  gpu: GPU,
  powerPreference: GPUPowerPreference | undefined,
): Promise<GPUAdapter> {
  const wanted = powerPreference ? { powerPreference } : {};
  const asked = gpu.requestAdapter(wanted).catch((cause: unknown) => {
    throw new NoAdapterError(powerPreference, { cause });
  });
  const adapter = await inTime(asked, longestRequest, () => lateRequest('adapter'));
  if (adapter === null) throw new NoAdapterError(powerPreference);
  return adapter;
}

/** The most invocations of a subgroup; null where the adapter has none for shaders. */
function subgroupSizeOf({ features, info }: GPUAdapter): number | null {
  const { subgroupMaxSize } = info as { readonly subgroupMaxSize?: number };
  // Adapters of older browsers have the feature and not the size.
  if (!(features as GPUSupportedFeatures | undefined)?.has('subgroups')) return null;
  return subgroupMaxSize !== undefined && subgroupMaxSize > 0 ? subgroupMaxSize : null;
}

/** @throws MissingFeatureError. */
function requireHalves({ features }: GPUAdapter, name: string): void {
  // What stands in for an adapter may have no features.
  if ((features as GPUSupportedFeatures | undefined)?.has('shader-f16')) return;
  throw new MissingFeatureError(
    name,
    'shader-f16',
    "storage: 'float16'",
    'leave storage out, which is float32',
  );
}

const lateRequest = (request: 'adapter' | 'device'): DeviceTimeoutError =>
  new DeviceTimeoutError(request, longestRequest);

/** A device with the adapter's limits on buffers. @throws DeviceRequestError, DeviceTimeoutError. */
async function requestDevice(
  adapter: GPUAdapter,
  name: string,
  requiredFeatures: readonly GPUFeatureName[],
): Promise<GPUDevice> {
  const { maxStorageBufferBindingSize, maxBufferSize, maxStorageBuffersPerShaderStage } =
    adapter.limits;
  const requiredLimits = {
    maxStorageBufferBindingSize,
    maxBufferSize,
    maxStorageBuffersPerShaderStage,
  };
  const asked = adapter
    .requestDevice({ requiredLimits, requiredFeatures: [...requiredFeatures] })
    .catch((cause: unknown) => {
      throw new DeviceRequestError(name, requiredLimits, cause);
    });
  return inTime(asked, longestRequest, () => lateRequest('device'));
}

/**
 * A WebGPU device. Its limits on buffers are raised to what the adapter has.
 * @throws TileTableError for tiles of another adapter, or that no device has room for; WebGpuUnavailableError without WebGPU, NoAdapterError without an adapter, DeviceRequestError where the
 *   adapter gives no device, MissingFeatureError where it cannot store in float16, DeviceTimeoutError where neither comes within a
 *   minute. Later, what is read throws Float16RangeError for a weight that float16 does not hold, DeviceLostError
 *   where the device is gone, and WorkTimeoutError where it does not answer.
 */
export async function webgpu(options: WebGpuOptions = {}): Promise<WebGpuDevice> {
  return (await open(options)).device;
}

function webgpuBackend(recorder: Recorder, adapter: string): Backend {
  const isHalved = recorder.limits.storage === 'float16';
  return {
    name: 'webgpu',
    description: `webgpu (${adapter}${isHalved ? ', weights of compiled networks in float16' : ''})`,
    dtypes: ['float32', 'float16', 'int32', 'uint8', 'bool'],
    kernels: { ...webgpuKernels(recorder), ...(isHalved && reuseKernels(recorder)) },
    fuses: ['conv', 'batchNorm', 'batchNormResidual', 'matmul', 'pointwise'],
    // WGSL lets implementations do so.
    flushesSubnormals: true,
    ...(isHalved && { reusedRounding: 2 ** -11 }),
    upload(data) {
      const words = toWords(data);
      return tensorBuffer(recorder.upload(words), words.byteLength);
    },
    async read(x) {
      const words = await readBytes(recorder, bufferOf(recorder, memoryOf(x)), bytesFor(x));
      return fromWords(words, x.dtype, elementCount(x.shape));
    },
    free: (buffer) => giveBack(recorder, buffer),
    memory: () => ({ live: recorder.pool.live, reserved: recorder.pool.reserved }),
    prepare: (graph) => prepareStep(recorder, graph),
    dispose: () => recorder.dispose(),
  };
}

function bufferOf(recorder: Recorder, memory: Memory): GPUBuffer {
  const buffer = memory.reuse ? recorder.weights.bufferFor(memory, 'r') : memory.buffer!;
  return buffer.gpu;
}

async function readBytes(recorder: Recorder, from: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
  const staging = recorder.staging.take(bytes);
  if (bytes > 0) recorder.copy(from, staging, bytes);
  recorder.submit();
  try {
    const mapped = staging.mapAsync(mapForReading, 0, Math.max(bytes, 4));
    await recorder.settled(mapped, `a read of ${formatBytes(bytes)}`);
    const words = staging.getMappedRange(0, Math.max(bytes, 4)).slice(0, bytes);
    staging.unmap();
    recorder.staging.giveBack(staging);
    return words;
  } catch (error) {
    staging.destroy();
    throw error;
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
