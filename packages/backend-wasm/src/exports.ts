type Address = number;

/** The functions of a kernel binary. */
export interface KernelExports {
  control_address(): Address;
  /** The interface that the binary was built for, of 32 bits as a signed number: `interfaceNumber` here. */
  interface_number(): number;
  /** For tests: where a part of some work begins (see `parallel.rs`); of 32 bits, as a signed number. */
  part_begin(total: number, unit: number, parts: number, index: number): number;
  /** The way that a convolution with these arguments goes, whose weights are packed for it. */
  convolution_way(conv: Address, pass: number): number;
  /** Bytes of the packed weights of a forward convolution that keeps them; of 32 bits, as a signed number. */
  packed_weight_bytes(conv: Address): number;
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
