/** Computes a graph of the emulated cuDNN plainly. */
#pragma once

#include "cudnn-descriptors.hpp"

namespace emulator {

/** Runs a graph's operations in order, with float32 tensors at the given addresses. */
void run_graph(const Body& graph, const std::map<int64_t, cuda::Address>& pointers, bool is_tf32);

/** Bytes from the first element of a tensor to behind its last. */
std::size_t span_of(const Body& tensor);

/** The tensors in memory that a graph reads or writes, by id. */
std::map<int64_t, const Body*> tensors_in_memory(const Body& graph);

}  // namespace emulator
