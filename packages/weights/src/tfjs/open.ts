import {
  formatShape,
  fromFloat16,
  aFunction,
  checkOptions,
  optionKinds,
} from '@convnet/tensor-core';

import type { ByteSource } from '../bytes/byte-source.ts';
import { JoinedSource } from '../bytes/joined-source.ts';
import {
  openSource,
  sourceOptions,
  type FileLocation,
  type SourceOptions,
} from '../bytes/open-source.ts';
import { beside } from '../bytes/sibling.ts';
import { requirePlainName } from '../bytes/plain-name.ts';
import { bytesFor } from '../elements/element-type.ts';
import { TfjsError } from '../errors.ts';
import { FileTensor } from '../file-tensor.ts';
import type { ShardOptions } from '../safetensors/shards.ts';
import type { TensorFile } from '../tensor-file.ts';
import { longestManifest, parseManifest, type Group, type Weight } from './manifest.ts';

export interface TfjsOptions extends SourceOptions {
  /** Where a file is that `model.json` names. Default: beside it, for a path or a URL. */
  readonly shard?: (file: string) => FileLocation;
}

const tfjsOptions = optionKinds<TfjsOptions>({ ...sourceOptions, shard: aFunction });

/**
 * Opens the weights of a layers or graph model of TensorFlow.js by its `model.json`. Each is read when it is asked for;
 * those that were quantised come as the numbers that they stand for. Axes are as TensorFlow has them: the weight of a
 * convolution is [height, width, in, out].
 * @throws TfjsError, SourceError; ArgumentError.
 */
export async function openTfjs(
  location: FileLocation,
  options: TfjsOptions = {},
): Promise<TensorFile> {
  checkOptions('openTfjs', options, tfjsOptions);
  const { shard, ...rest } = options;
  return tfjsOf(await openSource(location, rest), { location, shard, options: rest });
}

/** @internal Reads a `model.json` that is open, and closes it where that fails. */
export async function tfjsOf(
  source: ByteSource,
  { location, shard, options }: ShardOptions,
): Promise<TensorFile> {
  const opened: ByteSource[] = [source];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((each) => each.close()));
  };
  try {
    const tensors = new Map<string, FileTensor>();
    let position = 0;
    for (const group of await readManifest(source)) {
      const parts: ByteSource[] = [];
      for (const path of group.paths) {
        requirePlainName(path, source.name);
        const place = shard === undefined ? beside(location, path) : shard(path);
        const part = await openSource(place, { ...options, name: path });
        opened.push(part);
        parts.push(part);
      }
      const joined = new JoinedSource(parts, group.paths.join(', '));
      addTensors(tensors, group, joined, source.name, position);
      position += joined.size;
    }
    return {
      format: 'tfjs',
      name: source.name,
      tensors,
      metadata: new Map(),
      close,
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function readManifest(source: ByteSource): Promise<readonly Group[]> {
  const { name, size } = source;
  if (size > longestManifest) {
    throw new TfjsError('manifest', name, `${size} bytes are too many for a model.json`);
  }
  return parseManifest(new TextDecoder().decode(await source.read(0, size)), name);
}

function addTensors(
  tensors: Map<string, FileTensor>,
  group: Group,
  joined: JoinedSource,
  source: string,
  position: number,
): void {
  let at = 0;
  for (const weight of group.weights) {
    const { name, dtype, shape, quantization } = weight;
    if (tensors.has(name)) {
      throw new TfjsError('duplicate', source, `the name ${JSON.stringify(name)} stands twice`);
    }
    const start = at;
    const length = bytesFor(quantization?.stored ?? dtype, shape);
    // Numbers that stand for others must not become more than the files explain.
    const whole = bytesFor(dtype, shape);
    if (length === null || whole === null || start + length > joined.size) {
      throw new TfjsError(
        'size',
        source,
        `${JSON.stringify(name)}, ${dtype} ${formatShape(shape)}, ends behind the ${joined.size} bytes of ${joined.name}`,
      );
    }
    at += length;
    const end = at;
    tensors.set(
      name,
      new FileTensor({
        where: `${source}, ${name}`,
        dtype,
        shape,
        position: position + start,
        read: async () => restored(weight, await joined.read(start, end)),
      }),
    );
  }
  if (at !== joined.size) {
    throw new TfjsError(
      'size',
      source,
      `bytes ${at} to ${joined.size} of ${joined.name} belong to no tensor`,
    );
  }
}

/** The numbers that quantised ones stand for; those of int32 are rounded, as TensorFlow.js does. */
function restored({ dtype, quantization }: Weight, bytes: Uint8Array): Uint8Array {
  if (quantization === null) return bytes;
  const { stored, scale, min } = quantization;
  const own = bytes.slice().buffer;
  if (stored === 'float16') return new Uint8Array(fromFloat16(new Uint16Array(own)).buffer);
  const numbers = stored === 'uint8' ? new Uint8Array(own) : new Uint16Array(own);
  const values =
    dtype === 'int32'
      ? Int32Array.from(numbers, (value) => Math.round(value * scale + min))
      : Float32Array.from(numbers, (value) => value * scale + min);
  return new Uint8Array(values.buffer);
}
