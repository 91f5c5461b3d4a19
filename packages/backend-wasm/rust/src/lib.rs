//! Kernels of convnet's WebAssembly backend.
//!
//! The host (TypeScript) owns memory: it allocates every tensor, and writes each call of a kernel, with
//! its arguments, into the control block (`control.rs`), where it or a worker runs it (`calls.rs`). There
//! is no mutable static data, so that several instances can share one memory: each instance rewrites the
//! same constants.
//!
//! Safety of the whole crate rests on one contract: every pointer that the host passes is the start
//! of a block of at least the stated number of elements, 16-byte aligned, followed by `SLACK`
//! readable bytes, and no two blocks overlap unless a kernel says that they may.

#![no_std]
#![feature(asm_experimental_arch)]
// Instructions that `core` gives no name to: see `math.rs`.
#![feature(abi_unadjusted, link_llvm_intrinsics, repr_simd, simd_ffi)]
#![allow(internal_features)]
#![cfg_attr(target_feature = "atomics", feature(stdarch_wasm_atomic_wait))]
// Kernels are unsafe as a whole, by the contract above: a block around each load would say nothing
// more.
#![allow(unsafe_op_in_unsafe_fn)]
#![allow(clippy::missing_safety_doc, clippy::too_many_arguments)]

mod calls;
mod control;
mod conv;
mod conv_axis;
mod conv_blocks;
mod conv_product;
mod conv_scatter;
mod conv_weight_grad;
mod convert;
mod cross_entropy;
mod depthwise;
mod depthwise_rows;
mod depthwise_weight_grad;
mod epilogue;
mod exp;
mod fill;
mod gather;
mod gemm;
mod gemm_few_rows;
mod math;
mod norm;
mod norm_plan;
mod norm_sums;
mod norm_together;
mod optimizer;
mod order;
mod outer_products;
mod panels;
mod parallel;
mod pointwise;
mod pointwise_integer;
mod pointwise_loop;
mod pool;
#[cfg(target_feature = "atomics")]
mod queue;
mod random;
mod reduce;
mod resample;
#[cfg(target_feature = "atomics")]
mod sharing;
mod simd;
mod sine;
mod softmax;
mod stack;
mod strided_copy;
mod tile;
mod wide;
mod winograd;
mod winograd_forms;
mod winograd_tiles;
mod winograd_weight_grad;
mod winograd_weights;

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    core::arch::wasm32::unreachable()
}
