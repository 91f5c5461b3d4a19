import { DeviceError, DisposedError, type OutOfMemoryError } from '@convnet/tensor-core';

import { BufferPool } from './buffer-pool.ts';
import { DeviceLostError } from './errors.ts';
import { bufferUsage } from './usage.ts';

/** Invocations of one workgroup. */
export const workgroupSize = 64;

/** Words of parameters that one submission starts with room for. */
const firstArenaWords = 1 << 15;

/** Dispatches after which a submission is made even in the middle of a task. */
const dispatchLimit = 4096;

/** Offsets of a storage binding must be multiples of this many bytes; the limit's default. */
const bindingAlignment = 256;

/** Numbers for a shader: 32-bit integers, and floats by their bits. */
export type Parameters = readonly (number | Float)[];

/** A float among integer parameters. */
export interface Float {
  readonly float: number;
}

/** Marks a parameter as a float. */
export function float(value: number): Float {
  return { float: value };
}

/** How many workgroups are dispatched along two dimensions, of at most `most` each: at least `groups`. */
export function gridOf(groups: number, most: number): [width: number, height: number] {
  const width = Math.min(groups, most);
  return [width, Math.ceil(groups / width)];
}

/** A parameter as shaders see it. @throws DeviceError for what does not fit: cut off, it would be another number. */
export function parameterWord(parameter: number): number {
  if (parameter === (parameter | 0)) return parameter;
  throw new DeviceError(
    `webgpu: ${parameter} among the sizes of a kernel: shaders count with 32 bits`,
  );
}

/**
 * Records dispatches and submits them together: at the end of the running task, or when results are read. So
 * a training step is one submission, and nothing waits.
 */
export class Recorder {
  readonly gpu: GPUDevice;
  readonly pool: BufferPool;
  /** Submissions so far. */
  submissions = 0;
  /** For tests: whether memory for results is filled with NaN first, so that an element which no kernel writes is seen. */
  marksUnwritten = false;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #arena: Arena | null = null;
  #dispatches = 0;
  #failure: DeviceError | OutOfMemoryError | null = null;
  #lost: DeviceError | DisposedError | null = null;

  constructor(gpu: GPUDevice) {
    this.gpu = gpu;
    this.pool = new BufferPool(gpu, (error) => {
      this.#failure ??= error;
    });
    gpu.addEventListener('uncapturederror', (event) => {
      this.#failure ??= new DeviceError(`webgpu: ${event.error.message}`);
    });
    void this.#watchLoss();
  }

  /**
   * Runs a shader over `count` invocations.
   * @param source WGSL with an entry point `main`; also the key of the cached pipeline.
   * @param parameters bound at 0, as array<i32>.
   * @param buffers bound from 1 on.
   */
  dispatch(
    source: string,
    parameters: Parameters,
    buffers: readonly GPUBuffer[],
    count: number,
  ): void {
    this.dispatchGroups(source, parameters, buffers, Math.ceil(count / workgroupSize));
  }

  /** The same with the number of workgroups. */
  dispatchGroups(
    source: string,
    parameters: Parameters,
    buffers: readonly GPUBuffer[],
    groups: number,
  ): void {
    if (groups === 0) return;
    const pipeline = this.#pipeline(source);
    // First, since a full arena ends the pass.
    const resource = this.#writeParameters(parameters);
    const pass = this.#openPass();
    const entries = [
      { binding: 0, resource },
      ...buffers.map((buffer, i) => ({ binding: i + 1, resource: { buffer } })),
    ];
    pass.setPipeline(pipeline);
    pass.setBindGroup(
      0,
      this.gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }),
    );
    pass.dispatchWorkgroups(...gridOf(groups, this.gpu.limits.maxComputeWorkgroupsPerDimension));
    this.#dispatches++;
    if (this.#dispatches >= dispatchLimit) this.submit();
  }

  /** A buffer with the given words. What was recorded is submitted first, so that a reused buffer is done with. */
  upload(words: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): GPUBuffer {
    this.submit();
    const buffer = this.pool.take(words.byteLength);
    this.gpu.queue.writeBuffer(buffer, 0, words);
    return buffer;
  }

  /** Copies the first bytes of a buffer into one that the host can map, behind all that was recorded. */
  copy(from: GPUBuffer, to: GPUBuffer, bytes: number): void {
    this.#closePass();
    this.#openEncoder().copyBufferToBuffer(from, 0, to, 0, bytes);
  }

  /** Hands over what has been recorded. */
  submit(): void {
    this.#closePass();
    const encoder = this.#encoder;
    if (encoder === null) return;
    this.#arena?.unmap();
    this.gpu.queue.submit([encoder.finish()]);
    this.#arena?.retire();
    this.#encoder = null;
    this.#arena = null;
    this.#dispatches = 0;
    this.submissions++;
  }

  /**
   * @throws DeviceError or OutOfMemoryError: the first thing that went wrong on the device since the last check;
   * DisposedError.
   */
  check(): void {
    const failure = this.#lost ?? this.#failure;
    this.#failure = null;
    if (failure !== null) throw failure;
  }

  dispose(): void {
    this.submit();
    this.#lost = new DisposedError('webgpu: this device was disposed of');
    this.pool.dispose();
    this.gpu.destroy();
  }

  async #watchLoss(): Promise<void> {
    const { reason, message } = await this.gpu.lost;
    if (reason !== 'destroyed') this.#lost ??= new DeviceLostError(reason, message);
  }

  #openEncoder(): GPUCommandEncoder {
    if (this.#encoder === null) {
      this.#encoder = this.gpu.createCommandEncoder();
      queueMicrotask(() => this.submit());
    }
    return this.#encoder;
  }

  #openPass(): GPUComputePassEncoder {
    this.#pass ??= this.#openEncoder().beginComputePass();
    return this.#pass;
  }

  #closePass(): void {
    this.#pass?.end();
    this.#pass = null;
  }

  #pipeline(source: string): GPUComputePipeline {
    let pipeline = this.#pipelines.get(source);
    if (pipeline === undefined) {
      const module = this.gpu.createShaderModule({ code: source });
      pipeline = this.gpu.createComputePipeline({
        layout: 'auto',
        compute: { module, entryPoint: 'main' },
      });
      this.#pipelines.set(source, pipeline);
    }
    return pipeline;
  }

  #writeParameters(parameters: Parameters): GPUBufferBinding {
    const binding = this.#arena?.write(parameters);
    if (binding) return binding;
    // A full arena is still to be read by what was recorded: it goes with this submission.
    if (this.#arena !== null) this.submit();
    this.#arena = new Arena(this.gpu, Math.max(firstArenaWords, parameters.length));
    return this.#arena.write(parameters)!;
  }
}

/** Parameters of the dispatches of one submission, in one buffer that the host fills before it is handed over. */
class Arena {
  readonly #buffer: GPUBuffer;
  readonly #words: Int32Array;
  readonly #floats: Float32Array;
  #used = 0;

  constructor(gpu: GPUDevice, words: number) {
    this.#buffer = gpu.createBuffer({
      size: words * 4,
      usage: bufferUsage.storage,
      mappedAtCreation: true,
    });
    const mapped = this.#buffer.getMappedRange();
    this.#words = new Int32Array(mapped);
    this.#floats = new Float32Array(mapped);
  }

  /** Null where there is no room. */
  write(parameters: Parameters): GPUBufferBinding | null {
    const size = Math.max(parameters.length, 1);
    if (this.#used + size > this.#words.length) return null;
    const start = this.#used;
    parameters.forEach((parameter, i) => {
      if (typeof parameter === 'number') this.#words[start + i] = parameterWord(parameter);
      else this.#floats[start + i] = parameter.float;
    });
    const step = bindingAlignment / 4;
    this.#used = Math.ceil((start + size) / step) * step;
    return { buffer: this.#buffer, offset: start * 4, size: size * 4 };
  }

  unmap(): void {
    this.#buffer.unmap();
  }

  /** Once submitted, the device keeps it for as long as it reads. */
  retire(): void {
    this.#buffer.destroy();
  }
}
