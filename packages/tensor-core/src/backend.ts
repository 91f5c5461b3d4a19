import type { BatchNormKernels } from './batch-norm-kernels.ts';
import type { DType, StoredArray } from './dtype.ts';
import type { Epilogue, FusedForm, FusedKernels } from './fused-kernels.ts';
import type { DeviceBuffer, Operand, TensorSpec } from './operand.ts';
import type { Suppress } from './suppress.ts';

export type { BatchNormKernels, Bounds, RunningStatistics } from './batch-norm-kernels.ts';
export type { DeviceBuffer, Operand, TensorSpec } from './operand.ts';
export type {
  Activation,
  Epilogue,
  FusedForm,
  FusedKernels,
  PointwiseProgram,
  ProgramRow,
} from './fused-kernels.ts';

/** Geometry of a convolution; every array has one entry per spatial axis. */
export interface ConvGeometry {
  readonly stride: readonly number[];
  /** Zeros in front of the first element of each axis. */
  readonly padBegin: readonly number[];
  /** Zeros behind the last element of each axis. */
  readonly padEnd: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/**
 * The windows of a pooling operation along one spatial axis. Output position `o` covers the input
 * positions `start[o], start[o] + step, …` below `end[o]`; all lie inside the input, and a window may be
 * empty. This one form covers strides, padding, ceil mode, dilation and adaptive pooling.
 */
export interface PoolAxis {
  readonly start: Int32Array;
  readonly end: Int32Array;
  readonly step: number;
  /** Average pooling divides by the product over the axes of `count[o]`. */
  readonly count: Float32Array;
}

/**
 * A sparse matrix that resamples one spatial axis, in compressed rows: output position `o` is the sum of
 * `weight[t]` times input position `index[t]` for t from `first[o]` to `first[o + 1] - 1`; a row may be
 * empty. The transposed matrix in the same form is the gradient.
 */
export interface ResampleAxis {
  /** One more entry than output positions. */
  readonly first: Int32Array;
  readonly index: Int32Array;
  readonly weight: Float32Array;
}

/** One box of elements copied by `Kernels.move` from a source to the output, axis by axis of the output. */
export interface MovePart {
  readonly source: Operand;
  /** Elements copied along each output axis. */
  readonly size: readonly number[];
  /** For each output axis, the source axis it walks, or -1 to stay (repeats the element). */
  readonly axis: readonly number[];
  /** First source position and step, for each output axis (ignored where `axis` is -1; a step may be negative). */
  readonly from: readonly number[];
  readonly fromStep: readonly number[];
  /** First output position and step (at least 1), for each output axis. */
  readonly to: readonly number[];
  readonly toStep: readonly number[];
  /** For each source axis that no output axis walks, the fixed position; keyed by source axis. */
  readonly at: Readonly<Record<number, number>>;
}

/** How `roiAlign` reads features. */
export interface RoiAlignKernelOptions {
  /** Multiplied with coordinates of regions gives those of features. */
  readonly spatialScale: number;
  /** Samples along each axis of a bin; 0: one for each element that the bin is long, rounded up. */
  readonly samplingRatio: number;
  /** Whether element i has its centre at coordinate i + 1/2, not i, and regions may be shorter than one element. */
  readonly aligned: boolean;
}

/** Names of the reductions that backends have a kernel for. */
export type ReduceName = 'sum' | 'mean' | 'max' | 'min' | 'prod' | 'argmax' | 'argmin';

/** What does not change from step to step of stochastic gradient descent. */
export interface SgdStep {
  readonly momentum: number;
  readonly dampening: number;
  readonly weightDecay: number;
  readonly nesterov: boolean;
  readonly maximize: boolean;
  /** The first step copies the gradient into the momentum buffer, as PyTorch does. */
  readonly first: boolean;
}

/** What does not change from step to step of Adam. */
export interface AdamStep {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  /** `true`: weight decay acts on the weights (AdamW); `false`: it is added to the gradient (Adam). */
  readonly decoupled: boolean;
  readonly maximize: boolean;
}

/** What changes from step to step of Adam. */
export interface AdamNumbers {
  /** The learning rate with the bias correction of the running mean in it. */
  readonly stepSize: number;
  /** The root of the running square is divided by this, its bias correction. */
  readonly rootCorrection: number;
  /** Decoupled weight decay multiplies the weights by this. */
  readonly kept: number;
}

/** What the kernels of softmax cross-entropy are told. */
export interface CrossEntropyKernelOptions {
  /** Target value that contributes nothing; PyTorch's default is -100. */
  readonly ignoreIndex: number;
  /** 0 ≤ labelSmoothing < 1. */
  readonly labelSmoothing: number;
  /** One loss for each target, their sum, or that divided by the weights of the targets that count. */
  readonly reduction: 'none' | 'sum' | 'mean';
}

/**
 * The kernels. Shapes have been checked and outputs inferred before a kernel runs: a kernel holds no
 * semantics of its own. Each returns newly owned buffers; arguments stay the caller's. An `out` argument
 * is the inferred spec of the (first) result. Every spatial kernel takes 1 to 3 spatial axes; more it
 * may refuse with an ArgumentError. float16 reaches only what moves or converts elements: `fill`, `reshape`,
 * `cast`, `blend` as a copy, `move`, `gather` and `scatter`.
 */
export interface Kernels extends FusedKernels, BatchNormKernels {
  /** A buffer filled with `value`. */
  fill(out: TensorSpec, value: number): DeviceBuffer;
  /** The same elements in logical order under another shape. May stand on the memory of `x` (see `DeviceBuffer.memory`). */
  reshape(x: Operand, out: TensorSpec): DeviceBuffer;
  /**
   * Elements converted to another type: towards zero to integers, modulo 2^32 or 2^8 and to 0 where they are not
   * finite; to 0 or 1 for bool; to the nearest float16 (halves to even).
   */
  cast(x: Operand, out: TensorSpec): DeviceBuffer;
  /**
   * In place: target = alpha * target + beta * source. alpha 0 overwrites whatever stood there, NaN included. With
   * float16 alpha is 0 and beta 1: a copy.
   */
  blend(target: Operand, source: Operand, alpha: number, beta: number): void;
  /**
   * A row of the pointwise table (`ops/pointwise-table.ts`, whose `forward` is the specification). Inputs
   * have the rank of the output; an axis of extent 1 is repeated. Inputs share one dtype except the
   * conditions of `where`.
   */
  pointwise(
    name: string,
    inputs: readonly Operand[],
    scalars: readonly number[],
    out: TensorSpec,
  ): DeviceBuffer;
  /** Reduces over `axes` (ascending). `out` has these axes removed; arg… return int32 positions on one axis. */
  reduce(name: ReduceName, x: Operand, axes: readonly number[], out: TensorSpec): DeviceBuffer;
  /** Copies boxes of the sources into an output otherwise filled with `fill`: permute, slice, pad, concat, flip, expand. */
  move(parts: readonly MovePart[], out: TensorSpec, fill: number): DeviceBuffer;
  /**
   * out[i…] = x[…] with the position on `axis` taken from `index`, which has the shape of `out`. Here and
   * in the scatters, a position outside the axis throws `IndexRangeError` where the device can tell without
   * waiting; elsewhere it reads as NaN (0 in integers) and writes nothing.
   */
  gather(x: Operand, axis: number, index: Operand, out: TensorSpec): DeviceBuffer;
  /** Zeros of `out`, plus `source` added at the positions of `index` on `axis`: the gradient of `gather`. */
  scatterAdd(source: Operand, axis: number, index: Operand, out: TensorSpec): DeviceBuffer;
  /** A copy of `x` with `source` written over the positions of `index` on `axis`, in order: the last of equals stays. */
  scatter(x: Operand, axis: number, index: Operand, source: Operand, out: TensorSpec): DeviceBuffer;
  /** The int32 positions along `axis` that sort x. Stable in both directions; NaN counts as greatest. */
  argsort(x: Operand, axis: number, descending: boolean, out: TensorSpec): DeviceBuffer;
  /** Sums of each element of x (floating or int32) and all before it along `axis`. */
  cumsum(x: Operand, axis: number, out: TensorSpec): DeviceBuffer;
  /**
   * Batched product of `a` [..., M, K] and `b` [..., K, N], each read transposed in its last two axes where
   * asked; the leading axes of both have the output's rank and an extent of 1 repeats. `bias` [N] is added.
   */
  matmul(
    a: Operand,
    b: Operand,
    bias: Operand | null,
    transpose: { readonly a: boolean; readonly b: boolean },
    out: TensorSpec,
  ): DeviceBuffer;
  /** x [N, C, …], weight [O, C/groups, k…], bias [O] -> [N, O, …]: cross-correlation, as PyTorch's. */
  conv(
    x: Operand,
    weight: Operand,
    bias: Operand | null,
    geometry: ConvGeometry,
    out: TensorSpec,
  ): DeviceBuffer;
  /** `conv` with an epilogue in the same pass over the output. A backend without it runs the parts. */
  fusedConv?(
    x: Operand,
    weight: Operand,
    bias: Operand | null,
    geometry: ConvGeometry,
    epilogue: Epilogue,
    out: TensorSpec,
  ): DeviceBuffer;
  /**
   * Says that a weight will be read often, so that what is derived from it, such as a packed form, may be
   * kept beside it until it is written or freed, or `endReuse` was called as often.
   * @param isDerived whether it was made for that, such as a folded weight, so that nobody asks for its own numbers: what is
   *   derived from it may stand in its place.
   */
  willReuse?(x: Operand, isDerived: boolean): void;
  /** Takes one `willReuse` of a buffer back, which may have been freed since. Goes with `willReuse`. */
  endReuse?(x: Operand): void;
  /** Gradient [N, C, …] of `conv` by its input, from the output's gradient. Also the forward of transposed convolution. */
  convInputGrad(
    dy: Operand,
    weight: Operand,
    geometry: ConvGeometry,
    out: TensorSpec,
  ): DeviceBuffer;
  /** Gradient [O, C/groups, k…] of `conv` by its weight. */
  convWeightGrad(x: Operand, dy: Operand, geometry: ConvGeometry, out: TensorSpec): DeviceBuffer;
  /**
   * Greatest element of each window and, if asked for, its int32 flat position in the input's spatial extent: the first of
   * equals, but the last NaN where there is one, as PyTorch. Windows are never empty.
   */
  maxPool(
    x: Operand,
    axes: readonly PoolAxis[],
    out: TensorSpec,
    returnIndices: boolean,
  ): readonly DeviceBuffer[];
  /** Adds each dy at its index, which lies in its window: out [N, C, …input]. */
  maxPoolGrad(
    dy: Operand,
    indices: Operand,
    axes: readonly PoolAxis[],
    out: TensorSpec,
  ): DeviceBuffer;
  /** Means, or sums over a divisor, of windows of x. */
  avgPool(x: Operand, axes: readonly PoolAxis[], out: TensorSpec): DeviceBuffer;
  /** The gradient of `avgPool` by its input. */
  avgPoolGrad(dy: Operand, axes: readonly PoolAxis[], out: TensorSpec): DeviceBuffer;
  /** x [N, C, …] times the sparse matrix of each spatial axis -> [N, C, …]: interpolation and its gradient. */
  resample(x: Operand, axes: readonly ResampleAxis[], out: TensorSpec): DeviceBuffer;
  /**
   * x [N, C, …] of 1 or 2 spatial axes, rois [K, 1 + 2d]: number of the input, least and greatest coordinates, the last axis first
   * -> [K, C, …bins]. A bin is the mean of its samples, interpolated linearly; a sample more than 1 outside counts 0, one
   * less far outside is read at the edge. Coordinates are in single precision. A number of an input that does not
   * exist throws `IndexRangeError` where the device can tell without waiting; elsewhere the bins are NaN.
   */
  roiAlign(
    x: Operand,
    rois: Operand,
    options: RoiAlignKernelOptions,
    out: TensorSpec,
  ): DeviceBuffer;
  /** Gradient [N, C, …] of `roiAlign` by x, from that of its bins. */
  roiAlignGrad(
    dy: Operand,
    rois: Operand,
    options: RoiAlignKernelOptions,
    out: TensorSpec,
  ): DeviceBuffer;
  /**
   * Which of boxes [N, 2d], floating (least coordinates, then greatest) stay where each, in the order of the int32 `order`
   * [N], removes those behind it of the same label (int32 [N]; null: all are of one) whose intersection over union is
   * greater than the threshold, in single precision -> bool [N]. `suppress` does it on the host: it is handed in, so that a
   * program without boxes does not load it.
   */
  nms(
    boxes: Operand,
    order: Operand,
    labels: Operand | null,
    iouThreshold: number,
    out: TensorSpec,
    suppress: Suppress,
  ): DeviceBuffer;
  /** Softmax, or its logarithm, along `axis`. */
  softmax(x: Operand, axis: number, log: boolean): DeviceBuffer;
  /** Gradient of `softmax` by its input, from its output `y`. */
  softmaxGrad(y: Operand, dy: Operand, axis: number, log: boolean): DeviceBuffer;
  /**
   * logits [N, C, …], target int32 [N, …], weight [C] or absent. Returns the weighted loss, [] or, not
   * reduced, [N, …] (0 where ignored), and what the gradient needs: the log-probabilities [N, C, …], and the
   * sum [] of the weights of the targets that count (undefined contents unless the reduction is 'mean').
   * Throws `LabelRangeError` where the device can tell without waiting; elsewhere such a loss is NaN.
   */
  crossEntropy(
    logits: Operand,
    target: Operand,
    weight: Operand | null,
    options: CrossEntropyKernelOptions,
  ): [loss: DeviceBuffer, logProbabilities: DeviceBuffer, countedWeight: DeviceBuffer];
  /** Gradient by the logits, from the gradient of the loss. */
  crossEntropyGrad(
    logProbabilities: Operand,
    target: Operand,
    weight: Operand | null,
    countedWeight: Operand,
    dloss: Operand,
    options: CrossEntropyKernelOptions,
  ): DeviceBuffer;
  /** In place, equation by equation as torch.optim.SGD; `momentum` is null where the momentum is 0. */
  sgdStep(
    parameter: Operand,
    gradient: Operand,
    momentum: Operand | null,
    step: SgdStep,
    learningRate: number,
  ): void;
  /** In place, as torch.optim.Adam and AdamW without amsgrad. */
  adamStep(
    parameter: Operand,
    gradient: Operand,
    mean: Operand,
    square: Operand,
    step: AdamStep,
    numbers: AdamNumbers,
  ): void;
  /**
   * `sgdStep` of several parameters, [parameter, gradient, momentum] each, in as few passes as a backend can: as if one after the
   * other. It throws before it has updated any. A backend without it is called for each.
   */
  sgdSteps?(
    updates: readonly (readonly (Operand | null)[])[],
    step: SgdStep,
    learningRate: number,
  ): void;
  /** The same of `adamStep`: [parameter, gradient, mean, square] each. */
  adamSteps?(
    updates: readonly (readonly (Operand | null)[])[],
    step: AdamStep,
    numbers: AdamNumbers,
  ): void;
  /**
   * Philox 4x32-10 numbers (see `random.ts`, whose functions are the specification, bit by bit): float32
   * uniform in [0, 1) or standard normal. Element i takes word i mod 4 of block `offset + floor(i / 4)`.
   */
  random(
    distribution: 'uniform' | 'normal',
    out: TensorSpec,
    seed: number,
    offset: number,
  ): DeviceBuffer;
}

/** Bytes on a device. */
export interface MemoryUse {
  /** Held by live buffers. */
  readonly live: number;
  /** Taken from the system, free blocks kept for reuse included. */
  readonly reserved: number;
}

/** One operation of a captured step. Values are numbers of `StepGraph.values`. */
export interface StepCall {
  readonly operation: string;
  readonly attributes: unknown;
  /** null where an optional input is absent. */
  readonly inputs: readonly (number | null)[];
  readonly outputs: readonly number[];
  /** Positions of the inputs that it writes in place. */
  readonly writes: readonly number[];
  /** Types of its step scalars, whose values stand one behind the other in the block, call by call. */
  readonly scalars: readonly ('float32' | 'uint32')[];
  /** Calls its kernels, for a backend that records what they do. Returns newly owned memory. */
  run(
    kernels: Kernels,
    inputs: readonly (Operand | null)[],
    scalars: readonly number[],
  ): readonly DeviceBuffer[];
}

/** A captured step as a backend may take it whole. */
export interface StepGraph {
  readonly values: readonly TensorSpec[];
  /** Values whose memory each run is given, in this order: inputs, gradients, constants such as weights. */
  readonly inputs: readonly number[];
  /** Those of `inputs` that are weights which `willReuse` was told of: their operands are `isReused`. */
  readonly reused: readonly number[];
  /** In order; a call sees what those before it have written. */
  readonly calls: readonly StepCall[];
  /** Values whose memory each run returns. None of them is an input; none stands twice. */
  readonly outputs: readonly number[];
}

/** A step that a backend has made ready, such as recorded commands or a graph of the device. */
export interface PreparedStep {
  /** Settles when `run` may be called; a step that is not ready yet runs kernel by kernel. */
  readonly ready: Promise<void>;
  /**
   * Runs the step on the memory of its inputs, which may be other memory than before. `scalars` has four bytes for
   * each step scalar, float32 or uint32. Returns newly owned memory, or buffers on the memory of inputs.
   */
  run(inputs: readonly DeviceBuffer[], scalars: ArrayBuffer): readonly DeviceBuffer[];
  /** Of a run that has thrown, how many calls of the graph were carried out before. Absent: none ever is. */
  readonly carriedOut?: number;
  /** Bytes that it holds on the device. */
  readonly byteLength: number;
  /** Gives them back. */
  dispose(): void;
}

/**
 * A connector to hardware: buffers, copies and kernels. Calls return at once and take effect in order;
 * only `read` waits. A kernel that a backend does not have is absent from `kernels` and fails by name.
 */
export interface Backend {
  /** 'reference', 'wasm', 'webgpu', 'cuda'. */
  readonly name: string;
  /** One line on what was chosen, such as 'wasm (relaxed SIMD, 2 threads)'. */
  readonly description: string;
  /** Element types that the backend can hold. */
  readonly dtypes: readonly DType[];
  readonly kernels: Readonly<Partial<Kernels>>;
  /**
   * Forms that graphs are fused to; what is not stated runs as its parts. Backends without a compiler of their own
   * between give the bits of the parts.
   */
  readonly fuses?: readonly FusedForm[];
  /**
   * Whether arithmetic may take subnormal numbers (below 2^-126) for zeros of their sign, as WGSL allows: the
   * conformance suite then accepts either result. Default false.
   */
  readonly flushesSubnormals?: boolean;
  /**
   * Greatest relative error of the weights that kernels read in operands that are `isReused`, such as 2^-11 where the device keeps
   * them in float16. Default 0.
   */
  readonly reusedRounding?: number;
  /** Copies host elements, in logical order, to the device. */
  upload(data: StoredArray, spec: TensorSpec): DeviceBuffer;
  /** Copies elements back in logical order, once all that was asked before has been done. */
  read(x: Operand): Promise<StoredArray<ArrayBuffer>>;
  /**
   * A copy of a tensor of another backend, made from device to device without the host, in order with what both do; null
   * where there is no such way. Without it, or for null, values go by `read` and `upload`.
   */
  copyFrom?(x: Operand, of: Backend): DeviceBuffer | null;
  /** Gives memory back: once, with any of the buffers on it. */
  free(buffer: DeviceBuffer): void;
  /** What its buffers hold. */
  memory(): MemoryUse;
  /** Takes a captured step whole. A backend without it runs the step kernel by kernel. */
  prepare?(graph: StepGraph): PreparedStep;
  /** Ends workers and gives all memory back; using the backend afterwards throws. */
  dispose(): void;
}
