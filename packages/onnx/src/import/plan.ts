import { elementCount } from '@convnet/tensor-core';

import {
  OnnxFileError,
  Unsupported,
  UnsupportedOperatorsError,
  type UnsupportedOperator,
} from '../errors.ts';
import { hostTypeOf, isFloatingType, type HostTensor } from '../host/host-tensor.ts';
import { hostOperators } from '../host/operators.ts';
import { shapeOperators } from '../host/shape-operators.ts';
import { operators } from '../operators/index.ts';
import type { FileModel, FileNode, FileValueInfo } from '../protobuf/file-messages.ts';
import { buffersOf } from '../buffers-metadata.ts';
import type { FlatGraph, Guard } from './branches.ts';
import { Constants, type Constant } from './constants.ts';
import { NodeReader } from './node-reader.ts';
import type { HostRun, Operator, Run } from './operator.ts';
import type { Value } from './operands.ts';

/** A node that was prepared. */
export interface PlannedNode {
  /** As the file has it. */
  readonly node: FileNode;
  /** When it runs: always where there are none. */
  readonly guards: readonly Guard[];
  /** Where every input is known to the host. */
  readonly onHost: HostRun | null;
  /** What the host knows of any tensor: its shape. */
  readonly ofShape: ((value: Value) => HostTensor) | null;
  readonly run: Run | null;
  /** Whether it is a part of the network that computes: not one that the host follows. */
  readonly isLayer: boolean;
  /** The names of the inputs that stand in the state dict. */
  readonly weights: readonly string[];
}

/** A tensor of the state dict. */
export interface PlannedWeight {
  readonly constant: Constant;
  readonly isLearned: boolean;
}

/** What is done with a file. */
export interface Plan {
  readonly nodes: readonly PlannedNode[];
  /** By name, in the order of the file. */
  readonly weights: ReadonlyMap<string, PlannedWeight>;
  /** Numbers that the host keeps. */
  readonly known: ReadonlyMap<string, HostTensor>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** What is known of a graph beside itself. */
interface Circumstances {
  /** What errors call the file. */
  readonly source: string;
  readonly opset: number;
  /** Numbers for inputs of the graph, which are constants then. */
  readonly given: ReadonlyMap<string, HostTensor>;
  readonly guards: FlatGraph['guards'];
}

/**
 * Prepares all nodes of a file, and tells which of its constants are weights and which are numbers that shapes depend on.
 * @throws OnnxFileError for a graph that is none; UnsupportedOperatorsError that lists all nodes that cannot be run.
 */
export function planGraph(model: FileModel, { source, opset, given, guards }: Circumstances): Plan {
  const { graph } = model;
  const constants = new Constants(graph, source, given);
  const inputs = graph.inputs.map(({ name }) => name).filter((name) => !constants.has(name));
  const outputs = graph.outputs.map(({ name }) => name);
  const steps = graph.nodes.filter((node) => !constants.take(node));
  requireOrder(source, steps, [...inputs, ...constants.names()], outputs);
  const uses = new Uses(steps);
  const buffers = buffersOf(model.metadata, source);
  const preparing = new Preparing({ opset, constants, uses, buffers, inputs: new Set(inputs) });
  for (const input of graph.inputs) if (!constants.has(input.name)) preparing.requireTensor(input);
  const nodes = steps.map((node) => preparing.prepare(node, guards.get(node) ?? []));
  for (const name of outputs) if (constants.has(name)) preparing.keepOutput(name);
  if (preparing.unsupported.length > 0) {
    throw new UnsupportedOperatorsError(source, preparing.unsupported);
  }
  return { nodes, weights: preparing.weights, known: preparing.known, inputs, outputs };
}

/** @throws OnnxFileError where a node reads what is not there yet, or a name is made twice. */
function requireOrder(
  source: string,
  nodes: readonly FileNode[],
  before: readonly string[],
  outputs: readonly string[],
): void {
  const made = new Set(before);
  for (const node of nodes) {
    for (const name of node.inputs) {
      if (name === '' || made.has(name)) continue;
      throw new OnnxFileError(
        'graph',
        source,
        `${nodeName(node)} reads '${name}', which nothing before it makes`,
      );
    }
    for (const name of node.outputs) {
      if (name === '') continue;
      if (made.has(name)) throw new OnnxFileError('graph', source, `'${name}' is made twice`);
      made.add(name);
    }
  }
  if (outputs.length === 0) throw new OnnxFileError('graph', source, 'it has no outputs');
  for (const name of outputs) {
    if (made.has(name)) continue;
    throw new OnnxFileError('graph', source, `nothing makes the output '${name}'`);
  }
}

export function nodeName(node: FileNode): string {
  return [node.name, ...node.outputs].find((name) => name !== '') ?? node.opType;
}

/** A place where a value is read. */
interface Use {
  readonly node: FileNode;
  readonly place: number;
}

/** Where each value is read. */
class Uses {
  readonly #uses = new Map<string, Use[]>();

  constructor(nodes: readonly FileNode[]) {
    for (const node of nodes) {
      node.inputs.forEach((name, place) => {
        const uses = this.#uses.get(name) ?? [];
        uses.push({ node, place });
        this.#uses.set(name, uses);
      });
    }
  }

  of(name: string): readonly Use[] {
    return this.#uses.get(name) ?? [];
  }
}

function operatorOf(node: FileNode): Operator | undefined {
  return node.domain === '' ? operators.get(node.opType) : undefined;
}

/** Constants of so many numbers that no learning changes are the host's where something asks for it. */
const longestConstant = 64;

/** What is known of a graph before its nodes are prepared. */
interface Surveyed {
  readonly opset: number;
  readonly constants: Constants;
  readonly uses: Uses;
  /** Names of initialisers that the file says are not learned. */
  readonly buffers: ReadonlySet<string>;
  /** Names of the inputs that are no constants. */
  readonly inputs: ReadonlySet<string>;
}

/** How many inputs operators of the host have at least, where that is not one. */
const leastOnHost: ReadonlyMap<string, number> = new Map([
  ...['Add', 'Sub', 'Mul', 'Div', 'Mod', 'Pow', 'Equal', 'Less', 'LessOrEqual', 'Greater'].map(
    (name) => [name, 2] as const,
  ),
  ...['GreaterOrEqual', 'And', 'Or', 'Gather', 'Reshape', 'Expand'].map(
    (name) => [name, 2] as const,
  ),
  ['Where', 3],
  ['Range', 3],
]);

class Preparing {
  readonly unsupported: UnsupportedOperator[] = [];
  readonly weights = new Map<string, PlannedWeight>();
  readonly known = new Map<string, HostTensor>();
  readonly #opset: number;
  readonly #constants: Constants;
  readonly #uses: Uses;
  readonly #buffers: ReadonlySet<string>;
  readonly #inputs: ReadonlySet<string>;
  /** Names of what nodes make on the host. */
  readonly #followed = new Set<string>();

  constructor({ opset, constants, uses, buffers, inputs }: Surveyed) {
    this.#opset = opset;
    this.#constants = constants;
    this.#uses = uses;
    this.#buffers = buffers;
    this.#inputs = inputs;
  }

  prepare(node: FileNode, guards: readonly Guard[]): PlannedNode {
    const reasons: string[] = [];
    const attempt = <T>(prepare: (reader: NodeReader) => T): T | null => {
      const reader = new NodeReader(node, this.#opset);
      try {
        const run = prepare(reader);
        reader.finish();
        return run;
      } catch (error) {
        if (!(error instanceof Unsupported)) throw error;
        reasons.push(error.message);
        return null;
      }
    };
    const isStandard = node.domain === '';
    const shapeOperator = isStandard ? shapeOperators.get(node.opType) : undefined;
    const hostOperator = isStandard ? hostOperators.get(node.opType) : undefined;
    const operator = operatorOf(node);
    const isFollowed =
      shapeOperator !== undefined ||
      (node.inputs.length > 0 &&
        (hostOperator !== undefined || node.opType === 'ConstantOfShape') &&
        node.inputs.every((name) => name === '' || this.#isKnown(name)));
    const least = leastOnHost.get(node.opType) ?? 1;
    const isWhole = node.inputs.slice(0, least).filter((name) => name !== '').length === least;
    if (isFollowed && !isWhole) {
      this.#refuse(
        node,
        `expected ${least} inputs, got ${node.inputs.filter((name) => name !== '').length}`,
      );
    }
    const ofShape = shapeOperator === undefined ? null : attempt(shapeOperator);
    const onHost = isFollowed && hostOperator !== undefined ? attempt(hostOperator) : null;
    const run = operator === undefined ? null : attempt((reader) => operator.prepare(reader));
    if (ofShape === null && onHost === null && run === null) {
      const missing =
        hostOperator === undefined ? 'there is no such operator here' : this.#unknown(node, 0);
      this.#refuse(node, [...new Set(reasons)].join('; ') || missing);
    } else if (!isFollowed) {
      for (const place of operator?.host ?? []) {
        const name = node.inputs[place] ?? '';
        if (name !== '' && !this.#isKnown(name)) this.#refuse(node, this.#unknown(node, place));
      }
    }
    if (isFollowed) for (const name of node.outputs) this.#followed.add(name);
    const weights = isFollowed ? this.#keepAll(node) : this.#readWeights(node, operator);
    return { node, guards, onHost, ofShape, run, isLayer: !isFollowed, weights };
  }

  /** Only tensors of numbers flow into a network. */
  requireTensor({ name, type, isOther }: FileValueInfo): void {
    const numbers = hostTypeOf(type);
    const isHeld = type === 0 || (numbers !== undefined && numbers !== 'bfloat16');
    if (isHeld && !isOther) return;
    const reason = isOther ? 'it is no tensor' : `there are no tensors of the element type ${type}`;
    this.unsupported.push({ node: name, operator: 'input', reason });
  }

  /** A constant that is an output of the graph. */
  keepOutput(name: string): void {
    const constant = this.#constants.get(name)!;
    if (!this.weights.has(name)) this.known.set(name, constant.decode());
  }

  #refuse(node: FileNode, reason: string): void {
    const operator = node.domain === '' ? node.opType : `${node.domain}.${node.opType}`;
    this.unsupported.push({ node: nodeName(node), operator, reason });
  }

  #unknown(node: FileNode, place: number): string {
    const name = node.inputs[place] ?? '';
    if (this.#inputs.has(name)) {
      return `shapes depend on the numbers of the input '${name}': give them in \`constants\``;
    }
    return `shapes depend on the numbers of '${name}', which is computed on the device`;
  }

  /** Whether the host knows its numbers while the network runs. */
  #isKnown(name: string): boolean {
    const constant = this.#constants.get(name);
    return constant === undefined ? this.#followed.has(name) : this.#isNumbers(name, constant);
  }

  /** Whether a constant is numbers of the host, beside or instead of a tensor of the state dict. */
  #isNumbers(name: string, { type, shape, isWeight }: Constant): boolean {
    if (!isFloatingType(type)) return true;
    const uses = this.#uses.of(name);
    if (uses.every(({ node, place }) => operatorOf(node)?.host?.includes(place))) return true;
    const isOfLayer = uses.some(({ node, place }) => {
      const { learned = [], kept = [] } = operatorOf(node) ?? {};
      return learned.includes(place) || kept.includes(place);
    });
    const size = elementCount(shape);
    return !isOfLayer && size <= (isWeight ? 1 : longestConstant);
  }

  /** All constants that a node of the host reads. */
  #keepAll(node: FileNode): readonly string[] {
    for (const name of node.inputs) {
      const constant = this.#constants.get(name);
      if (constant !== undefined && !this.known.has(name)) this.known.set(name, constant.decode());
    }
    return [];
  }

  /** The constants that a layer reads: as tensors of the state dict, or as numbers of the host. */
  #readWeights(node: FileNode, operator: Operator | undefined): readonly string[] {
    const found: string[] = [];
    node.inputs.forEach((name, place) => {
      const constant = this.#constants.get(name);
      if (constant === undefined) return;
      const isHost = operator?.host?.includes(place) ?? false;
      const isOne = elementCount(constant.shape) === 1 && this.#isNumbers(name, constant);
      if (isHost || isOne) {
        if (!this.known.has(name)) this.known.set(name, constant.decode());
        return;
      }
      found.push(name);
      const before = this.weights.get(name);
      const isKept = operator?.kept?.includes(place) ?? false;
      const isLearned = !isKept && this.#isLearned(name, constant, operator, place);
      // Statistics that a network in training moves are nobody's weights.
      const wasKept = before !== undefined && !before.isLearned;
      this.weights.set(name, { constant, isLearned: isLearned && !wasKept });
    });
    return found;
  }

  /** Exporters call what they made of others by names with a slash or `onnx::` in front. */
  #isLearned(
    name: string,
    { type, isWeight }: Constant,
    operator: Operator | undefined,
    place: number,
  ): boolean {
    if (!isWeight || !isFloatingType(type) || name.startsWith('/')) return false;
    if (this.#buffers.has(name)) return false;
    return !name.startsWith('onnx::') || (operator?.learned?.includes(place) ?? false);
  }
}
