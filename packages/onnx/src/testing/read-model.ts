import { PbfReader } from 'pbf';

interface ReadNode {
  name: string;
  opType: string;
  attributes: Record<string, number | string | number[]>;
}

interface ReadValue {
  name: string;
  shape: (number | string)[];
}

interface ReadGraph {
  nodes: ReadNode[];
  initializers: { name: string }[];
  inputs: ReadValue[];
  outputs: ReadValue[];
}

/** What tests look at in a ModelProto; field numbers of onnx.proto. */
export function readModel(file: Uint8Array): { opset: number; graph: ReadGraph } {
  const model = {
    opset: 0,
    graph: { nodes: [], initializers: [], inputs: [], outputs: [] } as ReadGraph,
  };
  return new PbfReader(file).readFields((tag, read, pbf) => {
    if (tag === 7) pbf.readMessage(readGraph, read.graph);
    if (tag === 8) {
      pbf.readMessage((field, _, at) => {
        if (field === 2) read.opset = at.readVarint();
      }, null);
    }
  }, model);
}

function readGraph(tag: number, graph: ReadGraph, pbf: PbfReader): void {
  if (tag === 1) {
    graph.nodes.push(pbf.readMessage(readNode, { name: '', opType: '', attributes: {} }));
  }
  if (tag === 5) {
    graph.initializers.push(
      pbf.readMessage(
        (field, tensor, at) => {
          if (field === 8) tensor.name = at.readString();
        },
        { name: '' },
      ),
    );
  }
  if (tag === 11) graph.inputs.push(pbf.readMessage(readValue, { name: '', shape: [] }));
  if (tag === 12) graph.outputs.push(pbf.readMessage(readValue, { name: '', shape: [] }));
}

function readNode(tag: number, node: ReadNode, pbf: PbfReader): void {
  if (tag === 3) node.name = pbf.readString();
  if (tag === 4) node.opType = pbf.readString();
  if (tag !== 5) return;
  const found = { name: '', value: [] as number | string | number[] };
  pbf.readMessage((field, attribute, at) => {
    if (field === 1) attribute.name = at.readString();
    if (field === 2) attribute.value = at.readFloat();
    if (field === 3) attribute.value = at.readVarint(true);
    if (field === 4) attribute.value = at.readString();
    if (field === 8) attribute.value = at.readPackedVarint([], true);
  }, found);
  node.attributes[found.name] = found.value;
}

/** Name, and the extents within type, tensor_type and shape. */
function readValue(tag: number, value: ReadValue, pbf: PbfReader): void {
  if (tag === 1) value.name = pbf.readString();
  if (tag === 2) pbf.readMessage(readTensorType, value);
}

function readTensorType(tag: number, value: ReadValue, pbf: PbfReader): void {
  if (tag !== 1) return;
  pbf.readMessage((field, _, type) => {
    if (field !== 2) return;
    type.readMessage((extent, __, shape) => {
      if (extent !== 1) return;
      shape.readMessage((dimension, ___, at) => {
        if (dimension === 1) value.shape.push(at.readVarint());
        if (dimension === 2) value.shape.push(at.readString());
      }, null);
    }, null);
  }, value);
}
