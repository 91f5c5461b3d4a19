//! Kernel calls as data: which kernel, and its arguments. The host writes them into a ring in the control
//! block; they run in order, on whichever thread is free (see `queue.rs`).

use crate::control::Memory;
use crate::{
    conv, conv_weight_grad, convert, cross_entropy, depthwise, depthwise_weight_grad, fill, gather,
    gemm, norm, optimizer, order, pointwise_loop, pool, random, reduce, resample, softmax,
    strided_copy, winograd, winograd_weight_grad,
};

/// Calls that may be under way.
pub const CALLS: usize = 16;
/// Words for the arguments of one call. With the line in front of them no power of two, so that calls do not share few
/// places in a cache.
const ARGUMENT_WORDS: usize = 1024;

/// One call, as the host writes it (see `machine.ts`).
#[repr(C, align(64))]
pub struct Call {
    /// Position in `KERNELS`.
    kernel: u32,
    _rest_of_line: [u32; 15],
    arguments: [u32; ARGUMENT_WORDS],
}

impl Call {
    fn kernel(&self) -> &'static Kernel {
        &KERNELS[self.kernel as usize]
    }

    /// Whether there is the memory that the kernel needs beside its operands; if not, the control block says how
    /// much is wanted.
    pub unsafe fn has_memory(&self) -> bool {
        (self.kernel().memory)(self.arguments.as_ptr()).is_there()
    }

    /// Runs the kernel; its answer, or 0 where it has none.
    pub unsafe fn run(&self) -> usize {
        (self.kernel().run)(self.arguments.as_ptr())
    }
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

/// The table of kernels and their names. Each reads its arguments from a call; what follows `with` says what
/// memory it needs.
macro_rules! kernels {
    ($($module:ident::$name:ident $(with $memory:ident)?,)*) => {
        static KERNELS: &[Kernel] = &[$(Kernel {
            memory: kernels!(@memory $module $($memory)?),
            run: |arguments| unsafe { $module::$name(&*arguments.cast()).word() },
        }),*];
        static NAMES: &str = concat!($(stringify!($name), " "),*);
    };
    (@memory $module:ident) => { |_| Memory::NONE };
    (@memory $module:ident $memory:ident) => {
        |arguments| unsafe { $module::$memory(&*arguments.cast()) }
    };
}

kernels! {
    conv::conv_forward with forward_memory,
    conv::conv_input_grad with input_grad_memory,
    conv_weight_grad::conv_weight_grad with memory,
    convert::blend,
    convert::blend_integers,
    convert::cast,
    cross_entropy::cross_entropy,
    cross_entropy::cross_entropy_grad,
    depthwise::depthwise_forward with forward_memory,
    depthwise::depthwise_input_grad with input_grad_memory,
    depthwise_weight_grad::depthwise_weight_grad with memory,
    fill::fill_bytes,
    fill::fill_words,
    gather::gather,
    gather::scatter,
    gather::scatter_add,
    gemm::matmul with memory,
    norm::batch_norm with memory,
    norm::batch_norm_grad with memory,
    norm::batch_norm_inference with inference_memory,
    optimizer::adam_step,
    optimizer::sgd_step,
    order::argsort with sort_memory,
    order::cumsum_floats,
    order::cumsum_integers,
    pointwise_loop::pointwise,
    pool::avg_pool with memory,
    pool::avg_pool_grad with memory,
    pool::max_pool with memory,
    pool::max_pool_grad,
    random::random,
    reduce::arg_extreme,
    reduce::reduce with memory,
    resample::resample,
    softmax::softmax,
    softmax::softmax_grad,
    strided_copy::copy_bytes,
    strided_copy::strided_copy,
    winograd::winograd_forward with forward_memory,
    winograd::winograd_input_grad with input_grad_memory,
    winograd_weight_grad::winograd_weight_grad with memory,
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

/// Takes a call, the next one of the ring, unless it lacks memory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn submit(call: &Call) -> bool {
    if !call.has_memory() {
        return false;
    }
    #[cfg(target_feature = "atomics")]
    crate::queue::submit();
    #[cfg(not(target_feature = "atomics"))]
    call.run();
    true
}

/// Runs a call that needs no memory and gives its answer. No other may be under way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn run_call(call: &Call) -> usize {
    call.run()
}
