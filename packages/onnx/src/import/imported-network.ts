import { Buffer, Module, Parameter, type AnyModule } from '@convnet/layers';
import {
  ArgumentError,
  discard,
  formatValue,
  Tensor,
  tensor,
  type Device,
} from '@convnet/tensor-core';

import { HostTensor } from '../host/host-tensor.ts';
import type { FileGraph } from '../protobuf/file-messages.ts';
import type { Guard } from './branches.ts';
import { layOut } from './layout.ts';
import { NodeGroup, NodeLayer } from './node-layer.ts';
import { MadeConstants } from './made-constants.ts';
import { asTensor, dtypeOn, type Surroundings, type Value } from './operands.ts';
import type { Plan, PlannedNode, PlannedWeight } from './plan.ts';

/** A step of a run. */
interface Step {
  readonly planned: PlannedNode;
  readonly layer: NodeLayer | null;
  /** Names of values that nobody reads afterwards. */
  readonly last: readonly string[];
}

/**
 * A network that was read from an ONNX file: `forward` takes its inputs and gives its output, or a list where it has
 * several. Its parts are the nodes, its state dict has the weights by the names of the file.
 */
export class ImportedNetwork<Output = Tensor> extends Module<[Tensor, ...Tensor[]], Output> {
  /** Names of the inputs, in the order in which `forward` takes them. */
  readonly inputNames: readonly string[];
  /** Their shapes as the file says, where it does; an extent that is not fixed by its name, '' without one. */
  readonly inputShapes: readonly (readonly (number | string)[] | null)[];
  /** Names of the outputs. */
  readonly outputNames: readonly string[];
  readonly #graph: FileGraph;
  readonly #steps: readonly Step[];
  readonly #weights = new Map<string, Tensor>();
  readonly #known: ReadonlyMap<string, HostTensor>;
  readonly #constants = new MadeConstants();
  /** Where a network without weights and inputs is. */
  readonly #device: Device;

  /** @internal Use `importOnnx`. */
  constructor(graph: FileGraph, plan: Plan, device: Device) {
    super();
    this.inputNames = plan.inputs;
    this.outputNames = plan.outputs;
    this.inputShapes = plan.inputs.map(
      (name) => graph.inputs.find((input) => input.name === name)?.shape ?? null,
    );
    this.#graph = graph;
    this.#known = plan.known;
    this.#device = device;
    for (const [name, weight] of plan.weights) this.#weights.set(name, stateOf(weight, device));
    this.#steps = this.#build(plan);
    this.eval();
  }

  override get typeName(): string {
    return this.#graph.name || 'ImportedNetwork';
  }

  override forward(...inputs: [Tensor, ...Tensor[]]): Output {
    const values = this.#takeInputs(inputs);
    const device = inputs[0]?.device ?? this.#weights.values().next().value?.device ?? this.#device;
    const surroundings = this.#surroundings(device);
    const held = new Map<Tensor, number>();
    for (const { planned, layer, last } of this.#steps) {
      if (planned.guards.every((guard) => this.#holds(values, guard))) {
        const read = planned.node.inputs.map((name) => this.#read(values, planned, name));
        const made = compute(planned, layer, read, surroundings);
        planned.node.outputs.forEach((name, i) => {
          const value = made[i];
          if (name === '' || value === undefined) return;
          values.set(name, value);
          if (value instanceof Tensor) held.set(value, (held.get(value) ?? 0) + 1);
        });
      }
      for (const name of last) release(values, name, held);
    }
    const outputs = this.outputNames.map((name) =>
      asTensor(this.#valueOf(values, name), surroundings, device),
    );
    return (outputs.length === 1 ? outputs[0] : outputs) as Output;
  }

  /** Constants go where the weights are: while a graph is captured, inputs have no device. */
  #surroundings(device: Device): Surroundings {
    const [weight] = this.#weights.values();
    const home = weight?.device ?? (device.isMeta ? this.#device : device);
    return {
      device,
      training: this.training,
      fixed: (key, make) => this.#constants.get(key, home, make),
    };
  }

  override dispose(): void {
    super.dispose();
    this.#constants.dispose();
  }

  /** @throws ArgumentError for another number of inputs, and what is no tensor. */
  #takeInputs(inputs: readonly Tensor[]): Map<string, Value> {
    const names = this.inputNames;
    if (inputs.length !== names.length) {
      throw new ArgumentError(
        `expected ${names.length} inputs (${names.join(', ')}), got ${inputs.length}`,
      );
    }
    const values = new Map<string, Value>();
    names.forEach((name, i) => {
      const x: unknown = inputs[i];
      if (!(x instanceof Tensor)) {
        throw new ArgumentError(`expected a tensor as input '${name}', got ${formatValue(x)}`);
      }
      values.set(name, x);
    });
    return values;
  }

  #holds(values: ReadonlyMap<string, Value>, { condition, isTrue }: Guard): boolean {
    const value = this.#valueOf(values, condition);
    return value instanceof HostTensor && (value.data[0] !== 0) === isTrue;
  }

  /** What a node reads by a name: nothing where it chooses among branches, and this is of the other one. */
  #read(values: ReadonlyMap<string, Value>, { node }: PlannedNode, name: string): Value | null {
    if (name === '') return null;
    return node.opType === 'If' ? this.#find(values, name) : this.#valueOf(values, name);
  }

  #find(values: ReadonlyMap<string, Value>, name: string): Value | null {
    return values.get(name) ?? this.#known.get(name) ?? this.#weights.get(name) ?? null;
  }

  #valueOf(values: ReadonlyMap<string, Value>, name: string): Value {
    const value = this.#find(values, name);
    if (value === null) throw new ArgumentError(`the output '${name}' was left out`);
    return value;
  }

  #build(plan: Plan): readonly Step[] {
    const layers = plan.nodes.filter(({ isLayer }) => isLayer);
    const places = layOut(layers);
    const made = new Map<PlannedNode, NodeLayer>();
    const left = new Set(plan.weights.keys());
    for (const planned of layers) {
      const { path, holdsWeights } = places.get(planned)!;
      const layer = new NodeLayer(planned.node, planned.run!);
      made.set(planned, layer);
      attach(this as AnyModule, path, layer);
      if (!holdsWeights) continue;
      for (const name of new Set(planned.weights)) {
        put(layer, name.slice(name.lastIndexOf('.') + 1), this.#weights.get(name)!);
        left.delete(name);
      }
    }
    for (const name of left) put(this, name, this.#weights.get(name)!);
    const lastReader = new Map<string, PlannedNode>();
    for (const planned of plan.nodes) {
      for (const name of [...planned.node.outputs, ...planned.node.inputs])
        lastReader.set(name, planned);
    }
    const stay = new Set(['', ...plan.inputs, ...plan.outputs]);
    const lasts = new Map<PlannedNode, string[]>();
    for (const [name, planned] of lastReader) {
      if (stay.has(name)) continue;
      lasts.set(planned, [...(lasts.get(planned) ?? []), name]);
    }
    return plan.nodes.map((planned) => ({
      planned,
      layer: made.get(planned) ?? null,
      last: lasts.get(planned) ?? [],
    }));
  }
}

function compute(
  { onHost, ofShape, run, node }: PlannedNode,
  layer: NodeLayer | null,
  read: readonly (Value | null)[],
  surroundings: Surroundings,
): readonly Value[] {
  if (ofShape !== null) return [ofShape(read[0]!)];
  const isKnown = read.every((value) => value === null || value instanceof HostTensor);
  if (isKnown && onHost !== null) return onHost(read);
  const made =
    layer === null
      ? new NodeLayer(node, run!).forward(read, surroundings)
      : layer.forward(read, surroundings);
  return made instanceof Tensor || made instanceof HostTensor ? [made] : made;
}

/** Gives a value back that nobody reads any more, where no other name stands for it. */
function release(values: Map<string, Value>, name: string, held: Map<Tensor, number>): void {
  const value = values.get(name);
  if (!(value instanceof Tensor)) return;
  values.delete(name);
  const count = held.get(value);
  if (count === undefined) return;
  held.set(value, count - 1);
  if (count === 1) discard(value);
}

/** Makes the groups on the way to a layer. */
function attach(root: AnyModule, path: readonly string[], layer: NodeLayer): void {
  let at = root;
  for (const name of path.slice(0, -1)) {
    const next = new Map(at.namedChildren()).get(propertyName(name)) ?? new NodeGroup();
    put(at, name, next);
    at = next;
  }
  put(at, path[path.length - 1]!, layer);
}

/** Members of every module, whose names no part can have. */
const reserved = new Set([
  ...Object.getOwnPropertyNames(Module.prototype),
  ...Object.getOwnPropertyNames(Object.prototype),
  'training',
  'architecture',
  'inputNames',
  'inputShapes',
  'outputNames',
  'forward',
]);

function propertyName(name: string): string {
  return reserved.has(name) ? `${name}_` : name;
}

function put(owner: object, name: string, value: object): void {
  Object.defineProperty(owner, propertyName(name), {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

/** Without a device the numbers stay where they are until the network is moved to one. */
function stateOf({ constant, isLearned }: PlannedWeight, device: Device): Parameter | Buffer {
  const { shape, type } = constant;
  const dtype = isLearned ? 'float32' : dtypeOn(device, type);
  const values = (_: readonly number[], on: Device): Tensor => {
    const { data } = constant.decode();
    return tensor(data as Float32Array, shape, { device: on, dtype });
  };
  const state = isLearned
    ? new Parameter(shape, values, device)
    : new Buffer(shape, values, { device, dtype });
  if (!device.isMeta) state.initializer = gone;
  return state;
}

/** The bytes of the file are not held on to. */
function gone(): never {
  throw new ArgumentError(
    'importOnnx: the first values of a weight were those of the file: import it anew',
  );
}
