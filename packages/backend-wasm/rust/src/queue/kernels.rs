//! The table of all kernels. The host writes calls of them into a ring in the control block; they run in order, on
//! whichever thread is free (see `workers.rs`).

use crate::control::call::Call;
use crate::control::interface::{Struct, described};
use crate::control::memory::Memory;
use crate::conv::arguments as conv;
use crate::convolution;
use crate::movement::{convert, fill, gather, resample, strided_copy};
use crate::norm::norm;
use crate::pointwise::{chain, optimizer, random, walk};
use crate::pool::{average, max, max_grad, roi_align, windows};
use crate::product::{arguments as product, matmul};
use crate::rows::{cross_entropy, order, reduce, softmax};

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

/// The table of kernels and their names. Each reads arguments of the type in brackets from a call; what follows `needs`
/// says what memory it needs.
macro_rules! kernels {
    ($($name:ident($arguments:ty): $run:path $(, needs $memory:path)?;)*) => {
        static KERNELS: &[Kernel] = &[$(Kernel {
            memory: kernels!(@memory $arguments $(, $memory)?),
            run: |arguments| unsafe { $run(&*arguments.cast::<$arguments>()).word() },
        }),*];
        pub const KERNEL_NAMES: &[&str] = &[$(stringify!($name)),*];
        /// The arguments of each.
        pub const STRUCTS: &[Struct] = &[$(described::<$arguments>()),*];
    };
    (@memory $arguments:ty) => { |_| Memory::NONE };
    (@memory $arguments:ty, $memory:path) => {
        |arguments| unsafe { $memory(&*arguments.cast::<$arguments>()) }
    };
}

kernels! {
    adam_step(optimizer::Adam): optimizer::adam_step;
    arg_extreme(reduce::Extreme): reduce::arg_extreme;
    argsort(order::Arguments): order::argsort, needs order::sort_memory;
    avg_pool(windows::Arguments): average::avg_pool;
    avg_pool_grad(windows::Arguments): average::avg_pool_grad;
    batch_norm(norm::Arguments): norm::batch_norm, needs norm::memory;
    batch_norm_grad(norm::Arguments): norm::batch_norm_grad, needs norm::memory;
    batch_norm_inference(norm::Arguments): norm::batch_norm_inference, needs norm::inference_memory;
    blend(convert::Blend): convert::blend;
    blend_integers(convert::Blend): convert::blend_integers;
    cast(convert::Cast): convert::cast;
    conv_forward(conv::Arguments): convolution::forward, needs convolution::forward_memory;
    conv_input_grad(conv::Arguments): convolution::input_grad, needs convolution::input_grad_memory;
    conv_weight_grad(conv::Arguments): convolution::weight_grad, needs convolution::weight_grad_memory;
    copy_bytes(strided_copy::Bytes): strided_copy::copy_bytes;
    cross_entropy(cross_entropy::Arguments): cross_entropy::cross_entropy;
    cross_entropy_grad(cross_entropy::Arguments): cross_entropy::cross_entropy_grad;
    cumsum_floats(order::Arguments): order::cumsum_floats;
    cumsum_integers(order::Arguments): order::cumsum_integers;
    fill_bytes(fill::Arguments): fill::fill_bytes;
    fill_words(fill::Arguments): fill::fill_words;
    gather(gather::Arguments): gather::gather;
    matmul(product::Arguments): matmul::matmul, needs matmul::memory;
    max_pool(windows::Arguments): max::max_pool;
    max_pool_grad(windows::Arguments): max_grad::max_pool_grad;
    pointwise(walk::Arguments): walk::pointwise;
    pointwise_chain(chain::Arguments): chain::pointwise_chain, needs chain::memory;
    random(random::Arguments): random::random;
    reduce(reduce::Arguments): reduce::reduce, needs reduce::memory;
    resample(resample::Arguments): resample::resample;
    roi_align(roi_align::Arguments): roi_align::roi_align;
    roi_align_grad(roi_align::Arguments): roi_align::roi_align_grad;
    scatter(gather::Arguments): gather::scatter;
    scatter_add(gather::Arguments): gather::scatter_add;
    sgd_step(optimizer::Sgd): optimizer::sgd_step;
    softmax(softmax::Arguments): softmax::softmax;
    softmax_grad(softmax::Gradient): softmax::softmax_grad;
    strided_copy(strided_copy::Arguments): strided_copy::strided_copy;
}
