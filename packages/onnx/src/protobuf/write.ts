import { PbfWriter } from 'pbf';

import {
  elementTypes,
  type Attribute,
  type Graph,
  type Model,
  type Node,
  type TensorData,
  type ValueInfo,
} from './messages.ts';

/*
 * The numbers are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Lists of integers are
 * packed, which every reader of protobuf takes.
 */

/** The bytes of a ModelProto. */
export function writeModel(model: Model): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, model.irVersion);
  pbf.writeStringField(2, model.producerName);
  pbf.writeMessage(7, writeGraph, model.graph);
  pbf.writeMessage(8, writeOpset, model.opset);
  for (const entry of Object.entries(model.metadata)) pbf.writeMessage(14, writeEntry, entry);
  return pbf.finish();
}

/** A StringStringEntryProto. */
function writeEntry([key, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

/** An OperatorSetIdProto of the standard domain, whose name is empty. */
function writeOpset(version: number, pbf: PbfWriter): void {
  pbf.writeStringField(1, '');
  pbf.writeVarintField(2, version);
}

function writeGraph(graph: Graph, pbf: PbfWriter): void {
  for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, graph.name);
  for (const tensor of graph.initializers) pbf.writeMessage(5, writeTensor, tensor);
  for (const input of graph.inputs) pbf.writeMessage(11, writeValueInfo, input);
  for (const output of graph.outputs) pbf.writeMessage(12, writeValueInfo, output);
}

function writeNode(node: Node, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(1, input);
  for (const output of node.outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(3, node.name);
  pbf.writeStringField(4, node.opType);
  for (const entry of Object.entries(node.attributes)) pbf.writeMessage(5, writeAttribute, entry);
}

function writeAttribute([name, value]: readonly [string, Attribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if ('float' in value) {
    pbf.writeFloatField(2, value.float);
    pbf.writeVarintField(20, 1);
  } else if ('int' in value) {
    pbf.writeVarintField(3, value.int);
    pbf.writeVarintField(20, 2);
  } else if ('string' in value) {
    pbf.writeStringField(4, value.string);
    pbf.writeVarintField(20, 3);
  } else {
    pbf.writePackedVarint(8, [...value.ints]);
    pbf.writeVarintField(20, 7);
  }
}

function writeTensor(tensor: TensorData, pbf: PbfWriter): void {
  pbf.writePackedVarint(1, [...tensor.shape]);
  pbf.writeVarintField(2, elementTypes[tensor.type]);
  pbf.writeStringField(8, tensor.name);
  pbf.writeBytesField(9, tensor.bytes);
}

function writeValueInfo(info: ValueInfo, pbf: PbfWriter): void {
  pbf.writeStringField(1, info.name);
  pbf.writeMessage(2, writeType, info);
}

function writeType(info: ValueInfo, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, info);
}

function writeTensorType(info: ValueInfo, pbf: PbfWriter): void {
  pbf.writeVarintField(1, elementTypes[info.type]);
  pbf.writeMessage(2, writeShape, info.shape);
}

function writeShape(shape: ValueInfo['shape'], pbf: PbfWriter): void {
  for (const extent of shape) pbf.writeMessage(1, writeExtent, extent);
}

function writeExtent(extent: number | string, pbf: PbfWriter): void {
  if (typeof extent === 'number') pbf.writeVarintField(1, extent);
  else pbf.writeStringField(2, extent);
}
