import type {
  FileAttribute,
  FileElements,
  FileGraph,
  FileModel,
  FileNode,
  FileTensor,
  FileValueInfo,
} from './file-messages.ts';
import { MessageReader } from './message-reader.ts';

/*
 * The numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Graphs stand within attributes
 * of nodes, and so on: as deep as `deepest`.
 */

const deepest = 16;

/**
 * A ModelProto. What is large in it, elements of tensors, are views of `file`. @param source what errors call the file
 * @throws OnnxFileError for what is no message of protobuf, or has no graph.
 */
export function readModel(file: Uint8Array, source: string): FileModel {
  const reader = new MessageReader(file, source);
  const opsets = new Map<string, number>();
  const metadata = new Map<string, string>();
  let graph: FileGraph | null = null;
  reader.fields((field) => {
    if (field === 7) graph = readGraph(reader);
    if (field === 8) {
      let domain = '';
      let version = 0;
      reader.message((part) => {
        if (part === 1) domain = reader.string();
        if (part === 2) version = reader.integer();
      });
      opsets.set(standard(domain), version);
    }
    if (field === 14) metadata.set(...readEntry(reader));
  });
  if (graph === null) throw reader.fail('format', 'it has no graph: it is no ONNX model');
  return { opsets, graph, metadata };
}

function readEntry(reader: MessageReader): [key: string, value: string] {
  let key = '';
  let value = '';
  reader.message((part) => {
    if (part === 1) key = reader.string();
    if (part === 2) value = reader.string();
  });
  return [key, value];
}

/** The standard domain has two names. */
function standard(domain: string): string {
  return domain === 'ai.onnx' ? '' : domain;
}

function readGraph(reader: MessageReader, depth = 0): FileGraph {
  if (depth > deepest) {
    throw reader.fail('limit', `graphs stand within each other more than ${deepest} times`);
  }

  let name = '';
  const nodes: FileNode[] = [];
  const initializers: FileTensor[] = [];
  const inputs: FileValueInfo[] = [];
  const outputs: FileValueInfo[] = [];
  reader.message((field) => {
    if (field === 1) nodes.push(readNode(reader, depth));
    if (field === 2) name = reader.string();
    if (field === 5) initializers.push(readTensor(reader));
    if (field === 11) inputs.push(readValueInfo(reader));
    if (field === 12) outputs.push(readValueInfo(reader));
    if (field === 15) {
      throw reader.fail(
        'format',
        'sparse initialisers are not read: save the model with dense ones',
      );
    }
  });
  return { name, nodes, initializers, inputs, outputs };
}

function readNode(reader: MessageReader, depth: number): FileNode {
  reader.count();
  const inputs: string[] = [];
  const outputs: string[] = [];
  const attributes = new Map<string, FileAttribute>();
  let name = '';
  let opType = '';
  let domain = '';
  reader.message((field) => {
    if (field === 1) inputs.push(reader.string());
    if (field === 2) outputs.push(reader.string());
    if (field === 3) name = reader.string();
    if (field === 4) opType = reader.string();
    if (field === 5) attributes.set(...readAttribute(reader, depth));
    if (field === 7) domain = reader.string();
  });
  return { name, opType, domain: standard(domain), inputs, outputs, attributes };
}

/** AttributeProto.AttributeType. */
const attributeKinds = new Map<number, FileAttribute['kind']>([
  [1, 'float'],
  [2, 'int'],
  [3, 'string'],
  [4, 'tensor'],
  [5, 'graph'],
  [6, 'floats'],
  [7, 'ints'],
  [8, 'strings'],
]);

function readAttribute(reader: MessageReader, depth: number): [name: string, value: FileAttribute] {
  reader.count();
  let name = '';
  let type = 0;
  // Which field was there, for files from before the type was written.
  let seen: FileAttribute['kind'] = 'other';
  let float = 0;
  let int = 0;
  let string = '';
  let tensor: FileTensor | null = null;
  let graph: FileGraph | null = null;
  const floats: number[] = [];
  const ints: number[] = [];
  const strings: string[] = [];
  reader.message((field) => {
    if (field === 1) name = reader.string();
    if (field === 20) type = reader.integer();
    const kind = attributeKinds.get(fieldKinds.get(field) ?? 0);
    if (kind !== undefined) seen = kind;
    if (field === 2) float = reader.float();
    if (field === 3) int = reader.integer();
    if (field === 4) string = reader.string();
    if (field === 5) tensor = readTensor(reader);
    if (field === 6) graph = readGraph(reader, depth + 1);
    if (field === 7) reader.floats(floats);
    if (field === 8) reader.integers(ints);
    if (field === 9) strings.push(reader.string());
  });
  const kind = type === 0 ? seen : (attributeKinds.get(type) ?? 'other');
  if (kind === 'float') return [name, { kind, value: float }];
  if (kind === 'int') return [name, { kind, value: int }];
  if (kind === 'string') return [name, { kind, value: string }];
  if (kind === 'floats') return [name, { kind, value: floats }];
  if (kind === 'ints') return [name, { kind, value: ints }];
  if (kind === 'strings') return [name, { kind, value: strings }];
  if (kind === 'tensor' && tensor !== null) return [name, { kind, value: tensor }];
  if (kind === 'graph' && graph !== null) return [name, { kind, value: graph }];
  return [name, { kind: 'other' }];
}

/** The type that each field of an attribute is for. */
const fieldKinds = new Map([
  [2, 1],
  [3, 2],
  [4, 3],
  [5, 4],
  [6, 5],
  [7, 6],
  [8, 7],
  [9, 8],
]);

/** A TensorProto: the next message, or with `isWhole` the file itself. */
export function readTensor(reader: MessageReader, isWhole = false): FileTensor {
  reader.count();
  const shape: number[] = [];
  const raw: Uint8Array[] = [];
  const varints: Uint8Array[] = [];
  const external = new Map<string, string>();
  let isExternal = false;
  let name = '';
  let type = 0;
  const visit = (field: number): void => {
    if (field === 1) reader.integers(shape);
    if (field === 2) type = reader.integer();
    // Floats and doubles stand packed as they do in raw data.
    if (field === 4 || field === 10) raw.push(reader.packedBytes());
    if (field === 5 || field === 7 || field === 11) varints.push(reader.packedBytes());
    if (field === 8) name = reader.string();
    if (field === 9) raw.push(reader.bytes());
    if (field === 13) {
      external.set(...readEntry(reader));
    }
    if (field === 14) isExternal = reader.integer() === 1;
  };
  if (isWhole) reader.fields(visit);
  else reader.message(visit);
  for (const extent of shape) {
    if (Number.isSafeInteger(extent) && extent >= 0) continue;
    throw reader.fail('tensor', `the tensor '${name}' has an extent of ${extent}`);
  }
  const elements: FileElements = isExternal
    ? readLocation(reader, name, external)
    : varints.length > 0
      ? { kind: 'varints', parts: varints }
      : { kind: 'raw', parts: raw };
  return { name, shape, type, elements };
}

function readLocation(
  reader: MessageReader,
  name: string,
  external: ReadonlyMap<string, string>,
): FileElements {
  const number = (key: string): number | null => {
    const text = external.get(key);
    if (text === undefined) return null;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    throw reader.fail('tensor', `the tensor '${name}' has external data at ${key} ${text}`);
  };
  const file = external.get('location');
  if (file === undefined) {
    throw reader.fail('tensor', `the tensor '${name}' has external data and no place of it`);
  }
  return { kind: 'external', file, offset: number('offset') ?? 0, length: number('length') };
}

function readValueInfo(reader: MessageReader): FileValueInfo {
  reader.count();
  let name = '';
  let type = 0;
  let shape: (number | string)[] | null = null;
  let isOther = false;
  reader.message((field) => {
    if (field === 1) name = reader.string();
    if (field !== 2) return;
    reader.message((kind) => {
      // 6 is the name of a kind of tensors, such as images.
      if (kind !== 1) isOther ||= kind !== 6;
      if (kind !== 1) return;
      reader.message((part) => {
        if (part === 1) type = reader.integer();
        if (part === 2) shape = readShape(reader);
      });
    });
  });
  return { name, type, shape, isOther };
}

function readShape(reader: MessageReader): (number | string)[] {
  const shape: (number | string)[] = [];
  reader.message((field) => {
    if (field !== 1) return;
    reader.count();
    let extent: number | string = '';
    reader.message((part) => {
      if (part === 1) extent = reader.integer();
      if (part === 2) extent = reader.string();
    });
    shape.push(extent);
  });
  return shape;
}
