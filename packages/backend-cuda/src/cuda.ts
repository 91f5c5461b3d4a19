import {
  aBoolean,
  aString,
  checkOptions,
  Device,
  elementCount,
  integerFrom,
  optionKinds,
  requireKind,
  Tensor,
  zeros,
  type Backend,
  type DType,
  type Kind,
  type StoredArray,
} from '@convnet/tensor-core';

import { findDriver } from './addon/find-driver.ts';
import type { DriverLibrary } from './addon/interface.ts';
import { loadPlatform } from './addon/platform-package.ts';
import type { DeviceFacts } from './commands/kernel-context.ts';
import { LoadedKernels } from './commands/loaded-kernels.ts';
import { Recorder } from './commands/recorder.ts';
import { bytesFor, cudaBuffer, memoryOf } from './cuda-buffer.ts';
import { ArchitectureError, DeviceIndexError, NoDeviceError, translated } from './errors.ts';
import { cudaKernels } from './kernels/index.ts';
import { fromRowMajor, isReordered, toRowMajor } from './kernels/reorder.ts';
import { prepareStep } from './prepare/prepare-step.ts';

/** Compute capability from which on kernels are built. */
const leastArchitecture = 80;

/** How `cuda()` sets up a device. */
export interface CudaOptions {
  /** Number of the GPU, as the driver counts those that CUDA_VISIBLE_DEVICES leaves. Default 0. */
  readonly device?: number;
  /**
   * Whether products and convolutions round their factors to TF32 (10 bits of fraction) and use the tensor cores, several times
   * as fast. Default false: ieee float32, the numbers of the other devices.
   */
  readonly tf32?: boolean;
  /** The driver's file, such as '/usr/lib/x86_64-linux-gnu/libcuda.so.1'. Default: where drivers are installed. */
  readonly driver?: string;
  /** A folder with the addon and the kernels. Default: the package for this platform, '@convnet/backend-cuda-linux-x64'. */
  readonly nativeFolder?: string;
}

const cudaOptions = optionKinds<CudaOptions>({
  device: integerFrom(0),
  tf32: aBoolean,
  driver: aString,
  nativeFolder: aString,
});

/** What has been asked of a device so far. */
export interface CudaCounts {
  /** Times that commands were handed over; a captured step is one. */
  readonly submissions: number;
  /** Kernels that were started; a captured step counts as one. */
  readonly launches: number;
  /** Times that the host waited for the device: reads. */
  readonly waits: number;
}

/** A device on CUDA, with what only it can tell. */
export class CudaDevice extends Device {
  /** Number of the GPU, as the driver counts. */
  readonly index: number;
  readonly #recorder: Recorder;

  /** @internal Use `cuda`. */
  constructor(backend: Backend, recorder: Recorder, index: number) {
    super(backend);
    this.#recorder = recorder;
    this.index = index;
  }

  /** What has been asked of the device so far. */
  get counts(): CudaCounts {
    return { ...this.#recorder.counts };
  }

  /**
   * A copy of a tensor of another GPU, made from device to device without the host; what the other is given later waits for it. It
   * has no gradient and is not part of a graph.
   * @throws ArgumentError for a tensor that is on no CUDA device; ReleasedTensorError; OutOfMemoryError.
   */
  copyOf(x: Tensor): Tensor {
    requireKind('copyOf', 'x', x, aCudaTensor);
    x.requireLive('copyOf');
    const { shape, dtype } = x;
    const copy = zeros(shape, { device: this, dtype });
    const from = (x.device as CudaDevice).#recorder;
    this.#recorder.copyFrom(from, memoryOf(copy), memoryOf(x), bytesFor(x));
    return copy;
  }

  /**
   * Settles when the device is done with all that it was given: for measuring. Nothing else needs it.
   * @throws KernelFaultError, DeviceLostError, DisposedError.
   */
  synchronize(): Promise<void> {
    return this.#recorder.synchronize();
  }
}

/** Whether a tensor is on a GPU. */
const aCudaTensor: Kind = {
  expected: 'a tensor on a CUDA device',
  accepts: (value) => value instanceof Tensor && value.device instanceof CudaDevice,
};

/**
 * A device on an NVIDIA GPU, through the driver alone: no toolkit is needed.
 * @throws AddonMissingError where this platform's package is not installed; NoDriverError without a driver, with what was looked
 *   for; DriverTooOldError; NoDeviceError; DeviceIndexError for a number that there is not; ArchitectureError for a GPU before
 *   Ampere. Later, what is read throws KernelFaultError or DeviceLostError where the device has failed.
 */
export async function cuda(options: CudaOptions = {}): Promise<CudaDevice> {
  return (await open(options)).device;
}

/** As `cuda`, with access to the inside. */
export async function open(
  options: CudaOptions = {},
): Promise<{ readonly device: CudaDevice; readonly recorder: Recorder }> {
  checkOptions('cuda', options, cudaOptions);
  const { device: index = 0, tf32 = false, driver, nativeFolder } = options;
  const { addon, kernels } = await loadPlatform(nativeFolder);
  const library = findDriver(addon, driver);
  const name = `cuda:${index}`;
  try {
    const facts = { ...propertiesOf(library, index), tf32 };
    const session = new addon.Session(library, index);
    const recorder = new Recorder(
      session,
      new LoadedKernels(session, kernels(library.version)),
      facts,
      name,
    );
    return { device: new CudaDevice(cudaBackend(recorder, index), recorder, index), recorder };
  } catch (error) {
    throw translated(error, name);
  }
}

/** @throws NoDeviceError, DeviceIndexError, ArchitectureError. */
function propertiesOf(library: DriverLibrary, index: number): Omit<DeviceFacts, 'tf32'> {
  const count = deviceCount(library);
  if (count === 0) throw new NoDeviceError(library.path);
  if (index >= count) {
    const names = Array.from({ length: count }, (_, i) => library.device(i).name);
    throw new DeviceIndexError(index, names);
  }
  const properties = library.device(index);
  const { name, architecture } = properties;
  if (architecture < leastArchitecture) {
    throw new ArchitectureError(name, architecture, leastArchitecture);
  }
  return properties;
}

/** What the driver answers where there is no device. */
const noDevice = 100;

function deviceCount(library: DriverLibrary): number {
  try {
    return library.initialize();
  } catch (error) {
    const { code } = error as { readonly code?: number };
    if (code === noDevice) throw new NoDeviceError(library.path, { cause: error });
    throw error;
  }
}

function cudaBackend(recorder: Recorder, index: number): Backend {
  const { name, tf32 } = recorder.facts;
  const { pool } = recorder;
  return {
    name: 'cuda',
    description: `cuda (${name}, device ${index}, tf32: ${tf32})`,
    dtypes: ['float32', 'float16', 'int32', 'uint8', 'bool'],
    kernels: cudaKernels(recorder),
    fuses: ['conv', 'batchNorm', 'batchNormResidual'],
    upload(data, spec) {
      const bytes = data as StoredArray<ArrayBuffer>;
      if (!isReordered(spec)) return cudaBuffer(recorder.upload(bytes), bytesFor(spec));
      return recorder.call(() => fromRowMajor(recorder, recorder.table(bytes), spec));
    },
    async read(x) {
      // Memory that serves this alone goes back when the copy has been asked for.
      const bytes = await recorder.call(() => recorder.read(toRowMajor(recorder, x), bytesFor(x)));
      return elementsOf(bytes, x.dtype, elementCount(x.shape));
    },
    free: (buffer) => recorder.free(buffer),
    memory: () => ({ live: pool.live, reserved: pool.reserved }),
    prepare: (graph) => prepareStep(recorder, graph),
    dispose: () => recorder.dispose(),
  };
}

/** Host elements as they are stored. */
function elementsOf(bytes: ArrayBuffer, dtype: DType, count: number): StoredArray<ArrayBuffer> {
  switch (dtype) {
    case 'float32':
      return new Float32Array(bytes, 0, count);
    case 'float16':
      return new Uint16Array(bytes, 0, count);
    case 'int32':
      return new Int32Array(bytes, 0, count);
    default:
      return new Uint8Array(bytes, 0, count);
  }
}
