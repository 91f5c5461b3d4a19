//! The table of all kernels. The host writes calls of them into a ring in the control block; they run in order, on
//! whichever thread is free (see `workers.rs`).

use crate::control::call::Call;
use crate::control::memory::Memory;
use crate::convolution;
use crate::depthwise::{depthwise, weight_grad as depthwise_weight_grad};
use crate::movement::{convert, fill, gather, resample, strided_copy};
use crate::norm::norm;
use crate::pointwise::{optimizer, random, walk};
use crate::pool::{average, max, windows};
use crate::product::matmul;
use crate::rows::{cross_entropy, order, reduce, softmax};
use crate::winograd::{convolve as winograd, weight_grad as winograd_weight_grad};

fn kernel_of(call: &Call) -> &'static Kernel {
    &KERNELS[call.kernel as usize]
}

/// Whether there is the memory that the kernel needs beside its operands; if not, the control block says how
/// much is wanted.
pub unsafe fn has_memory(call: &Call) -> bool {
    (kernel_of(call).memory)(call.arguments.as_ptr()).is_there()
}

/// Runs the kernel; its answer, or 0 where it has none.
pub unsafe fn run(call: &Call) -> usize {
    (kernel_of(call).run)(call.arguments.as_ptr())
}

struct Kernel {
    memory: unsafe fn(*const u32) -> Memory,
    run: unsafe fn(*const u32) -> usize,
}

/// What a kernel returns.
trait Answer {
    fn word(self) -> usize;
}

impl Answer for () {
    fn word(self) -> usize {
        0
    }
}

impl Answer for usize {
    fn word(self) -> usize {
        self
    }
}

/// The table of kernels and their names. Each reads its arguments from a call; what follows `needs` says what memory it
/// needs.
macro_rules! kernels {
    ($($name:ident: $run:path $(, needs $memory:path)?;)*) => {
        static KERNELS: &[Kernel] = &[$(Kernel {
            memory: kernels!(@memory $($memory)?),
            run: |arguments| unsafe { $run(&*arguments.cast()).word() },
        }),*];
        static NAMES: &str = concat!($(stringify!($name), " "),*);
    };
    (@memory) => { |_| Memory::NONE };
    (@memory $memory:path) => {
        |arguments| unsafe { $memory(&*arguments.cast()) }
    };
}

kernels! {
    conv_forward: convolution::conv_forward, needs convolution::forward_memory;
    conv_input_grad: convolution::conv_input_grad, needs convolution::input_grad_memory;
    conv_weight_grad: convolution::conv_weight_grad, needs convolution::weight_grad_memory;
    blend: convert::blend;
    blend_integers: convert::blend_integers;
    cast: convert::cast;
    cross_entropy: cross_entropy::cross_entropy;
    cross_entropy_grad: cross_entropy::cross_entropy_grad;
    depthwise_forward: depthwise::depthwise_forward, needs depthwise::forward_memory;
    depthwise_input_grad: depthwise::depthwise_input_grad, needs depthwise::input_grad_memory;
    depthwise_weight_grad: depthwise_weight_grad::depthwise_weight_grad, needs depthwise_weight_grad::memory;
    fill_bytes: fill::fill_bytes;
    fill_words: fill::fill_words;
    gather: gather::gather;
    scatter: gather::scatter;
    scatter_add: gather::scatter_add;
    matmul: matmul::matmul, needs matmul::memory;
    batch_norm: norm::batch_norm, needs norm::memory;
    batch_norm_grad: norm::batch_norm_grad, needs norm::memory;
    batch_norm_inference: norm::batch_norm_inference, needs norm::inference_memory;
    adam_step: optimizer::adam_step;
    sgd_step: optimizer::sgd_step;
    argsort: order::argsort, needs order::sort_memory;
    cumsum_floats: order::cumsum_floats;
    cumsum_integers: order::cumsum_integers;
    pointwise: walk::pointwise;
    avg_pool: average::avg_pool, needs windows::memory;
    avg_pool_grad: average::avg_pool_grad, needs windows::memory;
    max_pool: max::max_pool, needs windows::memory;
    max_pool_grad: max::max_pool_grad;
    random: random::random;
    arg_extreme: reduce::arg_extreme;
    reduce: reduce::reduce, needs reduce::memory;
    resample: resample::resample;
    softmax: softmax::softmax;
    softmax_grad: softmax::softmax_grad;
    copy_bytes: strided_copy::copy_bytes;
    strided_copy: strided_copy::strided_copy;
    winograd_forward: winograd::winograd_forward, needs winograd::forward_memory;
    winograd_input_grad: winograd::winograd_input_grad, needs winograd::input_grad_memory;
    winograd_weight_grad: winograd_weight_grad::winograd_weight_grad, needs winograd_weight_grad::memory;
}

/// Names of the kernels, in the order of their numbers, for the host.
#[unsafe(no_mangle)]
pub extern "C" fn kernel_names() -> *const u8 {
    NAMES.as_ptr()
}

#[unsafe(no_mangle)]
pub extern "C" fn kernel_names_length() -> usize {
    NAMES.len()
}
