/** Prints the kernels that are compiled in, a line each: source, name, bytes of parameters. */

#include <cstdio>

#include "../threads.hpp"

int main() {
  for (const auto* kernel = emulator::first_kernel(); kernel != nullptr; kernel = kernel->next) {
    std::printf("%s\t%s\t%zu\n", kernel->file, kernel->name, kernel->parameter_bytes);
  }
}
