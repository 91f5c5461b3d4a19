import {
  aBoolean,
  aString,
  checkOptions,
  Device,
  directCopy,
  elementCount,
  integerFrom,
  optionKinds,
  requireKind,
  Tensor,
  type Backend,
  type DType,
  type Kind,
  type StoredArray,
} from '@convnet/tensor-core';

import { findDriver } from './addon/find-driver.ts';
import { nvrtc } from './addon/find-library.ts';
import type { DriverLibrary } from './addon/interface.ts';
import { loadPlatform } from './addon/platform-package.ts';
import type { DeviceFacts } from './commands/kernel-context.ts';
import { LoadedKernels } from './commands/loaded-kernels.ts';
import { Recorder } from './commands/recorder.ts';
import { bytesFor, cudaBuffer, memoryOf } from './cuda-buffer.ts';
import { ArchitectureError, DeviceIndexError, NoDeviceError, translated } from './errors.ts';
import { cudaKernels } from './kernels/index.ts';
import { fromRowMajor, isReordered, toRowMajor } from './kernels/reorder.ts';
import {
  openLibraries,
  type LibraryInfo,
  type OpenedLibraries,
} from './libraries/open-libraries.ts';
import type { ChoosingRules } from './libraries/plan-chooser.ts';
import { prepareStep } from './prepare/prepare-step.ts';

/** Bytes of scratch of a library's call: what cuDNN asks for beyond is for turning tensors round. */
const defaultWorkspace = 256 * 2 ** 20;

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
  /**
   * cuBLASLt for products, beside the own kernels: `true` where it must be there, `false` where it is not to be used, or its file. Default:
   * where it is found (the loader's places, a toolkit, Python's packages), of a version of CUDA that the driver runs.
   */
  readonly cublasLt?: boolean | string;
  /** cuDNN (9.0 or newer) for convolutions, in the same way. */
  readonly cudnn?: boolean | string;
  /**
   * NVRTC, which compiles a kernel for each chain of pointwise operations of captured steps and compiled networks, in the same way. Without it the
   * chains are interpreted, with the same bits.
   */
  readonly nvrtc?: boolean | string;
  /**
   * Whether own kernels and libraries are timed for each new shape, once, and the fastest is kept on disk; `torch.backends.cudnn.benchmark`.
   * Default true. With false what a library takes for its fastest is used, where it has the shape.
   */
  readonly benchmark?: boolean;
  /** Whether only what gives the same bits each time is used of libraries; `torch.backends.cudnn.deterministic`. Default true. */
  readonly deterministic?: boolean;
  /**
   * The folder in which timed plans and compiled kernels are kept, or `false` for none. Default: what CONVNET_CUDA_PLANS names, else `convnet/cuda-plans` in the
   * user's folder of caches (XDG_CACHE_HOME or `~/.cache`).
   */
  readonly planCache?: string | false;
  /** Bytes of scratch that one call of a library may ask for. Default 256 MiB. */
  readonly workspaceLimit?: number;
}

const aBooleanOrString: Kind = {
  expected: 'a boolean, or the path of a file',
  accepts: (value) => typeof value === 'boolean' || (typeof value === 'string' && value !== ''),
};

const aStringOrFalse: Kind = {
  expected: 'the path of a folder, or false',
  accepts: (value) => value === false || (typeof value === 'string' && value !== ''),
};

const cudaOptions = optionKinds<CudaOptions>({
  device: integerFrom(0),
  tf32: aBoolean,
  driver: aString,
  nativeFolder: aString,
  cublasLt: aBooleanOrString,
  cudnn: aBooleanOrString,
  nvrtc: aBooleanOrString,
  benchmark: aBoolean,
  deterministic: aBoolean,
  planCache: aStringOrFalse,
  workspaceLimit: integerFrom(0),
});

/** What has been asked of a device so far. */
export interface CudaCounts {
  /** Times that commands were handed over; a captured step is one. */
  readonly submissions: number;
  /** Kernels that were started; a captured step counts as one. */
  readonly launches: number;
  /** Times that the host waited for the device: reads, and trials of a new shape. */
  readonly waits: number;
  /** Shapes for which there was a choice, and which were given to own kernels and to libraries. */
  readonly plans: { readonly own: number; readonly cuBLASLt: number; readonly cuDNN: number };
  /** Bytes of scratch of the call of a library that asks for most. */
  readonly largestWorkspace: number;
  /** Kernels of chains that NVRTC compiled, now or in another process. */
  readonly compiledKernels: number;
}

/** A device on CUDA, with what only it can tell. */
export class CudaDevice extends Device {
  /** Number of the GPU, as the driver counts. */
  readonly index: number;
  readonly #recorder: Recorder;
  readonly #libraries: OpenedLibraries;

  /** @internal Use `cuda`. */
  constructor(backend: Backend, recorder: Recorder, index: number, libraries: OpenedLibraries) {
    super(backend);
    this.#recorder = recorder;
    this.index = index;
    this.#libraries = libraries;
  }

  /** The libraries beside the driver: which were found, where, of which version, what else was tried, and what they failed at. */
  get libraries(): readonly LibraryInfo[] {
    const { infos, chooser, chains } = this.#libraries;
    const failures = [
      ...(chooser?.failures ?? []),
      ...(chains?.failures ?? []).map((message) => ({ library: nvrtc.title, message })),
    ];
    return infos.map((info) => ({
      ...info,
      failures: failures
        .filter(({ library }) => library === info.name)
        .map(({ message }) => message),
    }));
  }

  /** What has been asked of the device so far. */
  get counts(): CudaCounts {
    const { counts } = this.#recorder;
    const { chooser, chains } = this.#libraries;
    const plans = chooser?.counts ?? { own: 0, cuBLASLt: 0, cuDNN: 0 };
    return {
      ...counts,
      plans: { ...plans },
      largestWorkspace: chooser?.largestWorkspace ?? 0,
      compiledKernels: chains?.count ?? 0,
    };
  }

  /**
   * A copy of a tensor of another GPU, made from device to device without the host; what the other is given later waits for it. It
   * has no gradient and is not part of a graph.
   * @throws ArgumentError for a tensor that is on no CUDA device; ReleasedTensorError; OutOfMemoryError.
   */
  copyOf(x: Tensor): Tensor {
    requireKind('copyOf', 'x', x, aCudaTensor);
    return directCopy(x, this)!;
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
 *   for; DriverTooOldError; LibraryMissingError for a library that must be there; NoDeviceError; DeviceIndexError for a number that there is not; ArchitectureError for a GPU before
 *   Ampere. Later, what is read throws KernelFaultError or DeviceLostError where the device has failed.
 */
export async function cuda(options: CudaOptions = {}): Promise<CudaDevice> {
  return (await open(options)).device;
}

/** As `cuda`, with access to the inside. */
export async function open(
  options: CudaOptions = {},
  choosing?: ChoosingRules['by'],
): Promise<{ readonly device: CudaDevice; readonly recorder: Recorder }> {
  checkOptions('cuda', options, cudaOptions);
  const { device: index = 0, tf32 = false, driver, nativeFolder } = options;
  const { benchmark = true, deterministic = true, planCache } = options;
  const { workspaceLimit = defaultWorkspace } = options;
  const platform = await loadPlatform(nativeFolder);
  const { addon, kernels } = platform;
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
    const rules = {
      by: choosing ?? (benchmark ? 'time' : 'guess'),
      isDeterministic: deterministic,
      isTf32: tf32,
      mostWorkspace: workspaceLimit,
    };
    const { cublasLt, cudnn, nvrtc: compiler } = options;
    const request = { cublasLt, cudnn, nvrtc: compiler, rules, planCache };
    try {
      const libraries = openLibraries({ platform, driver: library, recorder, request });
      recorder.choice = libraries.chooser;
      recorder.chains = libraries.chains;
      const backend = cudaBackend(recorder, index, libraries.infos);
      return { device: new CudaDevice(backend, recorder, index, libraries), recorder };
    } catch (error) {
      recorder.dispose();
      throw error;
    }
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

/** The recorders of the backends, which copy to each other. */
const recorders = new WeakMap<Backend, Recorder>();

function cudaBackend(
  recorder: Recorder,
  index: number,
  libraries: readonly LibraryInfo[],
): Backend {
  const { name, tf32 } = recorder.facts;
  const found = libraries.flatMap((each) =>
    each.path === null ? [] : [`${each.name} ${each.version}`],
  );
  const { pool } = recorder;
  const backend: Backend = {
    name: 'cuda',
    description: `cuda (${[name, `device ${index}`, `tf32: ${tf32}`, ...found].join(', ')})`,
    dtypes: ['float32', 'float16', 'int32', 'uint8', 'bool'],
    kernels: cudaKernels(recorder, recorder),
    fuses: ['conv', 'batchNorm', 'batchNormResidual', 'matmul', 'pointwise'],
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
    copyFrom(x, of) {
      const from = recorders.get(of);
      if (from === undefined) return null;
      const bytes = bytesFor(x);
      return cudaBuffer(recorder.copyFrom(from, memoryOf(x), bytes), bytes);
    },
    free: (buffer) => recorder.free(buffer),
    memory: () => ({ live: pool.live, reserved: pool.reserved }),
    prepare: (graph) => prepareStep(recorder, graph),
    dispose: () => recorder.dispose(),
  };
  recorders.set(backend, recorder);
  return backend;
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
