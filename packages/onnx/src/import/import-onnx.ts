import {
  ArgumentError,
  formatValue,
  nearestHint,
  type NestedNumbers,
  type Tensor,
} from '@convnet/tensor-core';
import { openSource, type FileLocation } from '@convnet/weights';

import { OnnxFileError } from '../errors.ts';
import { HostTensor, hostTypeOf } from '../host/host-tensor.ts';
import type { FileGraph, FileModel } from '../protobuf/file-messages.ts';
import { readModel } from '../protobuf/read.ts';
import { withBranches } from './branches.ts';
import { withExternalData } from './external-data.ts';
import { ImportedNetwork } from './imported-network.ts';
import { readImportOptions, type ImportOptions } from './options.ts';
import { planGraph } from './plan.ts';

const oldestReadOpset = 1;
const newestReadOpset = 28;

/** What a message of protobuf holds at most. */
const mostBytes = 2 ** 31 - 1;

/**
 * The network of an ONNX file, opset 1 to 28, in evaluation mode. `forward` takes its inputs in their order and gives its
 * output, or a list where it has several: say so with `importOnnx<Tensor[]>`. Weights stand in the state dict under their
 * names in the file; those of float types are learned but for running statistics and constants that exporters made. In
 * training mode dropout drops and batch norm reads and moves the statistics of the batch.
 * @param location a path, URL, Blob, `FileHandle` or bytes, as `openWeights` takes them
 * @throws UnsupportedOperatorsError that lists all nodes which cannot be run; OnnxFileError for what is no ONNX model or
 * contradicts itself; SourceError for bytes that cannot be had; ArgumentError for an option that is not known or no option;
 * OutOfMemoryError.
 */
export async function importOnnx<Output = Tensor>(
  location: FileLocation,
  options: ImportOptions = {},
): Promise<ImportedNetwork<Output>> {
  const { device, shard, constants, source: sourceOptions } = readImportOptions(options);
  const source = await openSource(location, sourceOptions);
  try {
    const { name, size } = source;
    if (size > mostBytes) {
      throw new OnnxFileError('limit', name, `${size} bytes are more than an ONNX file has`);
    }
    const read = readModel(await source.read(0, size), name);
    const opset = opsetOf(read, name);
    const given = givenNumbers(read.graph, constants);
    const { graph, guards } = withBranches(read.graph, name, given);
    const place = { location, shard, options: sourceOptions };
    const model = await withExternalData({ ...read, graph }, name, place);
    const plan = planGraph(model, { source: name, opset, given, guards });
    return new ImportedNetwork<Output>(model.graph, plan, device);
  } finally {
    await source.close();
  }
}

/** @throws OnnxFileError for operators of a version that is not read. */
function opsetOf({ opsets }: FileModel, source: string): number {
  const opset = opsets.get('') ?? 0;
  if (opset >= oldestReadOpset && opset <= newestReadOpset) return opset;
  const came = opsets.has('') ? `opset ${opset}` : 'none';
  throw new OnnxFileError(
    'opset',
    source,
    `expected the operators of opset ${oldestReadOpset} to ${newestReadOpset}, got ${came}`,
  );
}

/** The numbers that the caller gives for inputs. @throws ArgumentError for one that is none. */
function givenNumbers(
  graph: FileGraph,
  constants: Readonly<Record<string, NestedNumbers>>,
): ReadonlyMap<string, HostTensor> {
  const names = graph.inputs.map(({ name }) => name);
  return new Map(
    Object.entries(constants).map(([name, numbers]) => {
      const input = graph.inputs.find((candidate) => candidate.name === name);
      if (input === undefined) {
        throw new ArgumentError(
          `importOnnx: constants: there is no input '${name}'${nearestHint(name, names)}; the inputs are ${names.join(', ')}`,
        );
      }
      const data: number[] = [];
      const shape = flatten(name, numbers, data);
      return [name, new HostTensor(hostTypeOf(input.type) ?? 'float32', shape, data)];
    }),
  );
}

/** Appends the numbers to `data`. @returns their shape. */
function flatten(name: string, numbers: unknown, data: number[]): number[] {
  if (typeof numbers === 'number') {
    data.push(numbers);
    return [];
  }
  if (!Array.isArray(numbers)) {
    throw new ArgumentError(
      `importOnnx: constants: expected '${name}' as a number or nested lists, got ${formatValue(numbers)}`,
    );
  }
  const shapes = (numbers as readonly unknown[]).map((row) => flatten(name, row, data));
  if (shapes.some((shape) => shape.join() !== shapes[0]!.join())) {
    throw new ArgumentError(`importOnnx: constants: expected rows of '${name}' of equal lengths`);
  }
  return [shapes.length, ...(shapes[0] ?? [])];
}
