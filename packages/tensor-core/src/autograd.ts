import { context, within } from './context.ts';
import { AutogradError, DeviceError, DTypeError, ShapeError } from './errors.ts';
import { commonDevice, execute } from './execute.ts';
import { elementwiseCost, savesNothing, type Operation } from './operation.ts';
import { filled } from './filled.ts';
import { requireTensor } from './require-tensor.ts';
import { sameShape } from './shape.ts';
import { openScope, type Scope } from './scope.ts';
import { refuseStorageType } from './storage-type.ts';
import { Packed } from './packed.ts';
import type { GraphNode, Tensor } from './tensor.ts';
import { blend, cloneOperation } from './updates/blend.ts';

let created = 0;
let passes = 0;

/** Whether operations record what `backward` needs. */
export function gradEnabled(): boolean {
  return context().recordsGradients;
}

/**
 * Runs `body` without recording gradients: for evaluation and for updates of weights.
 * @throws ArgumentError for an asynchronous body.
 */
export function noGrad<T>(body: () => T): T {
  return withGrad('noGrad', false, body);
}

/**
 * Runs `body` recording gradients, inside a `noGrad` too.
 * @throws ArgumentError for an asynchronous body.
 */
export function enableGrad<T>(body: () => T): T {
  return withGrad('enableGrad', true, body);
}

function withGrad<T>(op: string, value: boolean, body: () => T): T {
  return within(op, { recordsGradients: value }, body);
}

/** Where the gradient of an input goes: on to the operation that made it, or into a leaf's `grad`. */
type Edge = { readonly node: GradNode; readonly output: number } | { readonly leaf: Tensor } | null;

/**
 * One recorded operation. It holds the memory that its gradient needs, until `backward` has used it or
 * nothing that was computed from it is left.
 */
export class GradNode implements GraphNode {
  readonly id: number = created++;
  readonly operation: Operation<unknown>;
  readonly attributes: unknown;
  readonly edges: readonly Edge[];
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputCount: number;
  /** Which inputs a gradient is wanted for. */
  readonly #needs: readonly boolean[];
  #savedInputs: readonly (Packed | null)[];
  #savedOutputs: readonly (Packed | null)[];
  #spent = false;
  #holders = 0;
  /** The run of backward that found this node, and the gradients of its outputs that it has so far. */
  pass = 0;
  pending: (Tensor | null)[] | null = null;

  constructor(
    operation: Operation<unknown>,
    attributes: unknown,
    inputs: readonly (Tensor | null)[],
    outputs: readonly Tensor[],
  ) {
    this.operation = operation;
    this.attributes = attributes;
    this.outputCount = outputs.length;
    // Loops, here and below, and lists of their final length: every operation of a forward pass comes by, and a list
    // that grows by `push` has room for 17.
    const count = inputs.length;
    const edges = new Array<Edge>(count);
    const inputShapes = new Array<readonly number[]>(count);
    const needs = new Array<boolean>(count);
    for (let i = 0; i < count; i++) {
      const input = inputs[i]!;
      const edge = edgeTo(input);
      edges[i] = edge;
      inputShapes[i] = input === null ? noShape : input.shape;
      needs[i] = edge !== null;
    }
    this.edges = edges;
    this.inputShapes = inputShapes;
    this.#needs = needs;
    const saves = operation.saves?.(attributes, needs) ?? savesNothing;
    this.#savedInputs = packed(inputs, saves.inputs);
    this.#savedOutputs = packed(outputs, saves.outputs);
  }

  retain(): void {
    this.#holders++;
  }

  /** Lets go of one tensor or later operation; the last one frees what the gradient would have needed. */
  release(): void {
    let nodes: GradNode[] = [this];
    while (nodes.length > 0) {
      const next: GradNode[] = [];
      for (const node of nodes) {
        node.#holders--;
        if (node.#holders > 0) continue;
        node.freeSaved();
        for (const edge of node.edges) if (edge !== null && 'node' in edge) next.push(edge.node);
      }
      nodes = next;
    }
  }

  freeSaved(): void {
    this.#spent = true;
    for (const saved of this.#savedInputs) saved?.free();
    for (const saved of this.#savedOutputs) saved?.free();
    this.#savedInputs = nothingSaved;
    this.#savedOutputs = nothingSaved;
  }

  /** Gradients of the inputs, null where none flows or none is needed. */
  inputGradients(gradients: readonly (Tensor | null)[]): readonly (Tensor | null)[] {
    if (this.#spent) {
      throw new AutogradError(
        `${this.operation.name}: backward ran a second time through a graph that the first run freed; ` +
          `run the forward pass again`,
      );
    }
    return this.operation.gradient!({
      gradients,
      inputs: unpacked(this.#savedInputs, this.operation.name),
      outputs: unpacked(this.#savedOutputs, this.operation.name),
      inputShapes: this.inputShapes,
      needs: this.#needs,
      attributes: this.attributes,
    });
  }
}

const noShape: readonly number[] = [];
const nothingSaved: readonly null[] = [];

/** The tensors at some positions, packed; null at the others. */
function packed(
  tensors: readonly (Tensor | null)[],
  positions: readonly number[],
): readonly (Packed | null)[] {
  const all = new Array<Packed | null>(tensors.length);
  for (let i = 0; i < tensors.length; i++) {
    const tensor = tensors[i]!;
    all[i] = tensor !== null && positions.includes(i) ? new Packed(tensor) : null;
  }
  return all;
}

/** As many tensors as a rule may ask for, in the innermost scope. */
function unpacked(saved: readonly (Packed | null)[], operation: string): (Tensor | null)[] {
  const tensors = new Array<Tensor | null>(saved.length);
  for (let i = 0; i < saved.length; i++) tensors[i] = saved[i]?.unpack(operation) ?? null;
  return tensors;
}

function edgeTo(input: Tensor | null): Edge {
  if (input === null || !input.requiresGrad) return null;
  const origin = originOf(input);
  if (origin === null) return { leaf: input };
  origin.node.retain();
  return origin;
}

/** The node that made a tensor, and which of its outputs it is. */
function originOf(t: Tensor): { readonly node: GradNode; readonly output: number } | null {
  return t.origin as { readonly node: GradNode; readonly output: number } | null;
}

/**
 * One run of `backward`: the gradients on their way into leaves. They are added to `grad` together once the run
 * has succeeded, so that one that fails changes none.
 */
interface Pass {
  readonly gradients: Map<Tensor, Tensor>;
  /** Holds them meanwhile. */
  readonly working: Scope;
}

let current: Pass | null = null;

/** See `Tensor.backward`. */
export function backward(root: Tensor, gradient?: Tensor): void {
  const pass: Pass = { working: openScope(), gradients: new Map() };
  try {
    noGrad(() => {
      run(pass, root, gradient);
      accumulate(pass.gradients);
    });
  } finally {
    pass.working.close();
  }
}

/**
 * The gradients of `root` by some leaves, within a gradient rule. Those of other leaves that it finds go on with
 * the run that applies the rule.
 */
export function backwardWithin(
  root: Tensor,
  gradient: Tensor,
  leaves: readonly Tensor[],
): (Tensor | null)[] {
  const outer = current;
  if (outer === null) throw new AutogradError('backwardWithin: no backward is in progress');
  const inner: Pass = { working: outer.working, gradients: new Map() };
  noGrad(() => {
    run(inner, root, gradient);
    for (const [leaf, own] of inner.gradients) if (!leaves.includes(leaf)) arrive(leaf, own);
  });
  return leaves.map((leaf) => inner.gradients.get(leaf) ?? null);
}

/** Finds the gradients of `root` by all leaves. */
function run(pass: Pass, root: Tensor, gradient: Tensor | undefined): void {
  root.requireLive('backward');
  const origin = originOf(root);
  if (origin === null && !root.requiresGrad) {
    throw new AutogradError(
      `backward: ${root.describe()} was not computed from a tensor that requires grad (or was computed ` +
        `under noGrad)`,
    );
  }
  refuseStorageType('backward', root);
  if (gradient !== undefined) requireGradientOf('backward', root, gradient);
  else if (root.size !== 1) {
    throw new ShapeError(
      `backward: a gradient is needed for a result of more than one element, got ${root.describe()}`,
    );
  }
  const outer = current;
  current = pass;
  try {
    const seed = gradient?.alias() ?? filled(root, root.shape, 1);
    if (origin === null) arrive(root, seed);
    else propagate(origin, seed);
  } finally {
    current = outer;
  }
}

/**
 * @throws ReleasedTensorError, ShapeError, DTypeError, DeviceError where `gradient` cannot be that of `root`.
 */
export function requireGradientOf(op: string, root: Tensor, gradient: Tensor): void {
  requireTensor(op, gradient, 'a gradient');
  gradient.requireLive(op);
  if (
    sameShape(gradient.shape, root.shape) &&
    gradient.dtype === root.dtype &&
    gradient.device === root.device
  ) {
    return;
  }
  const expected = root.describe(gradient.device);
  const wanted = `${op}: expected a gradient ${expected}, got ${gradient.describe(root.device)}`;
  if (!sameShape(gradient.shape, root.shape)) throw new ShapeError(wanted);
  if (gradient.dtype !== root.dtype) throw new DTypeError(wanted);
  throw new DeviceError(`${wanted}, which is another device`);
}

function propagate(origin: { node: GradNode; output: number }, seed: Tensor): void {
  const nodes = reachable(origin.node);
  try {
    deliver(origin, seed);
    for (const node of nodes) passThrough(node);
  } catch (error) {
    // What they refer to is given back with the scope of the run.
    for (const node of nodes) node.pending = null;
    throw error;
  }
}

/** Hands the gradients of a node's outputs on to its inputs. */
function passThrough(node: GradNode): void {
  const gradients = node.pending;
  if (gradients === null) return;
  node.pending = null;
  const step = openScope();
  try {
    const results = node.inputGradients(gradients);
    for (let i = 0; i < results.length; i++) {
      const result = results[i]!;
      const edge = node.edges[i] ?? null;
      if (result === null || edge === null) continue;
      const shared = gradients.includes(result) || results.indexOf(result) < i;
      const own = shared ? result.alias() : result;
      if ('node' in edge) step.escape(deliver(edge, own));
      else arrive(edge.leaf, own);
    }
  } finally {
    step.close();
  }
  for (const used of gradients) used?.dispose();
  node.freeSaved();
}

/**
 * The nodes that `root` depends on, each after all that use its outputs. They are marked rather than
 * collected in a set, which would cost as much as the rest.
 */
function reachable(root: GradNode): GradNode[] {
  const pass = ++passes;
  const found = [root];
  root.pass = pass;
  // Those of a chain are found in order.
  let isOrdered = true;
  for (let i = 0; i < found.length; i++) {
    const node = found[i]!;
    for (const edge of node.edges) {
      if (edge === null || !('node' in edge) || edge.node.pass === pass) continue;
      edge.node.pass = pass;
      isOrdered &&= edge.node.id < found[found.length - 1]!.id;
      found.push(edge.node);
    }
  }
  return isOrdered ? found : found.sort((a, b) => b.id - a.id);
}

/** Adds to the gradient of an output; returns it. */
function deliver(
  { node, output }: { readonly node: GradNode; readonly output: number },
  gradient: Tensor,
): Tensor {
  const { outputCount } = node;
  const slots = (node.pending ??=
    outputCount === 1 ? [null] : new Array<Tensor | null>(outputCount).fill(null));
  const before = slots[output] ?? null;
  const total = before === null ? gradient : sum(before, gradient);
  slots[output] = total;
  return total;
}

/** Adds into `a` where nobody else holds it, else into new memory. */
function sum(a: Tensor, b: Tensor): Tensor {
  if (a.device.isMeta) return a;
  if (a.storage.isExclusive) {
    blend(a, b, 1, 1);
    b.dispose();
    return a;
  }
  const out = execute(sumOfTwoOperation, [a, b], null)[0]!;
  a.dispose();
  b.dispose();
  return out;
}

/** The sum of two gradients of one tensor. No gradient flows on: second derivatives are not taken. */
const sumOfTwoOperation: Operation<null> = {
  name: 'add',
  infer: ([a]) => [{ shape: a!.shape, dtype: a!.dtype }],
  run: (kernels, [a, b], _, out) => [kernels.pointwise('add', [a!, b!], [], out[0]!)],
  cost: (_, outputs) => elementwiseCost(outputs),
};

/** Adds to the gradient of a leaf that the run has found so far. */
function arrive(leaf: Tensor, gradient: Tensor): void {
  if (gradient.device !== leaf.device) {
    throw new DeviceError(
      `backward: expected the gradient of ${leaf.describe(gradient.device)} on the device of the tensor, which has ` +
        `moved since the forward pass, from ${gradient.device.nameBeside(leaf.device)}: run the forward pass again`,
    );
  }
  const { gradients, working } = current!;
  const before = gradients.get(leaf);
  const total = before === undefined ? gradient : sum(before, gradient);
  total.moveTo(working);
  gradients.set(leaf, total);
}

/** Adds gradients to those that the leaves have. Whatever can fail comes before the first change. */
function accumulate(gradients: ReadonlyMap<Tensor, Tensor>): void {
  const owned: [Tensor, Tensor][] = [];
  for (const [leaf, gradient] of gradients) {
    // Nobody can ask a leaf for its gradient once it is gone.
    if (leaf.isReleased) continue;
    if (leaf.grad !== null) commonDevice('backward', [leaf.grad, gradient]);
    const isOwn = leaf.grad !== null || leaf.device.isMeta || gradient.storage.isExclusive;
    owned.push([leaf, isOwn ? gradient : execute(cloneOperation, [gradient], null)[0]!]);
  }
  for (const [leaf, gradient] of owned) {
    if (leaf.grad === null) {
      leaf.takeGrad(gradient);
    } else {
      blend(leaf.grad, gradient, 1, 1);
    }
  }
}
