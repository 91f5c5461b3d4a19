import { backward, type GradNode, type Packed } from './autograd.ts';
import type { DeviceBuffer, Operand } from './backend.ts';
import type { Device } from './device.ts';
import type { DType, TypedArray } from './dtype.ts';
import { fromStored, isFloating } from './dtype.ts';
import { AutogradError, ReleasedTensorError, ShapeError } from './errors.ts';
import { unwatch, watch, type Remains } from './leaks.ts';
import { Scoped, type Scope } from './scope.ts';
import { elementCount, formatShape } from './shape.ts';
import { Storage } from './storage.ts';

/**
 * An n-dimensional array on a device, with its place in the graph of operations that made it. Operations
 * are functions (`add(a, b)`, `conv(x, w)`), not methods.
 */
export class Tensor extends Scoped implements Operand {
  readonly shape: readonly number[];
  readonly dtype: DType;
  /** Gradient of the last `backward` calls by this leaf, added up; null before and after `zeroGrad`. */
  grad: Tensor | null = null;
  #held: Held;
  #requiresGrad = false;
  #released = false;
  #watched = false;
  #output = 0;

  /** @internal Tensors are made by `tensor`, `zeros`, … and by operations. */
  constructor(device: Device, shape: readonly number[], dtype: DType, storage: Storage | null) {
    super();
    this.shape = shape;
    this.dtype = dtype;
    this.#held = new Held(device, shape, dtype, storage);
    if (this.scope === null) this.#watch();
  }

  /** @internal */
  static own(device: Device, shape: readonly number[], dtype: DType, buffer: DeviceBuffer): Tensor {
    return new Tensor(device, shape, dtype, new Storage(device, buffer));
  }

  /** @internal A tensor of the same shape, type and device on memory of its own. */
  withBuffer(buffer: DeviceBuffer): Tensor {
    return Tensor.own(this.device, this.shape, this.dtype, buffer);
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

  /** Whether `backward` computes a gradient through this tensor. */
  get requiresGrad(): boolean {
    return this.#requiresGrad || this.#held.node !== null;
  }

  /**
   * @throws AutogradError on integer and float16 tensors, and when switched off on the result of an operation
   * (use `detach`).
   */
  set requiresGrad(value: boolean) {
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

  /** @internal */
  get storage(): Storage {
    this.requireLive('this operation');
    // A tensor without memory is on the meta device, whose `backend` throws the error that says so.
    return this.#held.storage ?? (this.device.backend as never);
  }

  /** @internal Place in the graph: the node that made it and which of its outputs it is. */
  get origin(): { readonly node: GradNode; readonly output: number } | null {
    const { node } = this.#held;
    return node === null ? null : { node, output: this.#output };
  }

  /** @internal */
  recordOrigin(node: GradNode, output: number): void {
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
   * frees the graph.
   * @param gradient gradient of the final result by this tensor; ones if this has one element.
   * @throws AutogradError without a graph, on a graph already used, on values overwritten in place.
   */
  backward(gradient?: Tensor): void {
    backward(this, gradient);
  }

  /** The same memory, outside the graph. */
  detach(): Tensor {
    this.requireLive('detach');
    return this.alias();
  }

  /** @internal Another tensor on the same memory, outside the graph. */
  alias(): Tensor {
    return new Tensor(this.device, this.shape, this.dtype, this.#held.storage?.retain() ?? null);
  }

  /** @internal Holds the memory for a gradient rule. */
  pack(): Packed {
    return new PackedTensor(this);
  }

  /** @internal Takes over the memory of `other` (which is given back): moves and loads parameters. */
  replaceWith(other: Tensor): void {
    const old = this.#held.storage;
    this.#unwatch();
    const storage = other.#held.storage?.retain() ?? null;
    this.#held = new Held(other.device, this.shape, this.dtype, storage);
    other.dispose();
    old?.release();
    if (this.scope === null) this.#watch();
  }

  /** Gives the memory back as soon as no graph needs it. Doing so again does nothing. */
  override dispose(): void {
    if (this.#released) return;
    this.#released = true;
    this.moveTo(null);
    this.#unwatch();
    this.#held.release();
    this.grad?.dispose();
    this.grad = null;
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal */
  override moveTo(scope: Scope | null): void {
    super.moveTo(scope);
    if (scope === null && !this.#released) this.#watch();
  }

  /** `[64, 3, 8, 8] float32 on wasm`. */
  describe(): string {
    return this.#held.describe();
  }

  override toString(): string {
    return `Tensor ${this.describe()}${this.requiresGrad ? ', requires grad' : ''}`;
  }

  #watch(): void {
    if (this.#held.storage === null || this.#watched) return;
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
  node: GradNode | null = null;
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

  describe(): string {
    return `${formatShape(this.#shape)} ${this.#dtype} on ${this.device.name}`;
  }

  release(): void {
    this.storage?.release();
    this.node?.release();
    this.node = null;
  }
}

class PackedTensor implements Packed {
  readonly #tensor: Pick<Tensor, 'device' | 'shape' | 'dtype'>;
  readonly #storage: Storage | null;
  readonly #version: number;

  constructor(tensor: Tensor) {
    const { device, shape, dtype } = tensor;
    this.#tensor = { device, shape, dtype };
    this.#storage = device.isMeta ? null : tensor.storage.retain();
    this.#version = this.#storage?.version ?? 0;
  }

  /** A tensor on the memory, in the innermost scope. */
  unpack(operation: string): Tensor {
    const { device, shape, dtype } = this.#tensor;
    if (this.#storage !== null && this.#storage.version !== this.#version) {
      throw new AutogradError(
        `${operation}: a tensor ${formatShape(shape)}, which its gradient needs, was overwritten in ` +
          `place after the forward pass`,
      );
    }
    return new Tensor(device, shape, dtype, this.#storage?.retain() ?? null);
  }

  free(): void {
    this.#storage?.release();
  }
}
