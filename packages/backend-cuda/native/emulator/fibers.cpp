#include "fibers.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

// swapcontext asks the kernel for the signal mask each time: at a hundred switches a block that is most of the time.
#if defined(__x86_64__)
asm(R"(
.text
.type convnet_switch_stack, @function
convnet_switch_stack:
  pushq %rbp
  pushq %rbx
  pushq %r12
  pushq %r13
  pushq %r14
  pushq %r15
  movq %rsp, (%rdi)
  movq %rsi, %rsp
  popq %r15
  popq %r14
  popq %r13
  popq %r12
  popq %rbx
  popq %rbp
  ret
.size convnet_switch_stack, .-convnet_switch_stack
)");
constexpr int saved_words = 6;
constexpr int return_word = 6;
#elif defined(__aarch64__)
asm(R"(
.text
.type convnet_switch_stack, %function
convnet_switch_stack:
  sub sp, sp, #160
  stp x19, x20, [sp, #0]
  stp x21, x22, [sp, #16]
  stp x23, x24, [sp, #32]
  stp x25, x26, [sp, #48]
  stp x27, x28, [sp, #64]
  stp x29, x30, [sp, #80]
  stp d8, d9, [sp, #96]
  stp d10, d11, [sp, #112]
  stp d12, d13, [sp, #128]
  stp d14, d15, [sp, #144]
  mov x9, sp
  str x9, [x0]
  mov sp, x1
  ldp x19, x20, [sp, #0]
  ldp x21, x22, [sp, #16]
  ldp x23, x24, [sp, #32]
  ldp x25, x26, [sp, #48]
  ldp x27, x28, [sp, #64]
  ldp x29, x30, [sp, #80]
  ldp d8, d9, [sp, #96]
  ldp d10, d11, [sp, #112]
  ldp d12, d13, [sp, #128]
  ldp d14, d15, [sp, #144]
  add sp, sp, #160
  ret
.size convnet_switch_stack, .-convnet_switch_stack
)");
constexpr int saved_words = 20;
constexpr int return_word = 11;
#else
#error "the emulated driver knows how to switch stacks on x86-64 and aarch64 only"
#endif

extern "C" void convnet_switch_stack(void** from, void* to);

namespace emulator {

void switch_fiber(Fiber& from, const Fiber& to) { convnet_switch_stack(&from.stack_pointer, to.stack_pointer); }

void begin_fiber(Fiber& fiber, void* stack_end, void (*entry)()) {
  auto top = reinterpret_cast<std::uintptr_t>(stack_end) & ~std::uintptr_t{15};
#if defined(__x86_64__)
  // A function begins as behind a call, with its stack at 8 modulo 16.
  top -= 8;
  auto* words = reinterpret_cast<std::uintptr_t*>(top) - saved_words - 1;
#else
  auto* words = reinterpret_cast<std::uintptr_t*>(top) - saved_words;
#endif
  for (int i = 0; i < saved_words; i++) words[i] = 0;
  words[return_word] = reinterpret_cast<std::uintptr_t>(entry);
  fiber.stack_pointer = words;
}

unsigned char* map_stacks(std::size_t count, std::size_t bytes) {
  void* memory = mmap(nullptr, count * bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) std::abort();
  auto* stacks = static_cast<unsigned char*>(memory);
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  for (std::size_t i = 0; i < count; i++) mprotect(stacks + i * bytes, page, PROT_NONE);
  return stacks;
}

}  // namespace emulator
