import { DeviceError, DisposedError, formatBytes, OutOfMemoryError } from '@convnet/tensor-core';

import type { AddonError } from './addon/interface.ts';

/** A file that was looked for, and why it did not serve. */
export interface Attempt {
  readonly path: string;
  readonly reason: string;
}

const listed = (attempts: readonly Attempt[]): string =>
  attempts.length === 0
    ? ' no file of its name is in any of the places'
    : attempts.map(({ path, reason }) => `\n  ${path}: ${reason}`).join('');

/** No CUDA driver on this machine, or one that does not load. */
export class NoDriverError extends DeviceError {
  override readonly name = 'NoDriverError';
  /** What was looked for, and where. */
  readonly attempts: readonly Attempt[];

  constructor(attempts: readonly Attempt[]) {
    super(
      "cuda: no CUDA driver was found. It comes with NVIDIA's driver for the graphics processor, not with the CUDA toolkit. Looked " +
        `for:${listed(attempts)}`,
    );
    this.attempts = attempts;
  }
}

/** A driver of an older version than the kernels need. */
export class DriverTooOldError extends DeviceError {
  override readonly name = 'DriverTooOldError';
  /** Versions of CUDA, such as '12.0'. */
  readonly found: string;
  readonly needed: string;

  constructor(found: number, needed: number, path: string) {
    super(
      `cuda: the driver ${path} is of CUDA ${cudaVersion(found)}, but CUDA ${cudaVersion(needed)} or newer is needed: update ` +
        "NVIDIA's driver",
    );
    this.found = cudaVersion(found);
    this.needed = cudaVersion(needed);
  }
}

/** Something that has more of a kind than the numbers of its kernels count. The device stays usable. */
export class KernelSizeError extends DeviceError {
  override readonly name = 'KernelSizeError';
  /** What was to be computed, such as 'matmul'. */
  readonly kernel: string;
  /** What there is too much of, such as 'rows'. */
  readonly what: string;
  readonly count: number;
  /** How many there may be. */
  readonly most: number;

  constructor(kernel: string, what: string, count: number, most: number) {
    super(`cuda: ${kernel} of ${count} ${what}: its kernels count up to ${most}`);
    this.kernel = kernel;
    this.what = what;
    this.count = count;
    this.most = most;
  }
}

/** '13.0' of 13000, as the driver says it. */
export function cudaVersion(version: number): string {
  return `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`;
}

/** A driver that lacks what its version should have. */
export class DriverSymbolError extends DeviceError {
  override readonly name = 'DriverSymbolError';
  /** Such as 'cuGraphLaunch'. */
  readonly symbol: string;

  constructor(symbol: string, version: number, options?: { cause: unknown }) {
    super(
      `cuda: the driver has no ${symbol}, which CUDA ${cudaVersion(version)} has: is its installation whole?`,
      options,
    );
    this.symbol = symbol;
  }
}

/** A library beside the driver (cuBLASLt, cuDNN, NVRTC) that was asked for and is not there, or does not serve. */
export class LibraryMissingError extends DeviceError {
  override readonly name = 'LibraryMissingError';
  /** Such as 'cuDNN'. */
  readonly library: string;
  /** What was looked for, and where. */
  readonly attempts: readonly Attempt[];

  /** `option`: the one that asks for it. */
  constructor(library: string, option: string, attempts: readonly Attempt[]) {
    super(
      `cuda: ${option} asks for ${library}, which was not found. Looked for:${listed(attempts)}`,
    );
    this.library = library;
    this.attempts = attempts;
  }
}

/** A library beside the driver that lacks what its version should have. */
export class LibrarySymbolError extends DeviceError {
  override readonly name = 'LibrarySymbolError';
  /** Such as 'cudnnBackendExecute'. */
  readonly symbol: string;
  /** The file in which it was looked for. */
  readonly library: string;

  constructor(symbol: string, library: string, options?: { cause: unknown }) {
    super(`cuda: ${library} has no ${symbol}: is its installation whole?`, options);
    this.symbol = symbol;
    this.library = library;
  }
}

/** A library beside the driver that failed at a call. The device stays usable. */
export class LibraryCallError extends DeviceError {
  override readonly name = 'LibraryCallError';
  /** What it answered, as its own enumeration counts. */
  readonly status: number;

  constructor(device: string, message: string, status: number, options?: { cause: unknown }) {
    super(`${device}: ${message}`, options);
    this.status = status;
  }
}

/** A driver that finds no device. */
export class NoDeviceError extends DeviceError {
  override readonly name = 'NoDeviceError';

  constructor(path: string, options?: { cause: unknown }) {
    super(
      `cuda: the driver ${path} finds no device: is there an NVIDIA GPU, may this process use it (/dev/nvidia0), and is it hidden by ` +
        `CUDA_VISIBLE_DEVICES${shownDevices()}?`,
      options,
    );
  }
}

function shownDevices(): string {
  const value = process.env['CUDA_VISIBLE_DEVICES'];
  return value === undefined ? '' : ` (${JSON.stringify(value)})`;
}

/** A device number that there is not. */
export class DeviceIndexError extends DeviceError {
  override readonly name = 'DeviceIndexError';
  readonly index: number;
  /** How many devices there are. */
  readonly count: number;

  constructor(index: number, names: readonly string[]) {
    super(
      `cuda: there is no device ${index}: expected 0 to ${names.length - 1}, of ${names.map((name, i) => `${i} (${name})`).join(', ')}`,
    );
    this.index = index;
    this.count = names.length;
  }
}

/** The addon or the kernels are not installed, or not for this platform. */
export class AddonMissingError extends DeviceError {
  override readonly name = 'AddonMissingError';
  /** Such as '@convnet/backend-cuda-linux-x64'. */
  readonly package: string;

  /** `folder`: what was given as `nativeFolder` in its place. */
  constructor(
    packageName: string,
    supported: readonly string[],
    folder: string | undefined,
    options: { cause: unknown },
  ) {
    super(
      folder !== undefined
        ? `cuda: nativeFolder '${folder}' has no addon and kernels that load: ${String(options.cause)}`
        : `cuda: the package '${packageName}' with the addon and the kernels is not installed. It is an optional dependency of ` +
            `'@convnet/backend-cuda', left out by --omit=optional and on other platforms; there are ${supported.join(', ')}`,
      options,
    );
    this.package = packageName;
  }
}

/** A GPU older than all that the kernels are built for. */
export class ArchitectureError extends DeviceError {
  override readonly name = 'ArchitectureError';

  constructor(device: string, found: number, least: number) {
    super(
      `cuda: ${device} is of compute capability ${found / 10}, but ${least / 10} or newer is needed`,
    );
  }
}

/** A kernel that the built ones lack: they are of another version than this package. */
export class KernelMissingError extends DeviceError {
  override readonly name = 'KernelMissingError';
  readonly kernel: string;

  constructor(kernel: string) {
    super(
      `cuda: the built kernels have no '${kernel}': are '@convnet/backend-cuda' and its platform package of one version?`,
    );
    this.kernel = kernel;
  }
}

/** A device without room for a tensor, also after what is kept for reuse was given back. */
export class CudaOutOfMemoryError extends OutOfMemoryError {
  override readonly name = 'CudaOutOfMemoryError';
  /** Bytes of the device that nobody holds, which need not lie together. */
  readonly free: number;
  /** Bytes of the device. */
  readonly total: number;

  constructor(
    device: string,
    requested: number,
    live: number,
    reserved: number,
    { free, total }: { readonly free: number; readonly total: number },
  ) {
    super(device, requested, live, total);
    this.free = free;
    this.total = total;
    const others = Math.max(total - free - reserved, 0);
    this.message =
      `${device} is out of memory: asked for ${formatBytes(requested)} with ${formatBytes(live)} live in ` +
      `${formatBytes(reserved)} reserved; of ${formatBytes(total)} of the device ${formatBytes(free)} are free, and ` +
      `${formatBytes(others)} others'. Use a smaller batch, or scope() to free tensors sooner.`;
  }
}

/** A kernel that failed on the device: a fault of this package or of the GPU. The device is of no use from then on. */
export class KernelFaultError extends DeviceError {
  override readonly name = 'KernelFaultError';
  /** As the driver names it, such as 'CUDA_ERROR_ILLEGAL_ADDRESS'. */
  readonly result: string;

  constructor(device: string, result: string, options?: { cause: unknown }) {
    super(
      `${device}: a kernel failed (${result}) among those that were started since the last read. Nothing can run on this device any ` +
        'more: start a new process, and go on from the last checkpoint.',
      options,
    );
    this.result = result;
  }
}

/** A device that is gone, with what was on it: it fell off the bus, was reset, or a kernel failed before. */
export class DeviceLostError extends DeviceError {
  override readonly name = 'DeviceLostError';
  /** As the driver names it. */
  readonly result: string;

  constructor(device: string, result: string, options?: { cause: unknown }) {
    super(
      `${device}: the device is lost (${result}). Its tensors are gone: start a new process, and go on from the last checkpoint.`,
      options,
    );
    this.result = result;
  }
}

/** A device in a process that was forked from the one that opened it, as an addon may do; NVIDIA's driver cannot be used in such a one. */
export class ForkedProcessError extends DeviceError {
  override readonly name = 'ForkedProcessError';

  constructor(device: string) {
    super(
      `${device}: this process was forked from the one that opened the device, and has no part of it: start a process of ` +
        'its own (node:child_process) and open the device there',
    );
  }
}

/** Codes with which the driver says that a kernel went wrong. */
const kernelFaults = new Set([700, 701, 702, 710, 714, 715, 716, 717, 718, 719]);
/** Codes with which it says that the device or the driver is gone. */
const losses = new Set([4, 46, 101, 201, 214, 220, 999]);

/** Whether nothing works any more after an error. */
export function isFatal(error: unknown): boolean {
  const { code } = error as AddonError;
  return code !== undefined && (kernelFaults.has(code) || losses.has(code));
}

/** An error of the addon in words that a caller can act on; others as they are. */
export function translated(error: unknown, device: string): Error {
  if (!(error instanceof Error)) return new DeviceError(`${device}: ${String(error)}`);
  if (error instanceof DeviceError) return error;
  const { code, result, symbol, version, library, misuse, status } = error as AddonError;
  const because = { cause: error };
  if (symbol !== undefined && library !== undefined)
    return new LibrarySymbolError(symbol, library, because);
  if (symbol !== undefined) return new DriverSymbolError(symbol, version ?? 0, because);
  if (misuse === 'closed') return new DisposedError(`${device}: this device was disposed of`);
  if (misuse === 'forked') return new ForkedProcessError(device);
  if (status !== undefined) return new LibraryCallError(device, error.message, status, because);
  if (code === undefined) return error;
  const name = result ?? String(code);
  if (kernelFaults.has(code)) return new KernelFaultError(device, name, because);
  if (losses.has(code)) return new DeviceLostError(device, name, because);
  return new DeviceError(`${device}: ${error.message}`, because);
}
