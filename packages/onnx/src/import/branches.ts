import { OnnxFileError } from '../errors.ts';
import type { HostTensor } from '../host/host-tensor.ts';
import type { FileGraph, FileNode, FileTensor } from '../protobuf/file-messages.ts';
import { Constants } from './constants.ts';

/** That a node runs only where a number of the host is other than 0, or where it is 0. */
export interface Guard {
  readonly condition: string;
  readonly isTrue: boolean;
}

/** A graph whose branches stand in it. */
export interface FlatGraph {
  readonly graph: FileGraph;
  /** When nodes run that stood in branches, outermost first. */
  readonly guards: ReadonlyMap<FileNode, readonly Guard[]>;
}

/**
 * The graph with the nodes of both branches of every `If` before it, so that all that is known of nodes holds for them as well.
 * The `If` itself reads its condition, then what one branch gives, then what the other does, and chooses. Where the condition is
 * a constant of the file, only the nodes of its branch are there. Names that two branches share are told apart.
 * @param given numbers for inputs of the graph
 * @throws OnnxFileError for an `If` that lacks a branch, or whose branches give less than it does.
 */
export function withBranches(
  graph: FileGraph,
  source: string,
  given: ReadonlyMap<string, HostTensor>,
): FlatGraph {
  if (!graph.nodes.some(isBranching)) return { graph, guards: new Map() };
  return new Flattening(graph, source, given).run();
}

function isBranching({ opType, domain }: FileNode): boolean {
  return opType === 'If' && domain === '';
}

/** What the names of a branch, and of the graphs around it, are called in the flat graph. */
class Names {
  readonly #own = new Map<string, string>();
  readonly #outer: Names | null;

  constructor(outer: Names | null) {
    this.#outer = outer;
  }

  of(name: string): string {
    return this.#own.get(name) ?? this.#outer?.of(name) ?? name;
  }

  declare(name: string, unique: string): void {
    this.#own.set(name, unique);
  }
}

class Flattening {
  readonly #graph: FileGraph;
  readonly #source: string;
  readonly #constants: Constants;
  readonly #nodes: FileNode[] = [];
  readonly #initializers: FileTensor[];
  readonly #guards = new Map<FileNode, readonly Guard[]>();
  /** Names of the flat graph. */
  readonly #taken: Set<string>;
  #copies = 0;

  constructor(graph: FileGraph, source: string, given: ReadonlyMap<string, HostTensor>) {
    this.#graph = graph;
    this.#source = source;
    this.#constants = new Constants(graph, source, given);
    this.#initializers = [...graph.initializers];
    this.#taken = new Set([
      ...graph.inputs.map(({ name }) => name),
      ...graph.initializers.map(({ name }) => name),
      ...graph.nodes.flatMap(({ outputs }) => outputs),
    ]);
  }

  run(): FlatGraph {
    this.#add(this.#graph.nodes, new Names(null), []);
    const graph = { ...this.#graph, nodes: this.#nodes, initializers: this.#initializers };
    return { graph, guards: this.#guards };
  }

  #add(nodes: readonly FileNode[], names: Names, guards: readonly Guard[]): void {
    for (const node of nodes) {
      const inputs = node.inputs.map((name) => names.of(name));
      const outputs = node.outputs.map((name) => names.of(name));
      if (isBranching(node)) this.#open({ ...node, inputs, outputs }, names, guards);
      else this.#push({ ...node, inputs, outputs }, guards);
    }
  }

  #push(node: FileNode, guards: readonly Guard[]): void {
    this.#nodes.push(node);
    if (guards.length > 0) this.#guards.set(node, guards);
    this.#constants.take(node);
  }

  #open(node: FileNode, names: Names, guards: readonly Guard[]): void {
    const [condition] = node.inputs;
    if (condition === undefined) throw this.#fault(node, 'has no condition');
    const chosen = this.#constants.get(condition)?.decode().data[0];
    const branch = (isTrue: boolean): readonly string[] => {
      const when = chosen === undefined ? [...guards, { condition, isTrue }] : guards;
      return this.#addBranch(node, isTrue ? 'then_branch' : 'else_branch', names, when);
    };
    if (chosen === undefined) {
      const inputs = [condition, ...branch(true), ...branch(false)];
      this.#push({ ...node, inputs, attributes: new Map() }, guards);
      return;
    }
    for (const [i, name] of branch(chosen !== 0).entries()) {
      const [inputs, outputs] = [[name], [node.outputs[i]!]];
      if (outputs[0] === '') continue;
      this.#push({ ...node, opType: 'Identity', inputs, outputs, attributes: new Map() }, guards);
    }
  }

  /** @returns what the outputs of the branch are called, as many as the `If` has. */
  #addBranch(
    node: FileNode,
    attribute: string,
    names: Names,
    guards: readonly Guard[],
  ): readonly string[] {
    const found = node.attributes.get(attribute);
    if (found?.kind !== 'graph') throw this.#fault(node, `has no ${attribute}`);
    const { nodes, initializers, inputs, outputs } = found.value;
    if (inputs.length > 0 || outputs.length < node.outputs.length) {
      throw this.#fault(
        node,
        `has a ${attribute} of ${inputs.length} inputs and ${outputs.length} outputs, expected none and ` +
          `${node.outputs.length}`,
      );
    }
    const own = new Names(names);
    for (const { name } of initializers) this.#declare(own, name);
    for (const name of nodes.flatMap((inner) => inner.outputs)) this.#declare(own, name);
    for (const tensor of initializers) {
      const named = { ...tensor, name: own.of(tensor.name) };
      this.#initializers.push(named);
      this.#constants.add(named);
    }
    this.#add(nodes, own, guards);
    return outputs.slice(0, node.outputs.length).map(({ name }) => own.of(name));
  }

  #declare(names: Names, name: string): void {
    if (name === '') return;
    let unique = name;
    while (this.#taken.has(unique)) unique = `${name}_${(this.#copies += 1)}`;
    this.#taken.add(unique);
    names.declare(name, unique);
  }

  #fault({ name, outputs }: FileNode, what: string): OnnxFileError {
    return new OnnxFileError('graph', this.#source, `the If '${name || outputs[0]}' ${what}`);
  }
}
