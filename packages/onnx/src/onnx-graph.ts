import { toFloat16 } from '@convnet/tensor-core';

import type { Attribute, ElementType, Node, TensorData } from './protobuf/messages.ts';
import type { Extent } from './traced-network.ts';

/** A graph in the making: nodes and constants, each with a name of its own. */
export class OnnxGraph {
  readonly opset: number;
  readonly nodes: Node[] = [];
  readonly initializers: TensorData[] = [];
  readonly #input: string;
  readonly #taken = new Set<string>();
  readonly #constants = new Map<string, string>();
  #batch: string | undefined;

  /** @param input the name of the input whose first extent is the batch. */
  constructor(opset: number, input: string) {
    this.opset = opset;
    this.#input = input;
  }

  /** `name`, or with a number behind it where that is taken. */
  unique(name: string): string {
    let free = name;
    for (let i = 1; this.#taken.has(free); i++) free = `${name}_${i}`;
    this.#taken.add(free);
    return free;
  }

  /**
   * Adds a node. @param path the module's, in front of the node's name.
   * @returns the name of its output.
   */
  node(
    path: string,
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    const name = this.unique(`${path === '' ? '' : `/${path}`}/${opType}`);
    const output = `${name}_output_0`;
    this.nodes.push({ name, opType, inputs, outputs: [output], attributes });
    return output;
  }

  /** A constant that the export itself needs; equal ones are one. */
  constant(type: ElementType, shape: readonly number[], values: ArrayLike<number>): string {
    const bytes = bytesOf(type, values);
    const key = `${type} ${shape.join()} ${bytes.join()}`;
    let name = this.#constants.get(key);
    if (name === undefined) {
      name = this.unique(`/constant`);
      this.initializers.push({ name, shape, type, bytes });
      this.#constants.set(key, name);
    }
    return name;
  }

  scalar(type: ElementType, value: number): string {
    return this.constant(type, [], [value]);
  }

  /** A list of int64, such as axes. */
  list(values: readonly number[]): string {
    return this.constant('int64', [values.length], values);
  }

  /** Extents as an int64 list that is computed where it depends on the batch. */
  extents(path: string, extents: readonly Extent[]): string {
    const fixed = extents.filter((extent) => typeof extent === 'number');
    if (fixed.length === extents.length) return this.list(fixed);
    const parts = extents.map((extent) => {
      if (typeof extent === 'number') return this.list([extent]);
      return this.node(path, 'Mul', [this.#batchExtent(), this.list([extent.perBatch])]);
    });
    return this.node(path, 'Concat', parts, { axis: { int: 0 } });
  }

  /** The first extent of the input, as a list of one. */
  #batchExtent(): string {
    this.#batch ??= this.node('', 'Slice', [
      this.node('', 'Shape', [this.#input]),
      this.list([0]),
      this.list([1]),
    ]);
    return this.#batch;
  }

  /** A second name for a value. */
  identity(from: string, to: string): void {
    const name = this.unique('/Identity');
    this.nodes.push({ name, opType: 'Identity', inputs: [from], outputs: [to], attributes: {} });
  }

  /** Gives the output of a node another name. */
  rename(from: string, to: string): void {
    const renamed = (name: string): string => (name === from ? to : name);
    for (const [i, node] of this.nodes.entries()) {
      this.nodes[i] = {
        ...node,
        inputs: node.inputs.map(renamed),
        outputs: node.outputs.map(renamed),
      };
    }
  }
}

/** Elements as ONNX stores them. */
export function bytesOf(type: ElementType, values: ArrayLike<number>): Uint8Array {
  const { buffer, byteOffset, byteLength } = arrayOf(type, values);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function arrayOf(
  type: ElementType,
  values: ArrayLike<number>,
): { readonly buffer: ArrayBufferLike; readonly byteOffset: number; readonly byteLength: number } {
  switch (type) {
    case 'float32':
      return values instanceof Float32Array ? values : Float32Array.from(values);
    case 'float64':
      return Float64Array.from(values);
    case 'float16':
      return toFloat16(values);
    case 'int32':
      return Int32Array.from(values);
    case 'int64':
      return BigInt64Array.from(Array.from(values, BigInt));
    default:
      return Uint8Array.from(values);
  }
}
