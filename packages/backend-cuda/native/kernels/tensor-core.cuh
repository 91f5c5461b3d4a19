/** Products of small matrices by a warp together, as `mma.sync` computes them. */
#pragma once

#include "portable.cuh"

#ifdef __CUDACC__

/** The TF32 number nearest to x, halves away from zero. */
DEVICE uint32_t round_to_tf32(float x) {
  uint32_t bits;
  asm("cvt.rna.tf32.f32 %0, %1;" : "=r"(bits) : "f"(x));
  return bits;
}

/**
 * d += a b with a [16, 8] and b [8, 8] in TF32, d [16, 8] in float32. With row = lane / 4 and column = lane % 4 a thread holds
 * a: (row, column), (row + 8, column), (row, column + 4), (row + 8, column + 4);
 * b: (column, row), (column + 4, row);
 * d: (row, 2 column), (row, 2 column + 1), (row + 8, 2 column), (row + 8, 2 column + 1).
 * (PTX ISA, "Matrix fragments for mma.m16n8k8 with .tf32")
 */
DEVICE void multiply_add_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b[0]), "r"(b[1]));
}

/**
 * Four matrices of 8 x 4 numbers from shared memory. Lane l names the start of row l % 8 of matrix l / 8, aligned to 16 bytes, and
 * gets number l % 4 of row l / 4 of each. (PTX ISA, "ldmatrix", whose 16-bit columns are halves of these)
 */
DEVICE void load_matrices(uint32_t (&d)[4], const float* row) {
  const uint32_t from = static_cast<uint32_t>(__cvta_generic_to_shared(row));
  asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
               : "=r"(d[0]), "=r"(d[1]), "=r"(d[2]), "=r"(d[3])
               : "r"(from));
}

#else

DEVICE uint32_t round_to_tf32(float x) { return emulator::round_to_tf32(x); }

DEVICE void load_matrices(uint32_t (&d)[4], const float* row) {
  const int lane = static_cast<int>(threadIdx.x % 32);
  for (int i = 0; i < 4; i++) {
    const float* of_row = __shfl_sync(0xffffffffu, row, 8 * i + lane / 4);
    d[i] = __float_as_uint(of_row[lane % 4]);
  }
}

DEVICE void multiply_add_tf32(float (&d)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) {
  emulator::multiply_add_tf32(d, a, b);
}

#endif
