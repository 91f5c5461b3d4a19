#include "rows.cuh"

#include "comparison-rows.cuh"

// The same on integers.

INTEGER_TEST(isNaN, 1, false)
INTEGER_TEST(isFinite, 1, true)
INTEGER_TEST(logicalNot, 1, a == 0)
INTEGER_TEST(logicalAnd, 2, a != 0 && b != 0)
INTEGER_TEST(logicalOr, 2, a != 0 || b != 0)
INTEGER_TEST(logicalXor, 2, (a != 0) != (b != 0))
INTEGER_TEST(eq, 2, a == b)
INTEGER_TEST(ne, 2, a != b)
INTEGER_TEST(lt, 2, a < b)
INTEGER_TEST(le, 2, a <= b)
INTEGER_TEST(gt, 2, a > b)
INTEGER_TEST(ge, 2, a >= b)

/** `where` moves bits: its elements are of 4 bytes or of 1, its condition is of bytes. */
ROW(where_row, int32_t, 3, int32_t, a != 0 ? b : c)
ROW_KERNELS(where_4, where_row, uint8_t, int32_t, int32_t)
ROW_KERNELS(where_1, where_row, uint8_t, uint8_t, uint8_t)
