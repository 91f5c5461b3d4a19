import { DeviceError, formatBytes, formatShape, OutOfMemoryError } from '@convnet/tensor-core';

/** An environment without WebGPU. */
export class WebGpuUnavailableError extends DeviceError {
  override readonly name = 'WebGpuUnavailableError';

  /** `isSecure`: whether the page is a secure context; elsewhere browsers hide WebGPU. */
  constructor(isSecure: boolean) {
    super(
      isSecure
        ? 'webgpu: this environment has no navigator.gpu: use a browser with WebGPU, or in Node pass ' +
            "`gpu: create([])` of the npm package 'webgpu'"
        : 'webgpu: this page is not a secure context, so the browser hides navigator.gpu: serve it with https, or ' +
            'from localhost',
    );
  }
}

/** WebGPU that has no adapter to give. */
export class NoAdapterError extends DeviceError {
  override readonly name = 'NoAdapterError';

  constructor(powerPreference: string | undefined, options?: { cause: unknown }) {
    const wanted = powerPreference === undefined ? '' : ` for powerPreference '${powerPreference}'`;
    super(
      `webgpu: no adapter${wanted}: the GPU or its driver is missing, or the browser does not trust it`,
      options,
    );
  }
}

/** An adapter that gives no device, such as one with the limits that were asked for. */
export class DeviceRequestError extends DeviceError {
  override readonly name = 'DeviceRequestError';
  /** Limits that were asked for. */
  readonly limits: Readonly<Record<string, number>>;

  constructor(adapter: string, limits: Readonly<Record<string, number>>, cause: unknown) {
    const asked = Object.entries(limits).map(([name, limit]) => `${name} ${limit}`);
    super(
      `webgpu: the adapter ${adapter} gave no device with ${asked.join(', ')}: ${String(cause)}`,
      { cause },
    );
    this.limits = limits;
  }
}

/** A device that is gone, with what was on it: its driver was reset, its adapter removed, its process ended. */
export class DeviceLostError extends DeviceError {
  override readonly name = 'DeviceLostError';
  /** As WebGPU gives it, such as 'unknown'. */
  readonly reason: string;

  constructor(reason: string, message: string) {
    super(
      `webgpu: device lost${message === '' ? '' : `: ${message}`}. Its tensors are gone: make a ` +
        'new device with webgpu(), and go on from the last checkpoint.',
    );
    this.reason = reason;
  }
}

/** An adapter, or a device of one, that WebGPU neither gives nor refuses. */
export class DeviceTimeoutError extends DeviceError {
  override readonly name = 'DeviceTimeoutError';
  /** What was asked for. */
  readonly request: 'adapter' | 'device';

  constructor(request: 'adapter' | 'device', milliseconds: number) {
    super(
      `webgpu: the ${request} that was asked for did not come within ${milliseconds / 1000} s: the browser's or driver's process ` +
        'for the GPU hangs. Restart the browser or the program, or use another device.',
    );
    this.request = request;
  }
}

/** Work that the device neither ends nor refuses. */
export class WorkTimeoutError extends DeviceError {
  override readonly name = 'WorkTimeoutError';
  /** Submissions that were waited for: those since the last wait that ended. */
  readonly submissions: number;

  /** `what`: was waited for, such as 'a read of 12 bytes'. */
  constructor(what: string, submissions: number, milliseconds: number) {
    super(
      `webgpu: ${what} behind ${submissions} ${submissions === 1 ? 'submission' : 'submissions'} did not come within ` +
        `${milliseconds / 1000} s: the device hangs, or it needs longer for its work. In the latter case take smaller batches, or ` +
        'raise timeout of webgpu(); else make a new device and go on from the last checkpoint.',
    );
    this.submissions = submissions;
  }
}

/** An adapter without a feature of WebGPU that an option needs. */
export class MissingFeatureError extends DeviceError {
  override readonly name = 'MissingFeatureError';
  /** As WebGPU names it, such as 'shader-f16'. */
  readonly feature: string;

  /** `option`: what needs it, `without`: what to do instead. */
  constructor(adapter: string, feature: string, option: string, without: string) {
    super(
      `webgpu: ${option} needs the feature '${feature}', which the adapter ${adapter} does not have: ${without}, or take ` +
        'another adapter, browser or driver',
    );
    this.feature = feature;
  }
}

/** Weights of a compiled network that float16 does not hold, on a device that stores them so. */
export class Float16RangeError extends DeviceError {
  override readonly name = 'Float16RangeError';
  /** Of the weights, as the network computes with them: with batch norm folded in. */
  readonly shapes: readonly (readonly number[])[];

  constructor(shapes: readonly (readonly number[])[]) {
    const [first, ...rest] = shapes;
    const more = rest.length === 0 ? '' : ` and of ${rest.length} more`;
    super(
      `webgpu: a weight ${formatShape(first!)} of a compiled network${more} has numbers beyond 65504, the greatest of ` +
        "float16, in which this device stores it: they count as infinite. Open the device without storage: 'float16'.",
    );
    this.shapes = shapes;
  }
}

/** A shader that the device does not compile: a fault of this package or of the driver. */
export class ShaderError extends DeviceError {
  override readonly name = 'ShaderError';
  /** The kernel with its shape class, such as 'matmul 64x64x16'. */
  readonly kernel: string;

  constructor(kernel: string, message: string, options?: { cause: unknown }) {
    super(`webgpu: the shader of ${kernel} does not compile: ${message}`, options);
    this.kernel = kernel;
  }
}

/** A pipeline that the driver neither makes nor refuses. */
export class PipelineTimeoutError extends DeviceError {
  override readonly name = 'PipelineTimeoutError';
  /** The kernel with its shape class, such as 'matmul 64x64x16'. */
  readonly kernel: string;

  constructor(kernel: string, milliseconds: number) {
    super(
      `webgpu: the pipeline of ${kernel} did not come within ${milliseconds / 1000} s: the driver neither made it nor ` +
        'said why. What was captured runs on kernel by kernel; a new device may do better.',
    );
    this.kernel = kernel;
  }
}

/** A table of tiles that this device cannot use. */
export class TileTableError extends DeviceError {
  override readonly name = 'TileTableError';

  /** What is wrong, behind 'the table of tiles is'. */
  constructor(problem: string) {
    super(`webgpu: the table of tiles is ${problem}`);
  }
}

/** A kernel on tensors so large that binding them takes more ranges than the device lets a shader have. */
export class BindingLimitError extends OutOfMemoryError {
  override readonly name = 'BindingLimitError';
  readonly kernel: string;
  /** Buffers that a shader may bind, parameters and ranges counted. */
  readonly limit: number;

  constructor(kernel: string, requested: number, bound: number, limit: number, bytes: number) {
    super('webgpu', requested, 0, bytes);
    this.kernel = kernel;
    this.limit = limit;
    this.message =
      `webgpu: ${kernel} works on tensors of up to ${formatBytes(requested)}, of which this device binds ` +
      `${formatBytes(bytes)} at once (maxStorageBufferBindingSize): in ranges that makes ${bound} buffers, and a ` +
      `shader may have ${limit} (maxStorageBuffersPerShaderStage). Use a smaller batch.`;
  }
}

/** A tensor larger than the device lets one buffer be, however much memory is free. */
export class BufferLimitError extends OutOfMemoryError {
  override readonly name = 'BufferLimitError';
  /** Bytes that one buffer may have. */
  readonly limit: number;

  constructor(requested: number, live: number, limit: number) {
    super('webgpu', requested, live, limit);
    this.limit = limit;
    this.message =
      `webgpu: a tensor of ${formatBytes(requested)} does not fit a buffer, of which this device allows ` +
      `${formatBytes(limit)} (maxBufferSize). Use a smaller batch.`;
  }
}
