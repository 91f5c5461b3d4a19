import {
  beside,
  openSource,
  requirePlainName,
  type ByteSource,
  type FileLocation,
  type SourceOptions,
} from '@convnet/weights';

import { OnnxFileError } from '../errors.ts';
import type { FileModel, FileTensor } from '../protobuf/file-messages.ts';

interface Place {
  readonly location: FileLocation;
  readonly shard: ((file: string) => FileLocation) | undefined;
  readonly options: SourceOptions;
}

/**
 * The model with the initialisers that stand in files of their own: those of its folder, or where `shard` says.
 * @throws SourceError where one cannot be had or leads out of the folder; OnnxFileError where it is shorter than it should.
 */
export async function withExternalData(
  model: FileModel,
  source: string,
  { location, shard, options }: Place,
): Promise<FileModel> {
  const { graph } = model;
  if (graph.initializers.every(({ elements }) => elements.kind !== 'external')) return model;
  const opened = new Map<string, ByteSource>();
  const read = async (tensor: FileTensor): Promise<FileTensor> => {
    const { elements, name } = tensor;
    if (elements.kind !== 'external') return tensor;
    const { file, offset, length } = elements;
    let data = opened.get(file);
    if (data === undefined) {
      requirePlainName(file, source);
      const place = shard === undefined ? beside(location, file) : shard(file);
      data = await openSource(place, { ...options, name: file });
      opened.set(file, data);
    }
    const end = length === null ? data.size : offset + length;
    if (offset > end || end > data.size) {
      throw new OnnxFileError(
        'truncated',
        source,
        `the tensor '${name}' stands at ${offset} to ${end} of ${file}, which has ${data.size} bytes`,
      );
    }
    return { ...tensor, elements: { kind: 'raw', parts: [await data.read(offset, end)] } };
  };
  try {
    const initializers: FileTensor[] = [];
    for (const tensor of graph.initializers) initializers.push(await read(tensor));
    return { ...model, graph: { ...graph, initializers } };
  } finally {
    await Promise.all(Array.from(opened.values(), (data) => data.close()));
  }
}
