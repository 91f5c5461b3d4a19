import type { TensorSpec } from '../backend.ts';
import { reversed } from '../lists.ts';
import type { Operation } from '../operation.ts';
import { formatShape } from '../shape.ts';
import type { StepScalar } from '../step-scalar.ts';
import type { Tensor } from '../tensor.ts';

/** A tensor of a graph: an input, a constant such as a weight, or the result of a step. */
export interface Value extends TensorSpec {
  /** Present in constants. */
  readonly constant: Tensor | null;
  /** Whether the constant was made for graphs, such as a folded weight, so that nobody else reads it. */
  readonly isDerived?: boolean;
}

/** One operation of a graph. */
export interface GraphStep {
  readonly operation: Operation<unknown>;
  readonly attributes: unknown;
  /** null where an optional input is absent. */
  readonly inputs: readonly (Value | null)[];
  readonly outputs: readonly Value[];
  /** What is asked for at every run. */
  readonly scalars: readonly StepScalar[];
}

/** Something that the host does between operations, at every run, such as counting. */
export interface HostStep {
  readonly host: () => void;
  /** Takes the last time back. Absent in what is done before the operations whatever becomes of them. */
  readonly undo?: () => void;
  /** The leaf, or the input of the run, whose gradient it takes away, where that is all it does. */
  readonly clears?: Tensor | { readonly input: number };
}

/** What happens in a captured step, in order. */
export type Step = GraphStep | HostStep;

/** A straight line of steps from inputs to outputs. */
export interface Sequence<S extends Step = Step> {
  readonly inputs: readonly Value[];
  /** In an order in which each step finds its inputs. */
  readonly steps: readonly S[];
  readonly outputs: readonly Value[];
}

/** A straight line of operations from inputs to outputs, as a function applied them. */
export type Graph = Sequence<GraphStep>;

/** Whether a step is an operation. */
export function isOperation(step: Step): step is GraphStep {
  return 'operation' in step;
}

/** How often each value is read, by steps and as an output. */
export function countUses(graph: Graph): Map<Value, number> {
  const uses = new Map<Value, number>();
  const read = (value: Value | null): void => {
    if (value !== null) uses.set(value, (uses.get(value) ?? 0) + 1);
  };
  for (const step of graph.steps) step.inputs.forEach(read);
  graph.outputs.forEach(read);
  return uses;
}

/** The graph without steps whose results nobody reads and that write nothing in place. */
export function withoutDeadSteps(graph: Graph): Graph {
  const needed = new Set<Value>(graph.outputs);
  const steps: GraphStep[] = [];
  for (const step of reversed(graph.steps)) {
    const isRead = step.outputs.some((output) => needed.has(output));
    if (!isRead && step.operation.writes === undefined) continue;
    for (const input of step.inputs) if (input !== null) needed.add(input);
    steps.push(step);
  }
  return { ...graph, steps: reversed(steps) };
}

/**
 * @internal One line for each step: `%3 = conv(%2, layer1.0.conv1.weight) {stride: [1, 1], …} -> [1, 64, 56, 56]`.
 * @param nameOf names of constants; others are written by their shapes.
 */
export function formatGraph(
  graph: Graph,
  nameOf: (constant: Tensor) => string | undefined = () => undefined,
): string {
  const names = new Map<Value, string>();
  const nameFor = (value: Value | null): string => {
    if (value === null) return 'none';
    if (value.constant !== null) {
      return nameOf(value.constant) ?? `constant ${formatShape(value.shape)}`;
    }
    let name = names.get(value);
    if (name === undefined) {
      name = `%${names.size}`;
      names.set(value, name);
    }
    return name;
  };
  const typed = (value: Value): string => `${nameFor(value)}: ${formatShape(value.shape)}`;
  const lines = [`input ${graph.inputs.map(typed).join(', ')}`];
  for (const { operation, inputs, outputs, attributes } of graph.steps) {
    const results = outputs.map(nameFor).join(', ');
    const shapes = outputs.map((output) => formatShape(output.shape)).join(', ');
    lines.push(
      `${results} = ${operation.name}(${inputs.map(nameFor).join(', ')})` +
        `${formatAttributes(attributes)} -> ${shapes}`,
    );
  }
  lines.push(`output ${graph.outputs.map(nameFor).join(', ')}`);
  return lines.join('\n');
}

/** ` {stride: [2, 2], groups: 1}`; long arrays such as pooling windows are left out. */
function formatAttributes(attributes: unknown): string {
  if (typeof attributes !== 'object' || attributes === null) return '';
  const parts = Object.entries(attributes)
    .map(([name, value]) => [name, JSON.stringify(value)] as const)
    .filter(([, text]) => text !== undefined && text.length <= 60 && text !== '[]')
    .map(
      ([name, text]) =>
        `${name}: ${text.replaceAll('":', '": ').replaceAll('"', '').replaceAll(',', ', ')}`,
    );
  return parts.length === 0 ? '' : ` {${parts.join(', ')}}`;
}
