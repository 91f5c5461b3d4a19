import { Buffer, CompiledModel, layersCopy, Module, type Layer } from '@convnet/layers';
import {
  ArgumentError,
  DeviceError,
  FoldCache,
  foldBatchNorm,
  formatShape,
  formatValue,
  refuseOtherCopy,
  type Graph,
  type Tensor,
  type Value,
} from '@convnet/tensor-core';

import { Inexpressible, UnsupportedOperationsError, type UnsupportedOperation } from './errors.ts';
import { lowerings, type Site } from './lowering/index.ts';
import { bytesOf, OnnxGraph } from './onnx-graph.ts';
import { readOptions, type ExportOptions, type ResolvedOptions } from './options.ts';
import type { Graph as OnnxGraphMessage, TensorData, ValueInfo } from './protobuf/messages.ts';
import { buffersAsMetadata } from './buffers-metadata.ts';
import { writeModel } from './protobuf/write.ts';
import { traceNetwork, type TracedNetwork } from './traced-network.ts';
import { foldedNames, stateNames } from './weight-names.ts';

/** The bytes of one message of protobuf, at most. */
const mostBytes = 2 ** 31 - 1;

/**
 * A network as an ONNX file: what it computes in evaluation mode, whatever mode it is in, for a float32 input of
 * `inputShape` (batch included). Weights stand under their names in the state dict, nodes under the paths of their
 * modules. The export of a compiled model is that of its network.
 * @returns the bytes of the file, once the weights have been read from their device.
 * @throws UnsupportedOperationsError that lists all operations which ONNX cannot express; DeviceError for weights without
 * values; ArgumentError for what is no model or shape, an option that is not known or out of range, names that clash, and
 * for weights beyond the 2 GB that one file can hold; the model's errors for an input that does not fit.
 */
export async function exportOnnx(
  model: Layer | CompiledModel,
  inputShape: readonly number[],
  options: ExportOptions = {},
): Promise<Uint8Array> {
  const network = networkOf(model);
  requireInputShape(inputShape);
  const resolved = readOptions(options, model instanceof CompiledModel);
  requireValues(network);
  const traced = traceNetwork(network, inputShape, resolved.dynamicBatch);
  const folds = new FoldCache();
  try {
    const graph = resolved.foldBatchNorm ? foldBatchNorm(traced.graph, folds) : traced.graph;
    const names = new Map([...stateNames(network), ...foldedNames(network, traced.graph, graph)]);
    const written = new NetworkWriter(nameOf(network), traced, graph, names, resolved);
    return writeModel({
      irVersion: irVersionOf(resolved.opset),
      producerName: 'convnet',
      opset: resolved.opset,
      graph: await written.finish(),
      metadata: buffersAsMetadata(written.buffers),
    });
  } finally {
    folds.dispose();
  }
}

/** Writes the steps of a network, one after the other. */
class NetworkWriter {
  readonly #name: string;
  readonly #traced: TracedNetwork;
  readonly #graph: Graph;
  readonly #weightNames: ReadonlyMap<Tensor, string>;
  readonly #options: ResolvedOptions;
  readonly #onnx: OnnxGraph;
  readonly #names = new Map<Value, string>();
  readonly #weights = new Map<Tensor, string>();

  constructor(
    name: string,
    traced: TracedNetwork,
    graph: Graph,
    weightNames: ReadonlyMap<Tensor, string>,
    options: ResolvedOptions,
  ) {
    this.#name = name;
    this.#traced = traced;
    this.#graph = graph;
    this.#weightNames = weightNames;
    this.#options = options;
    this.#onnx = new OnnxGraph(options.opset, options.input);
    this.#names.set(graph.inputs[0]!, this.#onnx.unique(options.input));
    this.#writeSteps();
  }

  /** @throws UnsupportedOperationsError, once all steps have been tried. */
  #writeSteps(): void {
    const unsupported: UnsupportedOperation[] = [];
    const read = new Set(this.#graph.steps.flatMap(({ inputs }) => inputs));
    for (const output of this.#graph.outputs) read.add(output);
    for (const step of this.#graph.steps) {
      const { operation, outputs, inputs } = step;
      const path = this.#traced.pathOf.get(outputs[0]!) ?? '';
      const site: Site = {
        graph: this.#onnx,
        step,
        inputs: inputs.map((input) => (input === null ? '' : this.#nameOf(input))),
        extentsOf: this.#traced.extentsOf,
        node: (opType, from, attributes) => this.#onnx.node(path, opType, from, attributes),
        extents: (extents) => this.#onnx.extents(path, extents),
      };
      try {
        const lower = lowerings.get(operation.name);
        if (lower === undefined) throw new Inexpressible('there is no such operator');
        if (outputs.some((output, i) => i > 0 && read.has(output))) {
          throw new Inexpressible('ONNX gives no results beside the first, or others');
        }
        const fixed = outputs.map(this.#traced.fixedBy).find((reason) => reason !== null);
        if (fixed !== undefined) throw new Inexpressible(`with dynamicBatch, ${fixed}`);
        this.#names.set(outputs[0]!, lower(site));
      } catch (error) {
        if (!(error instanceof Inexpressible)) throw error;
        unsupported.push({ module: path, operation: operation.name, reason: error.message });
      }
    }
    if (unsupported.length > 0) throw new UnsupportedOperationsError(this.#name, unsupported);
  }

  /** The name of a value; a weight gets one when it is first read. */
  #nameOf(value: Value): string {
    const known = this.#names.get(value);
    if (known !== undefined) return known;
    if (value.constant === null) return '';
    const name =
      this.#weights.get(value.constant) ??
      this.#onnx.unique(this.#weightNames.get(value.constant) ?? '/constant');
    this.#weights.set(value.constant, name);
    this.#names.set(value, name);
    return name;
  }

  /** The names of what the network keeps and does not learn. */
  get buffers(): readonly string[] {
    const kept = Array.from(this.#weights).filter(([tensor]) => tensor instanceof Buffer);
    return kept.map(([, name]) => name);
  }

  /** The graph, with the values of the weights. */
  async finish(): Promise<OnnxGraphMessage> {
    const outputs = this.#nameOutputs();
    const weights = await Promise.all(
      Array.from(this.#weights, async ([tensor, name]): Promise<TensorData> => {
        const { shape, dtype } = tensor;
        return { name, shape, type: dtype, bytes: bytesOf(dtype, await tensor.data()) };
      }),
    );
    const initializers = [...weights, ...this.#onnx.initializers];
    const bytes = initializers.reduce((total, tensor) => total + tensor.bytes.length, 0);
    if (bytes > mostBytes) {
      throw new ArgumentError(
        `exportOnnx: ${this.#name} has ${bytes} bytes of weights, and an ONNX file holds at most ${mostBytes}`,
      );
    }
    return {
      name: this.#name,
      nodes: this.#onnx.nodes,
      initializers,
      inputs: this.#graph.inputs.map((input) => this.#info(input, this.#options.input)),
      outputs: this.#graph.outputs.map((output, i) => this.#info(output, outputs[i]!)),
    };
  }

  /** Gives the results the names that they have outside. */
  #nameOutputs(): readonly string[] {
    const { outputs } = this.#graph;
    const names =
      this.#options.outputs ??
      (outputs.length === 1 ? ['output'] : outputs.map((_, i) => `output_${i}`));
    if (names.length !== outputs.length) {
      throw new ArgumentError(
        `exportOnnx: expected names for ${outputs.length} outputs, got ${formatValue(names)}`,
      );
    }
    const made = new Set(this.#onnx.nodes.flatMap((node) => node.outputs));
    outputs.forEach((output, i) => {
      const name = names[i]!;
      if (this.#onnx.unique(name) !== name) {
        throw new ArgumentError(
          `exportOnnx: the output cannot be called '${name}': something else in ${this.#name} is`,
        );
      }
      const inside = this.#nameOf(output);
      // An input, a weight, or one that already has a name outside.
      if (!made.delete(inside)) this.#onnx.identity(inside, name);
      else this.#onnx.rename(inside, name);
    });
    return names;
  }

  #info(value: Value, name: string): ValueInfo {
    const extents = this.#traced.extentsOf(value).map((extent) => {
      if (typeof extent === 'number') return extent;
      return extent.perBatch === 1 ? 'batch' : `${extent.perBatch}*batch`;
    });
    return { name, type: value.dtype, shape: extents };
  }
}

function networkOf(model: Layer | CompiledModel): Layer {
  const given: unknown = model;
  if (given instanceof CompiledModel) return given.model;
  if (given instanceof Module) return given as Layer;
  refuseOtherCopy('exportOnnx', given, layersCopy);
  const came = typeof given === 'object' && given !== null ? 'an object' : formatValue(given);
  throw new ArgumentError(`exportOnnx: expected a model or a compiled one, got ${came}`);
}

function nameOf(network: Layer): string {
  return network.architecture || network.typeName;
}

function requireInputShape(shape: readonly number[]): void {
  const given: unknown = shape;
  if (Array.isArray(given) && given.every((extent) => Number.isInteger(extent) && extent > 0))
    return;
  const came = Array.isArray(given) ? formatShape(given as number[]) : formatValue(given);
  throw new ArgumentError(
    `exportOnnx: expected the shape of an input, batch included, of integers ≥ 1, got ${came}`,
  );
}

/** @throws DeviceError for weights on the meta device. */
function requireValues(network: Layer): void {
  for (const [path, { device }] of network.stateDict()) {
    if (!device.isMeta) continue;
    throw new DeviceError(
      `exportOnnx: ${path} of ${nameOf(network)} is on the meta device and has no values: build the model with ` +
        '`device`, or move it with model.to(device)',
    );
  }
}

/** The version of the file format that came with an opset. */
function irVersionOf(opset: number): number {
  if (opset <= 14) return 7;
  if (opset <= 18) return 8;
  return opset <= 20 ? 9 : 10;
}
