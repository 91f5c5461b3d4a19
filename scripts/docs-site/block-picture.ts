import { meta, noGrad, Tensor, trace, zeros } from '../../packages/tensor-core/src/index.ts';
import type { TraceEvent } from '../../packages/tensor-core/src/index.ts';
import type { AnyModule } from '../../packages/layers/src/index.ts';

/** How the operations of a block hang together, in Graphviz's language. */
export interface BlockPicture {
  readonly dot: string;
  /** What a reader who cannot see it is told. */
  readonly description: string;
}

type Words = (event: TraceEvent) => string;

const named =
  (name: string): Words =>
  () =>
    name;

/** What operations are called in a picture, where that is not their name. */
const words: Readonly<Record<string, Words>> = {
  conv: convolution,
  convTranspose: convolution,
  matmul: ({ outputs }) => `linear, ${outputs[0]?.shape.at(-1)}`,
  linear: ({ outputs }) => `linear, ${outputs[0]?.shape.at(-1)}`,
  batchNormInference: named('batch norm'),
  maxPool: (event) => `${pooling(event)} max pool`,
  avgPool: (event) => `${pooling(event)} average pool`,
  relu: named('ReLU'),
  silu: named('SiLU'),
  mul: named('×'),
  add: named('+'),
  concat: named('concatenate'),
};

function convolution({ operation, inputs, outputs, attributes }: TraceEvent): string {
  const { stride, groups } = attributes as { stride: readonly number[]; groups: number };
  const weight = inputs[1]?.shape ?? [];
  const channels = outputs[0]?.shape[1] ?? 0;
  const kernel = weight.slice(2).join('×');
  const steps = stride.some((s) => s !== 1) ? ` / ${stride[0]}` : '';
  const depthwise = groups > 1 && groups === inputs[0]?.shape[1];
  const kind = depthwise ? 'depthwise ' : '';
  const grouped = groups > 1 && !depthwise ? `, ${groups} groups` : '';
  return `${kernel} ${kind}${operation.name === 'conv' ? 'conv' : 'transposed conv'}${steps}, ${channels}${grouped}`;
}

function pooling({ attributes }: TraceEvent): string {
  const { windows } = attributes as {
    windows: { kernelSize?: readonly number[]; stride?: readonly number[]; outputSize?: unknown };
  };
  const { kernelSize, stride } = windows;
  if (kernelSize === undefined) return 'global';
  const steps = stride !== undefined && stride[0] !== 1 ? ` / ${stride[0]}` : '';
  return `${kernelSize.join('×')}${steps}`;
}

/** What a layer gets: a tensor, or a list of them that it joins itself, as a layer of DenseNet does. */
interface Inputs {
  readonly isList: boolean;
  readonly shapes: readonly (readonly number[])[];
}

/** What a layer at `path` gets when the network gets a tensor of `inputShape`. */
function inputsAt(network: AnyModule, path: string, inputShape: readonly number[]): Inputs {
  let inputs: Inputs | undefined;
  const remove = layerAt(network, path).onForward((_, [input]) => {
    const isList = !(input instanceof Tensor);
    const tensors = (isList ? input : [input]) as readonly Tensor[];
    inputs ??= { isList, shapes: tensors.map(({ shape }) => shape) };
  });
  noGrad(() => network.forward(zeros(inputShape, { device: meta })));
  remove();
  if (inputs === undefined) throw new Error(`'${path}' of ${network.architecture} is not used`);
  return inputs;
}

function layerAt(network: AnyModule, path: string): AnyModule {
  const layer = new Map(network.namedModules()).get(path);
  if (layer === undefined) throw new Error(`${network.architecture} has no '${path}'`);
  return layer;
}

/**
 * Draws a block of a network from the operations that it applies in evaluation mode.
 *
 * @param network a network on the meta device.
 * @param path of the block, as `namedModules` gives it.
 * @param inputShape of the network, batch included.
 */
export function blockPicture(
  network: AnyModule,
  path: string,
  inputShape: readonly number[],
): BlockPicture {
  network.eval();
  const block = layerAt(network, path);
  const { isList, shapes } = inputsAt(network, path, inputShape);
  const inputs = shapes.map((shape) => zeros(shape, { device: meta }));
  const names = new Map<Tensor, string>();
  const nodes: string[] = [];
  const edges: string[] = [];
  const steps: string[] = [];
  for (const [i, tensor] of inputs.entries()) {
    names.set(tensor, `input${i}`);
    nodes.push(`input${i} [label="${extents(tensor)}", class="end"]`);
  }
  const draw = (event: TraceEvent): void => {
    const from = event.inputs.flatMap((tensor) => {
      const name = tensor === null ? undefined : names.get(tensor);
      return name === undefined ? [] : [name];
    });
    if (from.length === 0) return;
    const name = `step${steps.length}`;
    const label = (words[event.operation.name] ?? named(event.operation.name))(event);
    steps.push(label);
    nodes.push(`${name} [label="${label}", class="${event.operation.name}"]`);
    for (const source of from) edges.push(`${source} -> ${name}`);
    for (const output of event.outputs) names.set(output, name);
  };
  const result = noGrad(() =>
    trace(draw, () => block.forward(isList ? inputs : inputs[0])),
  ) as unknown;
  const [output] = Array.isArray(result) ? (result as unknown[]) : [result];
  if (!(output instanceof Tensor)) throw new Error(`'${path}' gives no tensor`);
  nodes.push(`output [label="${extents(output)}", class="end"]`);
  edges.push(`${names.get(output)} -> output`);
  const dot = [
    'digraph {',
    'bgcolor=transparent; rankdir=TB; nodesep=0.3; ranksep=0.25',
    'node [shape=box, style=rounded, fontname="sans-serif", fontsize=12, height=0.3, margin="0.15,0.04"]',
    'edge [arrowsize=0.6]',
    ...nodes,
    ...edges,
    '}',
  ].join('\n');
  return { dot, description: `${block.typeName}: ${steps.join(', ')}` };
}

/** `64 × 56 × 56`: channels and extents. */
function extents({ shape }: Tensor): string {
  return shape.slice(1).join(' × ');
}
