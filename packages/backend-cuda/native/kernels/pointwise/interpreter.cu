#include "../axes.cuh"
#include "row-functions.cuh"

/**
 * Chains of pointwise rows whose program comes with the launch: what is computed where no kernel can be compiled for the chain.
 * Each thread computes whole elements, and keeps its values in a column of shared memory that nobody else touches.
 */

/** The rows, numbered in the order of the lists; `src/kernels/pointwise-rows.ts` has the same order. */
enum Row : uint32_t {
#define FLOATS(name, inputs, expression) number_of_##name,
#define FLOAT_TEST FLOATS
#include "activation-rows.cuh"
#include "arithmetic-rows.cuh"
#include "comparison-rows.cuh"
#undef FLOATS
#undef FLOAT_TEST
  number_of_where,
};

DEVICE float row_of(uint32_t row, float a, float b, float c, float s, float t) {
  switch (row) {
#define FLOATS(name, inputs, expression) \
  case number_of_##name:                 \
    return row_##name(a, b, c, s, t);
#define FLOAT_TEST FLOATS
#include "activation-rows.cuh"
#include "arithmetic-rows.cuh"
#include "comparison-rows.cuh"
#undef FLOATS
#undef FLOAT_TEST
    case number_of_where:
      return row_where(a, b, c, s, t);
  }
  return nan_value();
}

constexpr int chain_inputs = 8, chain_slots = 8, chain_results = 4, chain_rows = 24, chain_threads = 256;

/** `pointwise-chain.ts` writes it. */
struct ChainParams {
  const void* x[chain_inputs];
  float* y[chain_results];
  uint32_t count, inputs, rows;
  /** A bit for each input whose elements are conditions, of one byte. */
  uint32_t bytes;
  /**
   * For each row: its number (8 bits), the places of its operands (5 bits each: inputs, then slots), its slot (3 bits), and which
   * result it is (3 bits), from 1 on, or 0.
   */
  uint32_t code[chain_rows];
  float s[chain_rows], t[chain_rows];
  Axes<chain_inputs> axes;
};

KERNEL(interpret_rows, ChainParams, plain, chain_threads) {
  __shared__ float values[chain_inputs + chain_slots][chain_threads];
  const int own = threadIdx.x;
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    int64_t at[chain_inputs] = {};
    find(p.axes, static_cast<uint32_t>(i), at);
#pragma unroll
    for (int k = 0; k < chain_inputs; k++) {
      if (k >= static_cast<int>(p.inputs)) break;
      values[k][own] = p.bytes >> k & 1 ? static_cast<float>(static_cast<const uint8_t*>(p.x[k])[at[k]])
                                        : static_cast<const float*>(p.x[k])[at[k]];
    }
    for (uint32_t row = 0; row < p.rows; row++) {
      const uint32_t code = p.code[row];
      const float value = row_of(code & 255, values[code >> 8 & 15][own], values[code >> 13 & 15][own],
                                 values[code >> 18 & 15][own], p.s[row], p.t[row]);
      values[chain_inputs + (code >> 23 & 7)][own] = value;
      const uint32_t result = code >> 26 & 7;
      if (result != 0) p.y[result - 1][i] = value;
    }
  }
}
