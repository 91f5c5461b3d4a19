import { meta, type Device } from '../device.ts';
import { CaptureError } from '../errors.ts';
import type { Step, Value } from '../graph/graph.ts';
import type { Scope } from '../scope.ts';
import { formatShape } from '../shape.ts';
import type { Storage } from '../storage.ts';
import type { Tensor } from '../tensor.ts';
import type { TraceEvent } from '../trace.ts';
import type { Recorder } from './recorder.ts';

/** Something that must hold for a recording to be replayed with given inputs. */
export interface Guard {
  holds(inputs: readonly Tensor[]): boolean;
  /** Says what changed, where that is an error. */
  readonly broken: (() => string) | undefined;
}

/** A leaf that a step takes the gradient of: one of the program's, or an input of the run. */
export type Leaf = Tensor | { readonly input: number };

/** The leaf itself, in a run with these inputs. */
export function leafAmong(inputs: readonly Tensor[], leaf: Leaf): Tensor {
  return 'input' in leaf ? inputs[leaf.input]! : leaf;
}

/** A leaf whose gradient the step reads or replaces. */
interface TouchedLeaf {
  /** Its gradient before the step, where the step depends on it: a value or none. */
  readonly before: Value | 'none' | 'any';
}

/** A tensor that the step knows by itself. */
export interface ClosedOver {
  readonly tensor: Tensor;
  /** Its value, where it is read or written. */
  readonly value: Value | null;
}

/** A step as it ran once. */
export interface Recorded {
  readonly device: Device;
  readonly inputs: readonly Value[];
  /** Gradients that stood at leaves before the step and are read in it. */
  readonly gradients: readonly (readonly [leaf: Leaf, value: Value])[];
  readonly constants: readonly (readonly [tensor: Tensor, value: Value])[];
  readonly steps: readonly Step[];
  /** Gradients that the step leaves at leaves, where it put new ones there. */
  readonly left: readonly (readonly [leaf: Leaf, value: Value])[];
  readonly guards: readonly Guard[];
  /** What the step reads, or takes the gradient of, without being given it. */
  readonly closedOver: readonly ClosedOver[];
  /** Tensors that the recording owns. */
  readonly literals: readonly Tensor[];
}

/** Records a step while it runs for real. Values are known by their memory, which tensors may share. */
export class Recording implements Recorder {
  #device: Device | null;
  readonly #scope: Scope;
  readonly #isStrict: boolean;
  readonly #values = new Map<Storage, Value>();
  /** What the step gets for its inputs. */
  readonly #standIns: readonly Tensor[];
  readonly #inputValues: Value[];
  readonly #gradients: (readonly [Leaf, Value])[] = [];
  readonly #constants: (readonly [Tensor, Value])[] = [];
  readonly #steps: Step[] = [];
  readonly #touched = new Map<Tensor, TouchedLeaf>();
  readonly #guards = new Map<object, Guard>();
  readonly #literals: Tensor[] = [];
  /** Memory that the step made. */
  readonly #made = new Map<Storage, string>();
  #refusal: string | null = null;

  /**
   * @param standIns see `stand-in.ts`.
   * @param scope the scope that the step runs in.
   * @param isStrict whether a refusal throws at once, instead of being noted.
   */
  constructor(device: Device | null, standIns: readonly Tensor[], scope: Scope, isStrict: boolean) {
    this.#device = device;
    this.#scope = scope;
    this.#isStrict = isStrict;
    this.#standIns = standIns;
    this.#inputValues = standIns.map(
      (input) => this.#values.get(input.storage) ?? this.#newValue(input, null),
    );
  }

  /** Why the step cannot be replayed, if so. */
  get refusal(): string | null {
    return this.#refusal;
  }

  operation({ operation, inputs, outputs, attributes, scalars }: TraceEvent): void {
    const { device } = [...inputs, ...outputs].find((tensor) => tensor !== null)!;
    const first = (this.#device ??= device);
    if (device !== first) {
      this.refuse(`it computes on ${first.nameBeside(device)} and on ${device.nameBeside(first)}`);
    }
    this.#steps.push({
      operation,
      attributes,
      inputs: inputs.map((input) => input && this.valueOf(input)),
      outputs: outputs.map((output) => this.#newValue(output, null)),
      scalars,
    });
    for (const output of outputs) this.#made.set(output.storage, operation.name);
  }

  effect(run: () => void, undo: () => void): void {
    this.#steps.push({ host: run, undo });
  }

  guard(subject: object, holds: () => boolean, broken?: () => string): void {
    if (!this.#guards.has(subject)) this.#guards.set(subject, { holds, broken });
  }

  gradientRead(leaf: Tensor): void {
    if (this.#touched.has(leaf) || this.#isInside(leaf)) return;
    // Noted first, because looking at the gradient tells the recorder again.
    this.#touched.set(leaf, { before: 'any' });
    const { grad } = leaf;
    const present = grad !== null;
    let before: TouchedLeaf['before'] = 'none';
    if (present) {
      before = this.#values.get(grad.storage) ?? this.#newValue(grad, null);
      this.#gradients.push([this.#leaf(leaf), before]);
    }
    this.#touched.set(leaf, { before });
    const place = this.#leaf(leaf);
    this.#guards.set(
      {},
      {
        holds: (inputs) => (leafAmong(inputs, place).grad !== null) === present,
        broken: undefined,
      },
    );
  }

  gradientCleared(leaf: Tensor): void {
    if (this.#isInside(leaf)) return;
    if (!this.#touched.has(leaf)) this.#touched.set(leaf, { before: 'any' });
    const clears = this.#leaf(leaf);
    this.#steps.push({ host: () => leaf.clearGrad(), clears });
  }

  literal(made: Tensor): void {
    const kept = made.alias();
    kept.moveTo(null);
    this.#literals.push(kept);
    const value = this.#newValue(kept, kept);
    this.#constants.push([kept, value]);
  }

  refuse(what: string): void {
    const message = `capture: ${what}, which a replay cannot repeat${callSite()}`;
    // Noted too, because what throws in a promise may go unheard.
    this.#refusal ??= message;
    if (this.#isStrict) throw new CaptureError(message);
  }

  /** The value of a tensor that the step read or made. */
  valueOf(tensor: Tensor): Value {
    const known = this.#values.get(tensor.storage);
    if (known !== undefined) return known;
    let owner = tensor;
    while (owner.base !== null && owner.base.storage === tensor.storage) owner = owner.base;
    if (this.#isInside(owner)) {
      this.refuse(
        `a tensor ${tensor.describe()} was made before the step and is no longer held by the program`,
      );
    }
    const value = this.#newValue(owner, owner);
    this.#constants.push([owner, value]);
    return value;
  }

  /** The recording, once the step has run and its results have been taken out of its scope. */
  finish(): Recorded {
    const left: (readonly [Leaf, Value])[] = [];
    for (const [leaf, { before }] of this.#touched) {
      const { grad } = leaf;
      if (grad === null) continue;
      const value = this.valueOf(grad);
      if (value !== before) left.push([this.#leaf(leaf), value]);
    }
    for (const [tensor] of this.#constants) {
      const { requiresGrad } = tensor;
      this.guard(tensor, () => tensor.requiresGrad === requiresGrad);
    }
    const constants = new Set(this.#constants.map(([tensor]) => tensor));
    const leaves = [...this.#touched.keys()].filter(
      (leaf) => !constants.has(leaf) && !this.#standIns.includes(leaf),
    );
    const closedOver = [
      ...this.#constants.map(([tensor, value]) => ({ tensor, value })),
      ...leaves.map((tensor) => ({ tensor, value: null })),
    ];
    return {
      device: this.#device ?? meta,
      inputs: this.#inputValues,
      gradients: this.#gradients,
      constants: this.#constants,
      steps: this.#steps,
      left,
      guards: [...this.#guards.values()],
      closedOver,
      literals: this.#literals,
    };
  }

  /**
   * What the step made that outlives it, apart from `taken`: it would stay as it is now at every replay. The first run
   * of an optimiser leaves its state so.
   */
  leftOver(taken: readonly Tensor[]): string | null {
    const held = new Map<Storage, number>();
    const count = (tensor: Tensor): void => {
      held.set(tensor.storage, (held.get(tensor.storage) ?? 0) + 1);
    };
    taken.forEach(count);
    for (const leaf of this.#touched.keys()) if (leaf.grad !== null) count(leaf.grad);
    for (const [storage, operation] of this.#made) {
      if (storage.holders > (held.get(storage) ?? 0)) return operation;
    }
    return null;
  }

  /** Gives back what the recording owns. */
  discard(): void {
    for (const literal of this.#literals) literal.dispose();
  }

  #newValue(tensor: Tensor, constant: Tensor | null): Value {
    const value: Value = { shape: tensor.shape, dtype: tensor.dtype, constant };
    this.#values.set(tensor.storage, value);
    return value;
  }

  #leaf(tensor: Tensor): Leaf {
    const input = this.#standIns.indexOf(tensor);
    return input === -1 ? tensor : { input };
  }

  #isInside(tensor: Tensor): boolean {
    if (this.#standIns.includes(tensor)) return false;
    const { scope } = tensor;
    return scope !== null && scope.isWithin(this.#scope);
  }
}

/** ` (at file:line)` of the caller's own code, where stacks tell. */
function callSite(): string {
  const lines = new Error('here').stack?.split('\n').slice(1) ?? [];
  const own = lines.find((line) => !/tensor-core\/(?:src|dist)\/(?!.*\.test\.)|node:/.test(line));
  return own === undefined ? '' : ` (${own.trim()})`;
}

/** `[64, 3, 8, 8] float32`. */
export function describeSpec({ shape, dtype }: Pick<Tensor, 'shape' | 'dtype'>): string {
  return `${formatShape(shape)} ${dtype}`;
}
