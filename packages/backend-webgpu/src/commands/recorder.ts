import {
  DeviceError,
  DisposedError,
  unwrittenWord,
  type OutOfMemoryError,
} from '@convnet/tensor-core';

import { DeviceLostError, ShaderError, WorkTimeoutError } from '../errors.ts';
import type { Access, Memory, NumberedBuffer } from '../gpu-buffer.ts';
import type { TileRow } from '../kernels/tiled/tile.ts';
import { fillWords, type Shader } from '../shader.ts';
import { BufferPool } from './buffer-pool.ts';
import { CommandSink, gridOf, type DeviceLimits, type Parameters } from './command-sink.ts';
import { HalfWeights } from './half-weights.ts';
import { inTime } from './in-time.ts';
import { ParameterSlots } from './parameter-slots.ts';
import { Pipelines } from './pipelines.ts';
import { StagingBuffers } from './staging-buffers.ts';

/** Slots for the parameters of one submission, at first. */
const firstSlots = 1024;

/** Dispatches after which a submission is made even in the middle of a task: the device need not wait for its end. */
const dispatchLimit = 1024;

/** Seconds that a submission may take: a training step of many large images on a software adapter takes minutes. */
const longestSubmission = 600;

/** Storage buffers of a shader, also where a device allows more. */
const mostStorageBuffers = 16;

/** One dispatch with all that it needs, ready to be recorded. */
export interface ReadyDispatch {
  readonly pipeline: GPUComputePipeline;
  readonly parameters: GPUBindGroup;
  readonly buffers: GPUBindGroup;
  readonly width: number;
  readonly height: number;
}

/**
 * Records dispatches and submits them together: at the end of the running task, or when results are read. So
 * a training step is one submission, and nothing waits.
 */
export class Recorder extends CommandSink {
  readonly gpu: GPUDevice;
  /** The adapter, as the device describes it. */
  readonly adapter: string;
  readonly pool: BufferPool;
  readonly pipelines: Pipelines;
  readonly staging: StagingBuffers;
  readonly weights: HalfWeights;
  limits: DeviceLimits;
  /** What the device came from, held as long as it lives: Dawn ends the process where that is collected before. */
  origin: readonly object[];
  /** Submissions so far. */
  submissions = 0;
  /** Dispatches so far. */
  dispatches = 0;
  /** Seconds that a submission may take before what waits for it is an error. */
  timeout: number = longestSubmission;
  /** Submissions that are known to be done. */
  #submissionsDone = 0;
  /** For tests: whether memory for results is filled with NaN first, so that an element which no kernel writes is seen. */
  marksUnwritten = false;
  /** Memory that was given back since the last submission: what was recorded may still use it. */
  readonly #recent = new Set<number>();
  /** Buffers that are destroyed behind the next submission. */
  readonly #discarded: NumberedBuffer[] = [];
  #encoder: GPUCommandEncoder | null = null;
  #pass: GPUComputePassEncoder | null = null;
  #slots: ParameterSlots | null = null;
  #dispatchesSubmitted = 0;
  #failure: DeviceError | OutOfMemoryError | null = null;
  #lost: DeviceError | DisposedError | null = null;

  /**
   * @param adapter its name.
   * @param tiles how products are divided.
   * @param subgroupSize the most invocations of a subgroup; null where the device has none.
   * @param origin see there.
   * @param storage of weights of compiled networks.
   */
  constructor(
    gpu: GPUDevice,
    adapter: string,
    tiles: TileRow,
    subgroupSize: number | null = null,
    origin: readonly object[] = [],
    storage: DeviceLimits['storage'] = 'float32',
  ) {
    super();
    this.gpu = gpu;
    this.adapter = adapter;
    this.origin = origin;
    const fail = (error: DeviceError | OutOfMemoryError): void => {
      // What follows from a shader that does not compile says less.
      if (error instanceof ShaderError) this.#failure = error;
      else this.#failure ??= error;
    };
    this.pool = new BufferPool(gpu, fail);
    this.pipelines = new Pipelines(gpu, fail);
    this.staging = new StagingBuffers(gpu);
    this.weights = new HalfWeights(this, fail);
    // One holds the parameters.
    const { maxStorageBuffersPerShaderStage, maxStorageBufferBindingSize } = gpu.limits;
    this.limits = {
      tiles,
      buffersPerKernel: Math.min(maxStorageBuffersPerShaderStage, mostStorageBuffers) - 1,
      subgroupSize,
      bindingBytes: maxStorageBufferBindingSize,
      groupsPerDimension: gpu.limits.maxComputeWorkgroupsPerDimension,
      storage,
    };
    gpu.addEventListener('uncapturederror', (event) => {
      fail(new DeviceError(`webgpu: ${event.error.message}`));
    });
    void this.#watchLoss();
  }

  take(bytes: number): Memory {
    const buffer = this.pool.take(bytes);
    const memory = { buffer };
    if (this.marksUnwritten) {
      const words = buffer.size / 4;
      this.dispatch(fillWords, [words, unwrittenWord], [memory], words);
    }
    return memory;
  }

  giveBack(memory: Memory): void {
    if (memory.reuse) this.weights.free(memory);
    const { buffer } = memory;
    // Of some weights there were but halves.
    if (buffer === null) return;
    if (this.#encoder !== null) this.#recent.add(buffer.id);
    this.pool.giveBack(buffer);
  }

  /** Lets go of a buffer that is not to be kept for others. */
  discard(buffer: NumberedBuffer): void {
    this.pool.remove(buffer);
    this.#discarded.push(buffer);
  }

  dispatchGroups(
    shader: Shader,
    parameters: Parameters,
    memories: readonly Memory[],
    groups: number,
  ): void {
    if (groups === 0) return;
    const bindings = memories.map((memory, k) =>
      memory.reuse ? this.weights.bufferFor(memory, shader.layout[k] as Access) : memory.buffer!,
    );
    const fitting = this.pipelines.fitting(
      shader,
      bindings.map(({ size }) => size),
    );
    const pipeline = this.pipelines.get(fitting);
    // First, since full slots end the pass.
    const bound = this.#writeParameters(parameters);
    const [width, height] = gridOf(groups, this.limits.groupsPerDimension);
    const buffers = this.pipelines.group(fitting.layout, bindings);
    this.record({ pipeline, parameters: bound, buffers, width, height });
  }

  /** Records a dispatch behind those before it. */
  record({ pipeline, parameters, buffers, width, height }: ReadyDispatch): void {
    const pass = this.#openPass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, parameters);
    pass.setBindGroup(1, buffers);
    pass.dispatchWorkgroups(width, height);
    this.dispatches++;
    if (this.dispatches - this.#dispatchesSubmitted >= dispatchLimit) this.submit();
  }

  /** A buffer with the given words. What was recorded and may still use the buffer is submitted first. */
  upload(words: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Memory {
    const buffer = this.pool.take(words.byteLength);
    if (this.#recent.has(buffer.id)) this.submit();
    this.gpu.queue.writeBuffer(buffer.gpu, 0, words);
    return { buffer };
  }

  /** Copies the first bytes of a buffer into one that the host can map, behind all that was recorded. */
  copy(from: GPUBuffer, to: GPUBuffer, bytes: number): void {
    this.#closePass();
    this.#openEncoder().copyBufferToBuffer(from, 0, to, 0, bytes);
  }

  /** Hands over what has been recorded. */
  submit(): void {
    const look = this.weights.beforeSubmission();
    this.#closePass();
    const encoder = this.#encoder;
    if (encoder === null) return;
    this.#slots?.flush();
    this.gpu.queue.submit([encoder.finish()]);
    this.#slots?.restart();
    this.#encoder = null;
    this.#dispatchesSubmitted = this.dispatches;
    this.#recent.clear();
    this.submissions++;
    for (const { gpu } of this.#discarded.splice(0)) gpu.destroy();
    look?.();
  }

  /**
   * @throws DeviceError or OutOfMemoryError: the first thing that went wrong on the device since the last check;
   * DisposedError.
   */
  check(): void {
    const failure = this.#takeFailure();
    if (failure !== null) throw failure;
  }

  /**
   * What a promise gives that settles behind all submissions so far.
   * @param what it is, for people.
   * @throws WorkTimeoutError where it does not settle and nothing else went wrong; as `check`.
   */
  async settled<Result>(coming: Promise<Result>, what: string): Promise<Result> {
    const { submissions } = this;
    const waitedFor = Math.max(1, submissions - this.#submissionsDone);
    const longest = 1000 * this.timeout * waitedFor;
    let isLate = false;
    const failed = (error: unknown): never => {
      // A device that is gone knows why. Nobody waits behind the limit: what went wrong then is for the next that asks.
      if (!isLate) this.check();
      throw error;
    };
    const late = (): Error => {
      isLate = true;
      return this.#takeFailure() ?? new WorkTimeoutError(what, waitedFor, longest);
    };
    const result = await inTime(coming.catch(failed), longest, late);
    this.#submissionsDone = Math.max(this.#submissionsDone, submissions);
    const { checked } = this.weights;
    if (checked !== null) await checked;
    this.check();
    return result;
  }

  /** Settles when all is done that was recorded. @throws as `settled`. */
  async synchronize(): Promise<void> {
    this.submit();
    this.check();
    await this.settled(this.gpu.queue.onSubmittedWorkDone(), 'the end of the work');
  }

  dispose(): void {
    this.submit();
    this.#lost = new DisposedError('webgpu: this device was disposed of');
    this.pool.dispose();
    this.staging.dispose();
    this.#slots?.dispose();
    this.gpu.destroy();
    this.origin = [];
  }

  /** What went wrong since the last check, which is told once; a device that is gone stays so. */
  #takeFailure(): DeviceError | DisposedError | OutOfMemoryError | null {
    const failure = this.#lost ?? this.#failure;
    this.#failure = null;
    return failure;
  }

  async #watchLoss(): Promise<void> {
    const { reason, message } = await this.gpu.lost;
    // Also where another destroyed it; `dispose` has said so itself.
    this.#lost ??= new DeviceLostError(reason, message);
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

  #writeParameters(parameters: Parameters): GPUBindGroup {
    const slots = ParameterSlots.slotsFor(parameters.length);
    const first = this.#slots?.write(parameters) ?? null;
    if (first !== null) return this.#slots!.groupAt(first, slots);
    // Full: what was recorded takes them along, and the next start anew.
    this.submit();
    if (this.#slots === null || this.#slots.slots < slots) {
      this.#slots?.dispose();
      this.#slots = new ParameterSlots(this.gpu, this.pipelines, Math.max(firstSlots, slots));
    }
    return this.#slots.groupAt(this.#slots.write(parameters)!, slots);
  }
}
