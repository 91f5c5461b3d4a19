import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tensor, type Device, type NestedNumbers, type Tensor } from '@convnet/tensor-core';

import type { HostTensor } from '../host/host-tensor.ts';
import { decodeElements } from '../import/elements.ts';
import { importOnnx } from '../import/import-onnx.ts';
import { dtypeOn } from '../import/operands.ts';
import { operators } from '../operators/index.ts';
import type { FileGraph, FileModel, FileNode, FileValueInfo } from '../protobuf/file-messages.ts';
import { MessageReader } from '../protobuf/message-reader.ts';
import { readModel, readTensor } from '../protobuf/read.ts';

/** One of ONNX' node tests: a model of one operator, with inputs and expected outputs in files of their own. */
export class NodeCase {
  readonly name: string;
  readonly model: FileModel;
  readonly #bytes: Uint8Array;
  readonly #data: string;

  constructor(folder: string, name: string) {
    this.name = name;
    this.#bytes = new Uint8Array(readFileSync(join(folder, name, 'model.onnx')));
    this.model = readModel(this.#bytes, name);
    const [set] = readdirSync(join(folder, name)).filter((entry) =>
      entry.startsWith('test_data_set'),
    );
    this.#data = join(folder, name, set!);
  }

  /** The operators that no node here is run for. */
  get missing(): readonly string[] {
    const types = nodesWithin(this.model.graph)
      .filter(({ domain, opType }) => domain !== '' || !known.has(opType))
      .map(({ opType }) => opType);
    return [...new Set(types)];
  }

  /** The network, and what it is expected to give. */
  async run(
    device: Device,
  ): Promise<{ found: readonly Tensor[]; expected: readonly HostTensor[] }> {
    const { graph } = this.model;
    const onHost = hostInputs(graph);
    const constants: Record<string, NestedNumbers> = {};
    const given: (() => Tensor)[] = [];
    // The first exports listed weights among the inputs.
    const weights = new Set(graph.initializers.map(({ name }) => name));
    const inputs = graph.inputs.filter(({ name }) => !weights.has(name));
    inputs.forEach((info, i) => {
      const read = (): HostTensor => this.#read('input', i, info);
      if (onHost.has(info.name)) constants[info.name] = nested(read().list(), read().shape);
      else given.push(() => toDevice(read(), device));
    });
    const network = await importOnnx<Tensor | Tensor[]>(this.#bytes, {
      device,
      constants,
      name: this.name,
    });
    const result = network.forward(...(given.map((make) => make()) as [Tensor, ...Tensor[]]));
    const found = Array.isArray(result) ? result : [result];
    return { found, expected: graph.outputs.map((info, i) => this.#read('output', i, info)) };
  }

  #read(kind: 'input' | 'output', i: number, { type }: FileValueInfo): HostTensor {
    const file = new Uint8Array(readFileSync(join(this.#data, `${kind}_${i}.pb`)));
    const stored = readTensor(new MessageReader(file, `${kind} ${i} of ${this.name}`), true);
    // bfloat16 stands there as the integers of its bits.
    return decodeElements(type === bfloat16 ? { ...stored, type } : stored, this.name);
  }
}

const bfloat16 = 16;

const known = new Set([...operators.keys(), 'Constant', 'Shape', 'Size', 'Range']);

/** The inputs whose numbers shapes depend on, however they lead there. */
function hostInputs({ nodes }: FileGraph): ReadonlySet<string> {
  const needed = new Set<string>();
  for (const node of nodes.toReversed()) {
    const all = node.opType === 'Range' || node.outputs.some((name) => needed.has(name));
    const isShape = node.opType === 'Shape' || node.opType === 'Size';
    const places = operators.get(node.opType)?.host ?? [];
    node.inputs.forEach((name, i) => {
      if ((all && !isShape) || places.includes(i)) needed.add(name);
    });
  }
  return needed;
}

function toDevice(value: HostTensor, device: Device): Tensor {
  return tensor(value.list(), value.shape, { device, dtype: dtypeOn(device, value.type) });
}

function nested(data: readonly number[], shape: readonly number[]): NestedNumbers {
  if (shape.length === 0) return data[0]!;
  const [first, ...rest] = shape as [number, ...number[]];
  const size = data.length / Math.max(first, 1);
  return Array.from({ length: first }, (_, i) =>
    nested(data.slice(i * size, (i + 1) * size), rest),
  );
}

/** All nodes, those of branches too. */
function nodesWithin({ nodes }: FileGraph): FileNode[] {
  return nodes.flatMap((node) => [
    node,
    ...Array.from(node.attributes.values()).flatMap((attribute) =>
      attribute.kind === 'graph' ? nodesWithin(attribute.value) : [],
    ),
  ]);
}
