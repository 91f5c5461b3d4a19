type Address = number;

/** The functions of a kernel binary. Those without parameters read the argument block. */
export interface KernelExports {
  control_address(): Address;
  control_bytes(): number;
  arguments_offset(): number;
  use_stack(top: Address): void;
  /** Threaded builds only. */
  worker?(thread: number): void;
  stop_workers?(): void;

  fill_words(out: Address, count: number, value: number): void;
  fill_bytes(out: Address, count: number, value: number): void;
  copy_bytes(source: Address, out: Address, count: number): void;
  strided_copy(): void;
  cast(x: Address, from: number, out: Address, to: number, count: number): void;
  blend(target: Address, source: Address, count: number, alpha: number, beta: number): void;
  blend_integers(
    target: Address,
    source: Address,
    count: number,
    bytes: number,
    alpha: number,
    beta: number,
  ): void;
  pointwise(): number;
  pointwise_names(): Address;
  pointwise_names_length(): number;
  reduce(): number;
  arg_extreme(
    x: Address,
    out: Address,
    outer: number,
    reduced: number,
    inner: number,
    least: number,
    integer: number,
  ): void;
  gather(): number;
  scatter_add(): number;
  scatter(): number;
  argsort(
    x: Address,
    out: Address,
    outer: number,
    extent: number,
    inner: number,
    kind: number,
    descending: number,
  ): number;
  cumsum_floats(x: Address, out: Address, outer: number, extent: number, inner: number): void;
  cumsum_integers(x: Address, out: Address, outer: number, extent: number, inner: number): void;
  resample(): void;
  matmul(): number;
  conv_forward(): number;
  winograd_forward(tile: number): number;
  winograd_input_grad(tile: number): number;
  winograd_weight_grad(tile: number): number;
  conv_input_grad(): number;
  conv_weight_grad(): number;
  depthwise_forward(): number;
  depthwise_input_grad(): number;
  depthwise_weight_grad(): number;
  max_pool(): number;
  max_pool_grad(): void;
  avg_pool(): number;
  avg_pool_grad(): number;
  batch_norm(): number;
  batch_norm_inference(): number;
  batch_norm_grad(): number;
  softmax(x: Address, y: Address, outer: number, n: number, inner: number, logarithm: number): void;
  softmax_grad(
    y: Address,
    dy: Address,
    dx: Address,
    outer: number,
    n: number,
    inner: number,
    logarithm: number,
  ): void;
  cross_entropy(): number;
  cross_entropy_grad(): void;
  sgd_step(): void;
  adam_step(): void;
  random(out: Address, count: number, normal: number, seed: number, offset: number): void;
}
