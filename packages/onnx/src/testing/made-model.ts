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

export interface MadeModel {
  readonly nodes: readonly MadeNode[];
  readonly initializers?: readonly MadeTensor[];
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly opset?: number;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A model with whatever is asked for, right or wrong: the exporter writes only what is right. */
export function madeModel(model: MadeModel): Uint8Array {
  const { nodes, initializers = [], inputs = ['x'], outputs = ['y'], opset = 17 } = model;
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8);
  pbf.writeMessage(
    7,
    (_, graph) => {
      for (const node of nodes) graph.writeMessage(1, writeNode, node);
      graph.writeStringField(2, 'made');
      for (const tensor of initializers) graph.writeMessage(5, writeTensor, tensor);
      for (const name of inputs) graph.writeMessage(11, writeName, name);
      for (const name of outputs) graph.writeMessage(12, writeName, name);
    },
    null,
  );
  pbf.writeMessage(8, (_, set) => set.writeVarintField(2, opset), null);
  for (const entry of Object.entries(model.metadata ?? {})) pbf.writeMessage(14, writeEntry, entry);
  return pbf.finish();
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
