import { PbfWriter } from 'pbf';

import { elementTypes, type ElementType } from '../protobuf/messages.ts';

/** A node of a model that tests make. */
export interface MadeNode {
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly name?: string;
  readonly domain?: string;
  readonly ints?: Readonly<Record<string, number>>;
  readonly graphs?: Readonly<Record<string, MadeGraph>>;
}

/** A graph within a model. */
export interface MadeGraph {
  readonly nodes: readonly MadeNode[];
  readonly initializers?: readonly MadeTensor[];
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
}

/** An initialiser of a model that tests make. */
export interface MadeTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type?: ElementType;
  readonly raw?: Uint8Array;
  /** As integers that are not raw data. */
  readonly integers?: readonly number[];
  /** As data of another file. */
  readonly external?: Readonly<Record<string, string>>;
}

export interface MadeModel extends MadeGraph {
  readonly opset?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A model with whatever is asked for, right or wrong: the exporter writes only what is right. */
export function madeModel(model: MadeModel): Uint8Array {
  const { opset = 17 } = model;
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8);
  pbf.writeMessage(7, writeGraph, { inputs: ['x'], outputs: ['y'], ...model });
  pbf.writeMessage(8, (_, set) => set.writeVarintField(2, opset), null);
  for (const entry of Object.entries(model.metadata ?? {})) pbf.writeMessage(14, writeEntry, entry);
  return pbf.finish();
}

function writeGraph(
  { nodes, initializers = [], inputs = [], outputs = [] }: MadeGraph,
  pbf: PbfWriter,
): void {
  for (const node of nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, 'made');
  for (const tensor of initializers) pbf.writeMessage(5, writeTensor, tensor);
  for (const name of inputs) pbf.writeMessage(11, writeName, name);
  for (const name of outputs) pbf.writeMessage(12, writeName, name);
}

function writeEntry([key, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

function writeName(name: string, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
}

function writeNode(node: MadeNode, pbf: PbfWriter): void {
  for (const name of node.inputs) pbf.writeStringField(1, name);
  for (const name of node.outputs) pbf.writeStringField(2, name);
  if (node.name !== undefined) pbf.writeStringField(3, node.name);
  pbf.writeStringField(4, node.opType);
  for (const [name, value] of Object.entries(node.ints ?? {})) {
    pbf.writeMessage(
      5,
      (_, attribute) => {
        attribute.writeStringField(1, name);
        attribute.writeVarintField(3, value);
        attribute.writeVarintField(20, 2);
      },
      null,
    );
  }
  for (const [name, graph] of Object.entries(node.graphs ?? {})) {
    pbf.writeMessage(
      5,
      (_, attribute) => {
        attribute.writeStringField(1, name);
        attribute.writeMessage(6, writeGraph, graph);
        attribute.writeVarintField(20, 5);
      },
      null,
    );
  }
  if (node.domain !== undefined) pbf.writeStringField(7, node.domain);
}

function writeTensor(tensor: MadeTensor, pbf: PbfWriter): void {
  pbf.writePackedVarint(1, [...tensor.shape]);
  pbf.writeVarintField(2, elementTypes[tensor.type ?? 'float32']);
  if (tensor.integers !== undefined) pbf.writePackedVarint(7, [...tensor.integers]);
  pbf.writeStringField(8, tensor.name);
  if (tensor.raw !== undefined) pbf.writeBytesField(9, tensor.raw);
  for (const [key, value] of Object.entries(tensor.external ?? {})) {
    pbf.writeMessage(13, writeEntry, [key, value] as const);
  }
  if (tensor.external !== undefined) pbf.writeVarintField(14, 1);
}
