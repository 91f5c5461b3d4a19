import type { DeviceError } from '@convnet/tensor-core';

import type { NumberedBuffer } from '../gpu-buffer.ts';
import { BindingLimitError, PipelineTimeoutError, ShaderError } from '../errors.ts';
import type { Shader } from '../shader.ts';
import { splitShader } from '../split-shader.ts';
import { computeStage } from '../usage.ts';
import { inTime } from './in-time.ts';

/** Bind groups kept; the oldest goes first. */
const groupLimit = 8192;

/** Offsets of a storage binding are multiples of this many bytes; the limit's default. */
export const bindingAlignment = 256;

/** Milliseconds for which a pipeline may be on its way: only one that never comes takes them. */
const longestCompilation = 180_000;

/** In how many ranges each buffer is bound, from their bytes; null where each is bound whole. */
export type Division = (sizes: readonly number[]) => readonly number[] | null;

/**
 * Pipelines of a device, made once for each shader, and the bind groups of the buffers they work on. Parameters are
 * group 0 of every pipeline, buffers group 1.
 */
export class Pipelines {
  readonly #gpu: GPUDevice;
  readonly #onFailure: (error: DeviceError) => void;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  /** What does not compile, by its code. */
  readonly #broken = new Map<string, ShaderError>();
  readonly #layouts = new Map<string, Layout>();
  readonly #groups = new Map<string, GPUBindGroup>();
  /** Variants of shaders for buffers in ranges, by the numbers of these. */
  readonly #split = new Map<Shader, Map<string, Shader>>();
  /** For tests: another division than that of the device's limit. */
  divide: Division;
  /** For tests: another time than `longestCompilation`. */
  longest: number = longestCompilation;
  #parameterLayout: GPUBindGroupLayout | null = null;

  /** @param onFailure told of a shader that does not compile. */
  constructor(gpu: GPUDevice, onFailure: (error: DeviceError) => void) {
    this.#gpu = gpu;
    this.#onFailure = onFailure;
    const most =
      Math.floor(gpu.limits.maxStorageBufferBindingSize / bindingAlignment) * bindingAlignment;
    this.divide = (sizes) =>
      sizes.some((size) => size > gpu.limits.maxStorageBufferBindingSize)
        ? sizes.map((size) => Math.ceil(size / most))
        : null;
  }

  /**
   * The shader for buffers of the given bytes: itself, or where one is larger than a binding may be the variant that reads it in
   * ranges.
   * @throws BindingLimitError where it would bind more ranges than the device allows.
   */
  fitting(shader: Shader, sizes: readonly number[]): Shader {
    const counts = this.divide(sizes);
    if (counts === null) return shader;
    const { maxStorageBuffersPerShaderStage: most, maxStorageBufferBindingSize } = this.#gpu.limits;
    const bound = counts.reduce((sum, count) => sum + count, 1);
    if (bound > most) {
      const largest = Math.max(...sizes);
      throw new BindingLimitError(shader.name, largest, bound, most, maxStorageBufferBindingSize);
    }
    let variants = this.#split.get(shader);
    if (variants === undefined) this.#split.set(shader, (variants = new Map<string, Shader>()));
    const key = counts.join();
    let variant = variants.get(key);
    if (variant === undefined) variants.set(key, (variant = splitShader(shader, counts)));
    return variant;
  }

  /** Of group 0. */
  get parameterLayout(): GPUBindGroupLayout {
    this.#parameterLayout ??= this.#groupLayout('r');
    return this.#parameterLayout;
  }

  /** Whether a pipeline is there. */
  has(shader: Shader): boolean {
    return this.#pipelines.has(shader.code);
  }

  /**
   * The pipeline of a shader, which the program waits for where it is not there yet.
   * @throws ShaderError for one that is known not to compile; at first that is only told, since asking would be waiting.
   */
  get(shader: Shader): GPUComputePipeline {
    let pipeline = this.#pipelines.get(shader.code);
    if (pipeline === undefined) {
      this.#gpu.pushErrorScope('validation');
      pipeline = this.#gpu.createComputePipeline(this.#descriptor(shader));
      void this.#tellOfErrors(shader);
      this.#pipelines.set(shader.code, pipeline);
    }
    const broken = this.#broken.get(shader.code);
    if (broken !== undefined) throw broken;
    return pipeline;
  }

  /**
   * Makes pipelines while the program goes on, one after the other: made side by side, Dawn in Node has ended the
   * process. What goes wrong is also told of where nobody waits for this.
   * @throws ShaderError for one that does not compile, PipelineTimeoutError for one that never comes.
   */
  async make(shaders: Iterable<Shader>): Promise<void> {
    for (const shader of shaders) {
      if (this.has(shader)) continue;
      try {
        const late = () => new PipelineTimeoutError(shader.name, this.longest);
        this.#pipelines.set(shader.code, await inTime(this.#compile(shader), this.longest, late));
      } catch (error) {
        this.#onFailure(error as DeviceError);
        throw error;
      }
    }
  }

  /** @throws ShaderError. */
  async #compile(shader: Shader): Promise<GPUComputePipeline> {
    this.#gpu.pushErrorScope('validation');
    const descriptor = this.#descriptor(shader);
    const found = await this.#endScope();
    if (found !== null) throw new ShaderError(shader.name, found.message);
    try {
      return await this.#gpu.createComputePipelineAsync(descriptor);
    } catch (cause) {
      throw new ShaderError(shader.name, messageOf(cause), { cause });
    }
  }

  /** The bind group of the buffers that a shader works on. */
  group(layout: string, buffers: readonly NumberedBuffer[]): GPUBindGroup {
    let key = layout;
    for (let i = 0; i < buffers.length; i++) key += `,${buffers[i]!.id}`;
    let group = this.#groups.get(key);
    if (group === undefined) {
      group = this.#gpu.createBindGroup({
        layout: this.#layoutOf(layout).group,
        entries: this.#rangesOf(buffers).map((resource, binding) => ({ binding, resource })),
      });
      if (this.#groups.size >= groupLimit) this.#groups.delete(this.#groups.keys().next().value!);
      this.#groups.set(key, group);
    }
    return group;
  }

  /** Each buffer whole, or in the ranges that `fitting` counts on. */
  #rangesOf(buffers: readonly NumberedBuffer[]): GPUBufferBinding[] {
    const counts = this.divide(buffers.map(({ size }) => size));
    return buffers.flatMap(({ gpu: buffer, size }, k) => {
      const count = counts?.[k] ?? 1;
      if (count === 1) return [{ buffer }];
      const each = Math.ceil(size / count / bindingAlignment) * bindingAlignment;
      return Array.from({ length: count }, (_, range) => {
        const offset = range * each;
        return { buffer, offset, size: Math.min(each, size - offset) };
      });
    });
  }

  #descriptor({ name, code, layout }: Shader): GPUComputePipelineDescriptor {
    const module = this.#gpu.createShaderModule({ code, label: name });
    const compute = { module, entryPoint: 'main' };
    return { label: name, layout: this.#layoutOf(layout).pipeline, compute };
  }

  #layoutOf(layout: string): Layout {
    let found = this.#layouts.get(layout);
    if (found === undefined) {
      const group = this.#groupLayout(layout);
      const bindGroupLayouts = [this.parameterLayout, group];
      found = { group, pipeline: this.#gpu.createPipelineLayout({ bindGroupLayouts }) };
      this.#layouts.set(layout, found);
    }
    return found;
  }

  #groupLayout(layout: string): GPUBindGroupLayout {
    const entries = Array.from(layout, (access, binding): GPUBindGroupLayoutEntry => {
      const type = access === 'w' ? 'storage' : 'read-only-storage';
      return { binding, visibility: computeStage, buffer: { type } };
    });
    return this.#gpu.createBindGroupLayout({ entries });
  }

  async #endScope(): Promise<GPUError | null> {
    try {
      return await this.#gpu.popErrorScope();
    } catch {
      // A device that is gone says so itself.
      return null;
    }
  }

  async #tellOfErrors({ name, code }: Shader): Promise<void> {
    const found = await this.#endScope();
    if (found === null) return;
    const error = new ShaderError(name, found.message);
    this.#broken.set(code, error);
    this.#onFailure(error);
  }
}

interface Layout {
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
