//! The shadow stack: instances that share one memory must not share one stack.

core::arch::global_asm!(
    ".globaltype __stack_pointer, i32",
    ".globl set_stack_pointer",
    ".export_name set_stack_pointer, set_stack_pointer",
    ".type set_stack_pointer,@function",
    "set_stack_pointer:",
    ".functype set_stack_pointer (i32) -> ()",
    "local.get 0",
    "global.set __stack_pointer",
    "end_function",
);

unsafe extern "C" {
    fn set_stack_pointer(top: usize);
}

/// Keeps the assembly above in the module.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn use_stack(top: usize) {
    set_stack_pointer(top);
}
