import { everyRun } from './capture/hooks.ts';
import { context, within } from './context.ts';
import type { Device } from './device.ts';
import { EagerTensor } from './eager-tensor.ts';
import { hostArray, toStored, type DType, type StoredArray, type TypedArray } from './dtype.ts';
import { requireElements } from './elements.ts';
import { ArgumentError, DTypeError, ShapeError } from './errors.ts';
import { execute, type ResultMaker } from './execute.ts';
import { elementwiseCost, type Operation } from './operation.ts';
import { filledBy } from './filled.ts';
import { aBoolean, aDType, aDevice, aFiniteNumber, anyNumber, requireKind } from './kinds.ts';
import { checkOptions, optionKinds } from './options.ts';
import { aGenerator, currentGenerator, type Generator } from './random.ts';
import { formatValue } from './format-value.ts';
import { elementCount, formatShape } from './shape.ts';
import type { StepScalar } from './step-scalar.ts';
import { Storage } from './storage.ts';
import type { Tensor } from './tensor.ts';

/** Numbers nested as deep as the tensor's rank. */
export type NestedNumbers = number | readonly NestedNumbers[];

/** A Float16Array, which not every engine has. */
export interface Float16Numbers extends ArrayLike<number>, ArrayBufferView {
  readonly [Symbol.toStringTag]: 'Float16Array';
}

/** Elements of a tensor, one behind the other. A Uint16Array holds the bits of float16. */
export type FlatNumbers = TypedArray | Float16Numbers | Uint16Array | readonly number[];

/** Options of the functions that make a tensor. */
export interface TensorOptions {
  /** Where the tensor lives. */
  readonly device: Device;
  /** Default float32; for typed arrays, the type that matches. */
  readonly dtype?: DType;
  /** Default false. */
  readonly requiresGrad?: boolean;
}

/** Options of `rand` and `randn`. */
export interface RandomOptions extends TensorOptions {
  /** Default: the stream seeded by `manualSeed`. */
  readonly generator?: Generator;
}

const tensorOptions = optionKinds<TensorOptions>({
  device: aDevice,
  dtype: aDType,
  requiresGrad: aBoolean,
});
const randomOptions = optionKinds<RandomOptions>({
  device: aDevice,
  dtype: aDType,
  requiresGrad: aBoolean,
  generator: aGenerator,
});

/** @throws ArgumentError for options that do not exist, or that name no device or no type there is. */
function requireOptions(
  op: string,
  options: TensorOptions | undefined,
  known: typeof tensorOptions = tensorOptions,
): asserts options is TensorOptions {
  checkOptions(op, options, known, ['device']);
}

/**
 * A tensor from nested arrays, or from a flat array in row-major order and a shape. Numbers are converted to
 * `dtype`; a Uint16Array is taken as the bits of float16, with `dtype: 'float16'` only.
 * @throws ShapeError where rows differ in length or the count does not fit the shape; DTypeError; ArgumentError for
 * what is no number, and for numbers that an integer or bool type does not hold, which it names with their place.
 */
export function tensor(data: NestedNumbers, options: TensorOptions): Tensor;
export function tensor(data: FlatNumbers, shape: readonly number[], options: TensorOptions): Tensor;
export function tensor(
  data: NestedNumbers | FlatNumbers,
  shapeOrOptions: readonly number[] | TensorOptions,
  maybeOptions?: TensorOptions,
): Tensor {
  const flat = maybeOptions !== undefined || Array.isArray(shapeOrOptions);
  const options = flat ? maybeOptions : (shapeOrOptions as TensorOptions);
  requireOptions('tensor', options);
  const shape = flat ? (shapeOrOptions as readonly number[]) : nestedShape(data as NestedNumbers);
  checkShape('tensor', shape);
  const values = flat ? (data as FlatNumbers) : flatten(data as NestedNumbers);
  if (!Array.isArray(values) && !ArrayBuffer.isView(values)) {
    throw new ArgumentError(`tensor: expected an array of numbers, got ${formatValue(values)}`);
  }
  if (values.length !== elementCount(shape)) {
    throw new ShapeError(
      `tensor: expected ${elementCount(shape)} elements for shape ${formatShape(shape)}, got ${values.length}`,
    );
  }
  const dtype = options.dtype ?? (ArrayBuffer.isView(data) ? dtypeOf(data) : 'float32');
  const made = fromHost(toHost(values, dtype), shape, dtype, options);
  context().recorder?.refuse(`a tensor ${made.describe()} was made of data of the host`);
  return made;
}

/**
 * @internal `tensor` for values that the program fixes, such as the means of a normalisation: a captured step keeps them, where
 * it refuses other data of the host.
 */
export function literal(
  values: FlatNumbers,
  shape: readonly number[],
  options: TensorOptions,
): Tensor {
  const made = within('literal', { recorder: null }, () => tensor(values, shape, options));
  context().recorder?.literal(made);
  return made;
}

function fromHost(
  values: StoredArray,
  shape: readonly number[],
  dtype: DType,
  options: TensorOptions,
): Tensor {
  options.device.requireDType('tensor', dtype);
  const { device } = options;
  const spec = { shape: [...shape], dtype };
  const storage = device.isMeta ? null : new Storage(device, device.upload(values, spec));
  return asLeaf(new EagerTensor(device, spec.shape, dtype, storage), options);
}

function toHost(values: FlatNumbers, dtype: DType): StoredArray {
  if (values instanceof Uint16Array) {
    if (dtype === 'float16') return values;
    throw new DTypeError(`tensor: a Uint16Array holds the bits of float16, got dtype ${dtype}`);
  }
  const target = hostArray(dtype, 0);
  if (values.constructor === target.constructor && dtype !== 'bool') {
    return toStored(values as TypedArray, dtype);
  }
  requireElements('tensor', values, dtype);
  const host = hostArray(dtype, values.length);
  if (dtype === 'bool') {
    for (let i = 0; i < values.length; i++) host[i] = values[i] === 0 ? 0 : 1;
  } else {
    host.set(values);
  }
  return toStored(host, dtype);
}

function dtypeOf(data: ArrayBufferView): DType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint8Array) return 'uint8';
  if (isFloat16Array(data)) return 'float16';
  if (data instanceof Uint16Array) {
    throw new DTypeError(
      "tensor: a Uint16Array is taken as the bits of float16 with dtype 'float16', got none",
    );
  }
  throw new DTypeError(
    `tensor: expected a Float32Array, Float64Array, Float16Array, Int32Array or Uint8Array, got ${data.constructor.name}`,
  );
}

function isFloat16Array(data: ArrayBufferView): data is Float16Numbers {
  return (data as Partial<Float16Numbers>)[Symbol.toStringTag] === 'Float16Array';
}

function nestedShape(data: NestedNumbers): number[] {
  if (typeof data === 'number') return [];
  if (!Array.isArray(data)) {
    throw new ArgumentError(
      ArrayBuffer.isView(data)
        ? 'tensor: expected a shape behind a typed array'
        : `tensor: expected numbers or arrays of numbers, got ${formatValue(data)}`,
    );
  }
  const inner = data.map(nestedShape);
  const first = inner[0] ?? [];
  for (const shape of inner) {
    if (formatShape(shape) !== formatShape(first)) {
      throw new ShapeError(
        `tensor: expected rows of equal shape, got ${formatShape(first)} and ${formatShape(shape)}`,
      );
    }
  }
  return [data.length, ...first];
}

function flatten(data: NestedNumbers): number[] {
  return typeof data === 'number' ? [data] : data.flatMap(flatten);
}

function checkShape(op: string, shape: readonly number[]): void {
  if (!Array.isArray(shape)) {
    throw new ArgumentError(`${op}: expected a shape as an array, got ${formatValue(shape)}`);
  }
  if (!shape.every((extent) => Number.isInteger(extent) && extent >= 0)) {
    throw new ShapeError(`${op}: expected a shape of integers ≥ 0, got ${formatValue(shape)}`);
  }
}

/**
 * A tensor filled with `value`.
 * @throws ShapeError, DTypeError; ArgumentError for a value that an integer or bool type does not hold.
 */
export function full(shape: readonly number[], value: number, options: TensorOptions): Tensor {
  return fill('full', shape, value, options);
}

function fill(op: string, shape: readonly number[], value: number, options: TensorOptions): Tensor {
  requireOptions(op, options);
  checkShape(op, shape);
  const { device, dtype = 'float32' } = options;
  requireKind(op, 'value', value, anyNumber);
  requireElements(op, [value], dtype);
  return asLeaf(filledBy(on(device), [...shape], value, dtype), options);
}

/** Makes results on a device, where no tensor is at hand that does. */
function on(device: Device): ResultMaker {
  return {
    device,
    make: (where, spec, storage) => new EagerTensor(where, spec.shape, spec.dtype, storage),
  };
}

function asLeaf(made: Tensor, { requiresGrad = false }: TensorOptions): Tensor {
  try {
    if (requiresGrad) made.requiresGrad = true;
  } catch (error) {
    made.dispose();
    throw error;
  }
  return made;
}

/** Zeros of a shape. */
export function zeros(shape: readonly number[], options: TensorOptions): Tensor {
  return fill('zeros', shape, 0, options);
}

/** Ones of a shape. */
export function ones(shape: readonly number[], options: TensorOptions): Tensor {
  return fill('ones', shape, 1, options);
}

/** `start, start + step, …` below `end`, as int32 unless `dtype` says otherwise. */
export function arange(start: number, end: number, step: number, options: TensorOptions): Tensor {
  requireOptions('arange', options);
  const numbers = { start, end, step };
  for (const [name, value] of Object.entries(numbers)) {
    requireKind('arange', name, value, aFiniteNumber);
  }
  const count = Math.ceil((end - start) / step);
  if (!Number.isFinite(count) || count < 0 || count >= 2 ** 32) {
    throw new ArgumentError(`arange: no steps of ${step} lead from ${start} to ${end}`);
  }
  const values = Array.from({ length: count }, (_, i) => start + i * step);
  return literal(values, [count], { dtype: 'int32', ...options });
}

/** Uniform in [low, high), default [0, 1). */
export function rand(shape: readonly number[], options: RandomOptions): Tensor {
  return random('rand', 'uniform', shape, options);
}

/** Standard normal. */
export function randn(shape: readonly number[], options: RandomOptions): Tensor {
  return random('randn', 'normal', shape, options);
}

function random(
  op: string,
  distribution: 'uniform' | 'normal',
  shape: readonly number[],
  options: RandomOptions,
): Tensor {
  requireOptions(op, options, randomOptions);
  checkShape(op, shape);
  const { dtype = 'float32' } = options;
  if (dtype !== 'float32') {
    throw new DTypeError(`${op}: random numbers are float32, got dtype ${dtype}: cast the result`);
  }
  const { generator } = options;
  const stream = (): Generator => generator ?? currentGenerator();
  const count = elementCount(shape);
  const attributes = { distribution, shape: [...shape] };
  const made = execute(randomOperation, [], attributes, placeIn(stream), on(options.device))[0]!;
  // Behind it: where there was no memory, nothing was drawn.
  if (!made.device.isMeta) {
    everyRun(
      () => void stream().advance(count),
      () => stream().goBack(count),
    );
  }
  return asLeaf(made, options);
}

interface RandomAttributes {
  readonly distribution: 'uniform' | 'normal';
  readonly shape: readonly number[];
}

/** Step scalars: the seed and the first block, each as a low and a high word. */
const randomOperation: Operation<RandomAttributes> = {
  name: 'random',
  infer: (_, { shape }) => [{ shape, dtype: 'float32' }],
  run: (kernels, _, { distribution }, out, [seedLow, seedHigh, low, high]) => [
    kernels.random(distribution, out[0]!, joined(seedLow!, seedHigh!), joined(low!, high!)),
  ],
  cost: (_, outputs) => elementwiseCost(outputs),
};

const word = 4294967296;

function joined(low: number, high: number): number {
  return high * word + low;
}

/** The place that a stream has reached, at every call. Without a generator it is the stream that `manualSeed` set last. */
function placeIn(stream: () => Generator): readonly StepScalar[] {
  const scalar = (value: () => number): StepScalar => ({ dtype: 'uint32', value });
  return [
    scalar(() => stream().seed % word),
    scalar(() => Math.floor(stream().seed / word)),
    scalar(() => stream().offset % word),
    scalar(() => Math.floor(stream().offset / word)),
  ];
}
