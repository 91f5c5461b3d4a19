/*
 * Written by `pnpm build:kernels` from what the binaries in `wasm/` say of themselves. Not to be edited:
 * `pnpm check:kernels` compares it with them.
 */

/** A binary with another number does not belong to this host. */
export const interfaceNumber = 3213901346;

/** Kernels that a call can name. */
export type KernelName =
  | 'adam_step'
  | 'arg_extreme'
  | 'argsort'
  | 'avg_pool'
  | 'avg_pool_grad'
  | 'batch_norm'
  | 'batch_norm_grad'
  | 'batch_norm_inference'
  | 'blend'
  | 'blend_integers'
  | 'cast'
  | 'conv_forward'
  | 'conv_input_grad'
  | 'conv_weight_grad'
  | 'copy_bytes'
  | 'cross_entropy'
  | 'cross_entropy_grad'
  | 'cumsum_floats'
  | 'cumsum_integers'
  | 'fill_bytes'
  | 'fill_words'
  | 'gather'
  | 'matmul'
  | 'max_pool'
  | 'max_pool_grad'
  | 'pointwise'
  | 'pointwise_chain'
  | 'random'
  | 'reduce'
  | 'resample'
  | 'roi_align'
  | 'roi_align_grad'
  | 'scatter'
  | 'scatter_add'
  | 'sgd_step'
  | 'softmax'
  | 'softmax_grad'
  | 'strided_copy';

// The numbers that stand for names.

export const elementTypes = {
  float32: 0,
  int32: 1,
  uint8: 2,
  bool: 3,
} as const;

export const joins = {
  sum: 0,
  product: 1,
  max: 2,
  min: 3,
} as const;

export const reductions = {
  none: 0,
  sum: 1,
  mean: 2,
} as const;

export const passes = {
  forward: 0,
  inputGradient: 1,
  weightGradient: 2,
} as const;

export const ways = {
  direct: 0,
  product: 1,
  scatter: 2,
  depthwise: 3,
  winograd2: 4,
  winograd4: 5,
} as const;

/** Arguments of the kernels whose arguments are integers, one word each, in their order. */
export interface IntegerArguments {
  readonly arg_extreme: readonly [
    x: number,
    out: number,
    outer: number,
    reduced: number,
    inner: number,
    least: number,
    integer: number,
  ];
  readonly argsort: readonly [
    x: number,
    out: number,
    outer: number,
    extent: number,
    inner: number,
    kind: number,
    descending: number,
  ];
  readonly cast: readonly [x: number, from: number, out: number, to: number, count: number];
  readonly copy_bytes: readonly [source: number, out: number, count: number];
  readonly cumsum_floats: readonly [
    x: number,
    out: number,
    outer: number,
    extent: number,
    inner: number,
    kind: number,
    descending: number,
  ];
  readonly cumsum_integers: readonly [
    x: number,
    out: number,
    outer: number,
    extent: number,
    inner: number,
    kind: number,
    descending: number,
  ];
  readonly fill_bytes: readonly [out: number, count: number, value: number];
  readonly fill_words: readonly [out: number, count: number, value: number];
  readonly reduce: readonly [
    x: number,
    out: number,
    outer: number,
    reduced: number,
    inner: number,
    join: number,
    integer: number,
    divisor: number,
  ];
  readonly softmax: readonly [
    x: number,
    y: number,
    outer: number,
    n: number,
    inner: number,
    logarithm: number,
  ];
  readonly softmax_grad: readonly [
    y: number,
    dy: number,
    dx: number,
    outer: number,
    n: number,
    inner: number,
    logarithm: number,
  ];
}
