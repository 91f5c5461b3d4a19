import { OnnxFileError } from '../errors.ts';
import { HostTensor, type HostType } from '../host/host-tensor.ts';
import type { FileGraph, FileNode, FileTensor } from '../protobuf/file-messages.ts';
import { decodeElements, typeOf } from './elements.ts';

/** A value that a file fixes. */
export interface Constant {
  readonly type: HostType;
  readonly shape: readonly number[];
  /** Whether it is an initialiser, and no constant of the graph. */
  readonly isWeight: boolean;
  /** Its numbers. @throws OnnxFileError. */
  decode(): HostTensor;
}

/** All values of a graph that do not depend on its inputs: initialisers, constants, and copies of them. */
export class Constants {
  readonly #source: string;
  readonly #constants = new Map<string, Constant>();

  /** @param given numbers for inputs of the graph */
  constructor(graph: FileGraph, source: string, given: ReadonlyMap<string, HostTensor>) {
    this.#source = source;
    for (const tensor of graph.initializers) this.add(tensor);
    for (const [name, numbers] of given) {
      this.#constants.set(name, { ...describe(numbers), isWeight: false, decode: () => numbers });
    }
  }

  /** Adds an initialiser. @throws OnnxFileError where there is one of its name. */
  add(tensor: FileTensor): void {
    if (this.#constants.has(tensor.name)) {
      throw new OnnxFileError('graph', this.#source, `there are two initialisers '${tensor.name}'`);
    }
    this.#constants.set(tensor.name, this.#ofFile(tensor, true));
  }

  has(name: string): boolean {
    return this.#constants.has(name);
  }

  get(name: string): Constant | undefined {
    return this.#constants.get(name);
  }

  names(): Iterable<string> {
    return this.#constants.keys();
  }

  /**
   * Takes a node whose output does not depend on the inputs of the graph: a constant, or a copy of an initialiser. PyTorch
   * writes those for weights that are equal: each is a weight of its own.
   * @returns whether it was one.
   */
  take(node: FileNode): boolean {
    if (node.domain !== '') return false;
    const constant =
      node.opType === 'Constant'
        ? this.#ofNode(node)
        : node.opType === 'Identity'
          ? this.get(node.inputs[0] ?? '')
          : undefined;
    const [name] = node.outputs;
    if (constant === undefined || name === undefined) return false;
    if (this.has(name)) {
      throw new OnnxFileError('graph', this.#source, `'${name}' is made twice`);
    }
    this.#constants.set(name, constant);
    return true;
  }

  /** undefined for one that is no tensor of numbers. */
  #ofNode({ attributes }: FileNode): Constant | undefined {
    const [entry] = attributes;
    if (entry === undefined || attributes.size > 1) return undefined;
    const [name, attribute] = entry;
    const numbers = (
      type: HostType,
      shape: readonly number[],
      data: readonly number[],
    ): Constant => {
      const value = new HostTensor(type, shape, data);
      return { ...describe(value), isWeight: false, decode: () => value };
    };
    if (name === 'value' && attribute.kind === 'tensor')
      return this.#ofFile(attribute.value, false);
    if (name === 'value_float' && attribute.kind === 'float')
      return numbers('float32', [], [attribute.value]);
    if (name === 'value_int' && attribute.kind === 'int')
      return numbers('int64', [], [attribute.value]);
    if (name === 'value_floats' && attribute.kind === 'floats') {
      return numbers('float32', [attribute.value.length], attribute.value);
    }
    if (name === 'value_ints' && attribute.kind === 'ints') {
      return numbers('int64', [attribute.value.length], attribute.value);
    }
    return undefined;
  }

  #ofFile(tensor: FileTensor, isWeight: boolean): Constant {
    const type = typeOf(tensor, this.#source);
    let decoded: HostTensor | null = null;
    return {
      type,
      shape: tensor.shape,
      isWeight,
      decode: () => {
        if (isWeight) return decodeElements(tensor, this.#source);
        decoded ??= decodeElements(tensor, this.#source);
        return decoded;
      },
    };
  }
}

function describe({ type, shape }: HostTensor): { type: HostType; shape: readonly number[] } {
  return { type, shape };
}
