import type { DeviceError } from '@convnet/tensor-core';

import type { NumberedBuffer } from '../gpu-buffer.ts';
import { ShaderError } from '../errors.ts';
import type { Shader } from '../shader.ts';
import { computeStage } from '../usage.ts';

/** Bind groups kept; the oldest goes first. */
const groupLimit = 8192;

/**
 * Pipelines of a device, made once for each shader, and the bind groups of the buffers they work on. Parameters are
 * group 0 of every pipeline, buffers group 1.
 */
export class Pipelines {
  readonly #gpu: GPUDevice;
  readonly #onFailure: (error: DeviceError) => void;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  readonly #layouts = new Map<string, Layout>();
  readonly #groups = new Map<string, GPUBindGroup>();
  #parameterLayout: GPUBindGroupLayout | null = null;

  /** @param onFailure told of a shader that does not compile. */
  constructor(gpu: GPUDevice, onFailure: (error: DeviceError) => void) {
    this.#gpu = gpu;
    this.#onFailure = onFailure;
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

  /** The pipeline of a shader, which the program waits for where it is not there yet. */
  get(shader: Shader): GPUComputePipeline {
    let pipeline = this.#pipelines.get(shader.code);
    if (pipeline === undefined) {
      this.#gpu.pushErrorScope('validation');
      pipeline = this.#gpu.createComputePipeline(this.#descriptor(shader));
      void this.#tellOfErrors(shader);
      this.#pipelines.set(shader.code, pipeline);
    }
    return pipeline;
  }

  /**
   * Makes pipelines while the program goes on, one after the other: made side by side, Dawn in Node has ended the
   * process.
   * @throws ShaderError for one that does not compile.
   */
  async make(shaders: Iterable<Shader>): Promise<void> {
    for (const shader of shaders) {
      if (this.has(shader)) continue;
      try {
        const pipeline = await this.#gpu.createComputePipelineAsync(this.#descriptor(shader));
        this.#pipelines.set(shader.code, pipeline);
      } catch (cause) {
        throw new ShaderError(shader.name, messageOf(cause), { cause });
      }
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
        entries: buffers.map(({ gpu }, binding) => ({ binding, resource: { buffer: gpu } })),
      });
      if (this.#groups.size >= groupLimit) this.#groups.delete(this.#groups.keys().next().value!);
      this.#groups.set(key, group);
    }
    return group;
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

  async #tellOfErrors({ name }: Shader): Promise<void> {
    let found: GPUError | null = null;
    try {
      found = await this.#gpu.popErrorScope();
    } catch {
      // A device that is gone says so itself.
    }
    if (found !== null) this.#onFailure(new ShaderError(name, found.message));
  }
}

interface Layout {
  readonly group: GPUBindGroupLayout;
  readonly pipeline: GPUPipelineLayout;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
