//! Kernels of convnet's WebAssembly backend.
//!
//! The host (TypeScript) owns memory: it allocates every tensor, and writes each call of a kernel, with
//! its arguments, into the control block (`control/`), where it or a worker runs it (`queue/`). There
//! is no mutable static data, so that several instances can share one memory: each instance rewrites the
//! same constants.
//!
//! Safety of the whole crate rests on one contract: every pointer that the host passes is the start
//! of a block of at least the stated number of elements, 16-byte aligned, followed by `SLACK`
//! readable bytes, and no two blocks overlap unless a kernel says that they may.

#![no_std]
#![feature(asm_experimental_arch)]
// Instructions that `core` gives no name to: see `vector/bounds.rs`.
#![feature(abi_unadjusted, link_llvm_intrinsics, repr_simd, simd_ffi)]
#![allow(internal_features)]
#![cfg_attr(target_feature = "atomics", feature(stdarch_wasm_atomic_wait))]
// Kernels are unsafe as a whole, by the contract above: a block around each load would say nothing
// more.
#![allow(unsafe_op_in_unsafe_fn)]
#![allow(clippy::missing_safety_doc, clippy::too_many_arguments)]

// From the ground up: none uses what stands below it here.
mod control;
mod conv;
mod convolution;
mod depthwise;
mod movement;
mod norm;
mod pointwise;
mod pool;
mod product;
mod queue;
mod rows;
mod threads;
mod vector;
mod winograd;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
