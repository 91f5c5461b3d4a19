import { DeviceError } from '@convnet/tensor-core';

import type { Memory } from '../gpu-buffer.ts';
import type { TileRow } from '../kernels/tiled/tile.ts';
import { workgroupSize, type Shader } from '../shader.ts';

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

/** What a device is and allows, as far as kernels ask. */
export interface DeviceLimits {
  /** How products are divided. */
  readonly tiles: TileRow;
  /** Buffers that one kernel may bind, apart from its parameters. */
  readonly buffersPerKernel: number;
  /** Bytes of a buffer that are bound as one; larger ones are bound in ranges, which count as so many buffers. */
  readonly bindingBytes: number;
  /** The most invocations of a subgroup; null where shaders cannot use them. */
  readonly subgroupSize: number | null;
  /** Workgroups along one dimension of a dispatch. */
  readonly groupsPerDimension: number;
  /** How weights of compiled networks are stored. */
  readonly storage: 'float32' | 'float16';
}

/** Where kernels put their commands: they are recorded for now, or planned for many runs. */
export abstract class CommandSink {
  abstract readonly limits: DeviceLimits;
  /** Memory for a result, contents undefined. */
  abstract take(bytes: number): Memory;
  /** Lets go of a memory, which may serve others. */
  abstract giveBack(memory: Memory): void;
  /** Memory with the given words. */
  abstract upload(words: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Memory;
  /**
   * Runs a shader in a number of workgroups.
   * @param memories bound to the buffers of the shader, in order.
   */
  abstract dispatchGroups(
    shader: Shader,
    parameters: Parameters,
    memories: readonly Memory[],
    groups: number,
  ): void;

  /** The same with the number of invocations. */
  dispatch(
    shader: Shader,
    parameters: Parameters,
    memories: readonly Memory[],
    count: number,
  ): void {
    this.dispatchGroups(shader, parameters, memories, Math.ceil(count / workgroupSize));
  }
}

/**
 * How many workgroups are dispatched along two dimensions, of at most `most` each: at least `groups`.
 * @throws DeviceError for more than two dimensions hold.
 */
export function gridOf(groups: number, most: number): [width: number, height: number] {
  const width = Math.min(groups, most);
  const height = Math.ceil(groups / width);
  if (height <= most) return [width, height];
  throw new DeviceError(
    `webgpu: a kernel of ${groups} workgroups, and this device runs ${most} by ${most} ` +
      '(maxComputeWorkgroupsPerDimension): use a smaller batch',
  );
}

/** Writes parameters as shaders see them. @throws DeviceError for what does not fit. */
export function writeParameters(
  parameters: Parameters,
  start: number,
  words: Int32Array,
  floats: Float32Array,
): void {
  for (let i = 0; i < parameters.length; i++) {
    const parameter = parameters[i]!;
    if (typeof parameter === 'number') words[start + i] = parameterWord(parameter);
    else floats[start + i] = parameter.float;
  }
}

/** A parameter as shaders see it. @throws DeviceError for what does not fit: cut off, it would be another number. */
export function parameterWord(parameter: number): number {
  if (parameter === (parameter | 0)) return parameter;
  throw new DeviceError(
    `webgpu: ${parameter} among the sizes of a kernel: shaders count with 32 bits`,
  );
}
