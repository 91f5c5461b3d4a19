import type { DeviceBuffer, Operand, TensorSpec } from './backend.ts';
import { refuseOtherCopy, tensorCoreCopy, type PackageCopy } from './copies.ts';
import { Device } from './device.ts';
import type { DType, TypedArray } from './dtype.ts';
import { fromStored, isFloating } from './dtype.ts';
import {
  ArgumentError,
  AutogradError,
  DTypeError,
  ReleasedTensorError,
  ShapeError,
} from './errors.ts';
import { forInference } from './inference.ts';
import { unwatch, watch, type Remains } from './leaks.ts';
import { Scoped, type Scope } from './scope.ts';
import { formatValue } from './format-value.ts';
import { elementCount, formatShape, sameShape } from './shape.ts';
import { Storage } from './storage.ts';

/** An operation in the graph of those that made a tensor; autograd knows what it is. */
export interface GraphNode {
  /** Holds it for one more tensor or later operation. */
  retain(): void;
  /** Lets go of one; the last one frees what the gradient would have needed. */
  release(): void;
}

/**
 * An n-dimensional array on a device, with its place in the graph of operations that made it. Operations
 * are functions (`add(a, b)`, `conv(x, w)`), not methods. Everything below takes tensors as this; `EagerTensor`, which
 * all of them are, also knows how to go backward and who records.
 */
export abstract class Tensor extends Scoped implements Operand {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** @internal The tensor whose memory this one was given by `alias`. */
  readonly base: Tensor | null;
  #grad: Tensor | null = null;
  /** The leaf whose gradient this is. It is kept alive, because the gradient's memory goes with it. */
  #leaf: Tensor | null = null;
  #held: Held;
  #requiresGrad = false;
  #released = false;
  #watched = false;
  #output = 0;

  /** @internal Tensors are made by `tensor`, `zeros`, … and by operations. */
  constructor(
    device: Device,
    shape: readonly number[],
    dtype: DType,
    storage: Storage | null,
    base: Tensor | null = null,
  ) {
    super();
    this.base = base;
    this.shape = shape;
    this.dtype = dtype;
    this.#held = new Held(device, shape, dtype, storage);
    if (this.scope === null) this.#watch();
  }

  /** @internal See `ResultMaker`. */
  abstract make(
    device: Device,
    spec: TensorSpec,
    storage: Storage | null,
    base?: Tensor | null,
  ): Tensor;

  /** @internal A tensor of the same shape, type and device on memory of its own. */
  withBuffer(buffer: DeviceBuffer): Tensor {
    return this.make(this.device, this, new Storage(this.device, buffer));
  }

  /** @internal What `requireTensor` knows a tensor by, and whose it is. */
  get isTensor(): PackageCopy {
    return tensorCoreCopy;
  }

  get device(): Device {
    return this.#held.device;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Number of elements. */
  get size(): number {
    return elementCount(this.shape);
  }

  /** Gradient of the last `backward` calls by this leaf, added up; null before and after `clearGrad`. */
  get grad(): Tensor | null {
    return this.#grad;
  }

  /** @throws ShapeError, DTypeError, DeviceError for one that does not fit this tensor; ReleasedTensorError. */
  set grad(gradient: Tensor | null) {
    this.#keepGrad(gradient);
  }

  /** @internal Makes a tensor that nobody else holds the gradient of this leaf, whatever scope it is in. */
  takeGrad(gradient: Tensor): void {
    gradient.#leaf = this;
    gradient.moveTo(null);
    this.#keepGrad(gradient);
  }

  /**
   * A gradient outside all scopes goes with its leaf, so that the garbage collector need not watch it too: that would
   * cost a small step as much as a layer.
   */
  #keepGrad(gradient: Tensor | null): void {
    if (forInference) return;
    const before = this.#grad;
    if (before !== null && before !== gradient) before.#leaveLeaf();
    this.#grad = gradient;
    if (gradient === null || gradient.scope !== null || gradient.#released) return;
    gradient.#leaf = this;
    gradient.#unwatch();
    this.#held.grad = gradient.#held;
  }

  /** Is no leaf's gradient any more. */
  #leaveLeaf(): void {
    const leaf = this.#leaf;
    if (leaf === null) return;
    this.#leaf = null;
    leaf.#held.grad = null;
    if (this.scope === null && !this.#released) this.#watch();
  }

  /** Forgets the gradient and gives its memory back. */
  clearGrad(): void {
    this.#dropGrad();
  }

  #dropGrad(): void {
    this.#held.grad = null;
    this.#grad?.dispose();
    this.#grad = null;
  }

  /** Whether `backward` computes a gradient through this tensor. */
  get requiresGrad(): boolean {
    return this.#requiresGrad || this.#held.node !== null;
  }

  /**
   * @throws AutogradError on integer and float16 tensors, and when switched off on the result of an operation
   * (use `detach`).
   */
  set requiresGrad(value: boolean) {
    if (typeof value !== 'boolean') {
      throw new ArgumentError(`expected requiresGrad as true or false, got ${formatValue(value)}`);
    }
    if (value && (!isFloating(this.dtype) || this.dtype === 'float16')) {
      throw new AutogradError(
        `only float32 and float64 tensors have gradients of their own, this is ${this.describe()}`,
      );
    }
    if (!value && this.#held.node !== null) {
      throw new AutogradError('requiresGrad can be switched off on leaves only; use detach()');
    }
    this.#requiresGrad = value;
  }

  /** Whether this tensor was not made by an operation that records gradients. */
  get isLeaf(): boolean {
    return this.#held.node === null;
  }

  /** Whether its memory has been given back. */
  get isReleased(): boolean {
    return this.#released;
  }

  /**
   * @internal The device memory.
   * @throws ReleasedTensorError after `dispose()` or the end of its scope; DeviceError on meta.
   */
  get buffer(): DeviceBuffer {
    return this.storage.buffer;
  }

  /** @internal The memory as it is: null once it was given back, and on the meta device. */
  get memory(): Storage | null {
    return this.#released ? null : this.#held.storage;
  }

  /** @internal */
  get storage(): Storage {
    this.requireLive('this operation');
    // A tensor without memory is on the meta device, whose `backend` throws the error that says so.
    return this.#held.storage ?? (this.device.backend as never);
  }

  /** @internal Place in the graph: the node that made it and which of its outputs it is. */
  get origin(): { readonly node: GraphNode; readonly output: number } | null {
    const { node } = this.#held;
    return node === null ? null : { node, output: this.#output };
  }

  /** @internal */
  recordOrigin(node: GraphNode, output: number): void {
    node.retain();
    this.#held.node = node;
    this.#output = output;
  }

  /** @internal @throws ReleasedTensorError naming `op`. */
  requireLive(op: string): void {
    if (this.#released) {
      throw new ReleasedTensorError(
        `${op}: the tensor ${this.describe()} was used after it was disposed of or its scope ended; ` +
          `return it from the scope, or keep() it`,
      );
    }
  }

  /**
   * The elements in row-major order, once the device has computed them. The only call that waits. The numbers
   * of float16 come as a Float32Array, which holds them exactly; `toFloat16` gives their bits.
   * @throws ReleasedTensorError, DeviceError on the meta device.
   */
  async data(): Promise<TypedArray<ArrayBuffer>> {
    this.requireLive('data');
    return fromStored(await this.device.backend.read(this));
  }

  /**
   * The one element of a tensor of one element, as a number.
   * @throws ShapeError where there are more or fewer.
   */
  async item(): Promise<number> {
    if (this.size !== 1) {
      throw new ShapeError(`item: expected one element, got a tensor ${formatShape(this.shape)}`);
    }
    return (await this.data())[0]!;
  }

  /**
   * Computes the gradient of this tensor by every leaf that requires it, adding to `leaf.grad`, and
   * frees the graph. Where it fails no `grad` has changed, but the graph is used up.
   * @param gradient gradient of the final result by this tensor; ones if this has one element.
   * @throws AutogradError without a graph, on a graph already used, on values overwritten in place; DeviceError
   * where a leaf has moved to another device since.
   */
  abstract backward(gradient?: Tensor): void;

  /** The same memory, outside the graph. */
  detach(): Tensor {
    this.requireLive('detach');
    return this.alias();
  }

  /** @internal Another tensor on the same memory, outside the graph. */
  alias(): Tensor {
    const storage = this.#held.storage?.retain() ?? null;
    return this.make(this.device, this, storage, this);
  }

  /** @internal Whether it is another view of the same elements, as `detach` gives. */
  sharesMemoryWith(other: Tensor): boolean {
    return this.memory !== null && this.memory === other.memory;
  }

  /**
   * @internal Takes over the memory of `other` (which is given back): moves and initialises parameters. A
   * gradient on a device that this leaves is given back.
   * @throws ShapeError, DTypeError where the two differ; ReleasedTensorError.
   */
  replaceWith(other: Tensor): void {
    this.requireLive('replaceWith');
    other.requireLive('replaceWith');
    if (!sameShape(this.shape, other.shape)) {
      throw new ShapeError(
        `expected values ${formatShape(this.shape)}, got ${formatShape(other.shape)}`,
      );
    }
    if (this.dtype !== other.dtype) {
      throw new DTypeError(`expected values of type ${this.dtype}, got ${other.describe()}`);
    }
    if (this.#grad !== null && this.#grad.device !== other.device) this.#dropGrad();
    const old = this.#held.storage;
    this.#unwatch();
    const storage = other.#held.storage?.retain() ?? null;
    const { grad } = this.#held;
    this.#held = new Held(other.device, this.shape, this.dtype, storage);
    this.#held.grad = grad;
    other.dispose();
    old?.release();
    if (this.scope === null) this.#watch();
  }

  /**
   * @internal Changes memory with another tensor on the device: neither copies nor fails. What shares the memory
   * of one then shares that of the other.
   * @throws ShapeError, DTypeError, DeviceError where the two differ; ReleasedTensorError.
   */
  abstract exchangeWith(other: Tensor): void;

  /** Gives the memory back as soon as no graph needs it. Doing so again does nothing. */
  override dispose(): void {
    if (this.#released) return;
    this.#released = true;
    this.moveTo(null);
    this.#unwatch();
    this.#dropGrad();
    this.#held.release();
  }

  /** As `dispose`, for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal */
  override moveTo(scope: Scope | null): void {
    super.moveTo(scope);
    if (scope === null && !this.#released) this.#watch();
  }

  /** `[64, 3, 8, 8] float32 on wasm`, or `on wasm#2` in a message that names another device of that name too. */
  describe(beside?: Device): string {
    if (beside !== undefined && !((beside as unknown) instanceof Device)) {
      refuseOtherCopy('describe', beside);
      throw new ArgumentError(`describe: expected beside as a device, got ${formatValue(beside)}`);
    }
    return this.#held.describe(beside);
  }

  override toString(): string {
    return `Tensor ${this.describe()}${this.requiresGrad ? ', requires grad' : ''}`;
  }

  #watch(): void {
    if (this.#held.storage === null || this.#watched || this.#leaf !== null) return;
    this.#watched = true;
    watch(this, this.#held);
  }

  #unwatch(): void {
    if (this.#watched) unwatch(this);
    this.#watched = false;
  }
}

/** What a tensor keeps alive; apart from the tensor, so that it can be let go of once that is gone. */
class Held implements Remains {
  readonly storage: Storage | null;
  node: GraphNode | null = null;
  /** What its gradient keeps alive, which goes with it. */
  grad: Held | null = null;
  #isReleased = false;
  site: string | undefined = undefined;
  readonly device: Device;
  readonly #shape: readonly number[];
  readonly #dtype: DType;

  constructor(device: Device, shape: readonly number[], dtype: DType, storage: Storage | null) {
    this.device = device;
    this.#shape = shape;
    this.#dtype = dtype;
    this.storage = storage;
  }

  describe(beside: Device = this.device): string {
    return `${formatShape(this.#shape)} ${this.#dtype} on ${this.device.nameBeside(beside)}`;
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.storage?.release();
    this.node?.release();
    this.node = null;
    this.grad?.release();
    this.grad = null;
  }
}
