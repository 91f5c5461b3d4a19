import { context, within } from './context.ts';
import { AutogradError, DeviceError, DTypeError, ShapeError } from './errors.ts';
import { execute } from './execute.ts';
import { elementwiseCost, savesNothing, type Operation } from './operation.ts';
import { blend, cloneOperation } from './updates/blend.ts';
import { filled } from './ops/filled.ts';
import { sameShape } from './shape.ts';
import { openScope } from './scope.ts';
import { refuseStorageType } from './storage-type.ts';
import type { Tensor } from './tensor.ts';

let created = 0;
let passes = 0;

/** Whether operations record what `backward` needs. */
export function gradEnabled(): boolean {
  return context().recordsGradients;
}

/** Runs `body` without recording gradients: for evaluation and for updates of weights. */
export function noGrad<T>(body: () => T): T {
  return within({ recordsGradients: false }, body);
}

/** Runs `body` recording gradients, inside a `noGrad` too. */
export function enableGrad<T>(body: () => T): T {
  return within({ recordsGradients: true }, body);
}

/** Where the gradient of an input goes: on to the operation that made it, or into a leaf's `grad`. */
type Edge = { readonly node: GradNode; readonly output: number } | { readonly leaf: Tensor } | null;

/** Memory that a gradient needs, held beyond the life of the tensor that a program saw. */
export interface Packed {
  /**
   * A tensor on the memory, in the innermost scope.
   * @throws AutogradError where it was overwritten in place since.
   */
  unpack(operation: string): Tensor;
  free(): void;
}

/**
 * One recorded operation. It holds the memory that its gradient needs, until `backward` has used it or
 * nothing that was computed from it is left.
 */
export class GradNode {
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
  /** The backward pass that found this node, and the gradients of its outputs that it has so far. */
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
    this.edges = inputs.map(edgeTo);
    this.inputShapes = inputs.map((input) => input?.shape ?? []);
    this.outputCount = outputs.length;
    this.#needs = this.edges.map((edge) => edge !== null);
    const saves = operation.saves(attributes, this.#needs);
    this.#savedInputs = inputs.map((input, i) =>
      input !== null && saves.inputs.includes(i) ? input.pack() : null,
    );
    this.#savedOutputs = outputs.map((output, i) =>
      saves.outputs.includes(i) ? output.pack() : null,
    );
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
    this.#savedInputs = [];
    this.#savedOutputs = [];
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
      inputs: this.#savedInputs.map((saved) => saved?.unpack(this.operation.name) ?? null),
      outputs: this.#savedOutputs.map((saved) => saved?.unpack(this.operation.name) ?? null),
      inputShapes: this.inputShapes,
      needs: this.#needs,
      attributes: this.attributes,
    });
  }
}

function edgeTo(input: Tensor | null): Edge {
  if (input === null || !input.requiresGrad) return null;
  const origin = input.origin;
  if (origin === null) return { leaf: input };
  origin.node.retain();
  return origin;
}

/** See `Tensor.backward`. */
export function backward(root: Tensor, gradient?: Tensor): void {
  root.requireLive('backward');
  const origin = root.origin;
  if (origin === null && !root.requiresGrad) {
    throw new AutogradError(
      `backward: ${root.describe()} was not computed from a tensor that requires grad (or was computed ` +
        `under noGrad)`,
    );
  }
  refuseStorageType('backward', root);
  if (gradient !== undefined) requireGradientOf(root, gradient);
  else if (root.size !== 1) {
    throw new ShapeError(
      `backward: a gradient is needed for a result of more than one element, got ${root.describe()}`,
    );
  }
  const working = openScope();
  try {
    noGrad(() => {
      const seed = gradient?.alias() ?? filled(root, root.shape, 1);
      if (origin === null) accumulate(root, seed);
      else propagate(origin, seed);
    });
  } finally {
    working.close();
  }
}

/** @throws ReleasedTensorError, ShapeError, DTypeError, DeviceError where `gradient` cannot be that of `root`. */
function requireGradientOf(root: Tensor, gradient: Tensor): void {
  gradient.requireLive('backward');
  const wanted = `backward: expected a gradient ${root.describe()}, got ${gradient.describe()}`;
  if (!sameShape(gradient.shape, root.shape)) throw new ShapeError(wanted);
  if (gradient.dtype !== root.dtype) throw new DTypeError(wanted);
  if (gradient.device !== root.device) throw new DeviceError(wanted);
}

function propagate(origin: { node: GradNode; output: number }, seed: Tensor): void {
  const nodes = reachable(origin.node);
  deliver(origin, seed);
  for (const node of nodes) {
    const gradients = node.pending;
    if (gradients === null) continue;
    node.pending = null;
    const step = openScope();
    try {
      const results = node.inputGradients(gradients);
      results.forEach((result, i) => {
        const edge = node.edges[i] ?? null;
        if (result === null || edge === null) return;
        const shared = gradients.includes(result) || results.indexOf(result) < i;
        const own = shared ? result.alias() : result;
        if ('node' in edge) {
          step.escape(deliver(edge, own));
        } else {
          accumulate(edge.leaf, own);
        }
      });
    } finally {
      step.close();
    }
    for (const used of gradients) used?.dispose();
    node.freeSaved();
  }
}

/**
 * The nodes that `root` depends on, each after all that use its outputs. They are marked rather than
 * collected in a set, which would cost as much as the rest.
 */
function reachable(root: GradNode): GradNode[] {
  const pass = ++passes;
  const found = [root];
  root.pass = pass;
  for (let i = 0; i < found.length; i++) {
    const node = found[i]!;
    // A pass that failed may have left some.
    node.pending = null;
    for (const edge of node.edges) {
      if (edge === null || !('node' in edge) || edge.node.pass === pass) continue;
      edge.node.pass = pass;
      found.push(edge.node);
    }
  }
  return found.sort((a, b) => b.id - a.id);
}

/** Adds to the gradient of an output; returns it. */
function deliver(
  { node, output }: { readonly node: GradNode; readonly output: number },
  gradient: Tensor,
): Tensor {
  const { outputCount } = node;
  const slots = (node.pending ??=
    outputCount === 1 ? [null] : Array.from({ length: outputCount }, () => null));
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
  saves: () => savesNothing,
  cost: (_, outputs) => elementwiseCost(outputs),
};

function accumulate(leaf: Tensor, gradient: Tensor): void {
  const { device } = gradient;
  if (leaf.grad === null) {
    const owned =
      device.isMeta || gradient.storage.isExclusive
        ? gradient
        : execute(cloneOperation, [gradient], null)[0]!;
    owned.moveTo(null);
    leaf.grad = owned;
  } else {
    if (!device.isMeta) blend(leaf.grad, gradient, 1, 1);
    gradient.dispose();
  }
}
