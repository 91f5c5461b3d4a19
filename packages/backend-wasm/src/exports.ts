type Address = number;

/** The functions of a kernel binary. */
export interface KernelExports {
  control_address(): Address;
  control_bytes(): number;
  /** Where the ring of calls lies within the control block. */
  calls_offset(): number;
  kernel_names(): Address;
  kernel_names_length(): number;
  pointwise_names(): Address;
  pointwise_names_length(): number;
  /** For tests: where a part of some work begins (see `parallel.rs`); of 32 bits, as a signed number. */
  part_begin(total: number, unit: number, parts: number, index: number): number;
  /** Takes the next call of the ring; 0 if it lacks memory: the control block says how much it wants. */
  submit(call: Address): number;
  /** Runs a call that needs no memory, while no other is under way, and gives its answer. */
  run_call(call: Address): number;
  use_stack(top: Address): void;
  /** Threaded builds only: returns when no calls are under way. */
  settle?(): void;
  worker?(thread: number): void;
  stop_workers?(): void;
}

/** Kernels that a call can name. The function of that name in `rust/src` says how its arguments lie. */
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
  | 'depthwise_forward'
  | 'depthwise_input_grad'
  | 'depthwise_weight_grad'
  | 'fill_bytes'
  | 'fill_words'
  | 'gather'
  | 'matmul'
  | 'max_pool'
  | 'max_pool_grad'
  | 'pointwise'
  | 'random'
  | 'reduce'
  | 'resample'
  | 'scatter'
  | 'scatter_add'
  | 'sgd_step'
  | 'softmax'
  | 'softmax_grad'
  | 'strided_copy'
  | 'winograd_forward'
  | 'winograd_input_grad'
  | 'winograd_weight_grad';
