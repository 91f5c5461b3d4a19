#include "rows.cuh"

// Rows of `ops/comparisons.ts`: tests of values, and logic on what is other than 0.

FLOAT_TEST(isNaN, 1, is_nan(a))
INTEGER_TEST(isNaN, 1, false)
FLOAT_TEST(isFinite, 1, is_finite(a))
INTEGER_TEST(isFinite, 1, true)
TEST(logicalNot, 1, a == 0)
TEST(logicalAnd, 2, a != 0 && b != 0)
TEST(logicalOr, 2, a != 0 || b != 0)
TEST(logicalXor, 2, (a != 0) != (b != 0))
TEST(eq, 2, a == b)
TEST(ne, 2, a != b)
TEST(lt, 2, a < b)
TEST(le, 2, a <= b)
TEST(gt, 2, a > b)
TEST(ge, 2, a >= b)

/** `where` moves bits: its elements are of 4 bytes or of 1, its condition is of bytes. */
ROW(where_row, int32_t, 3, int32_t, a != 0 ? b : c)
ROW_KERNELS(where_4, where_row, uint8_t, int32_t, int32_t)
ROW_KERNELS(where_1, where_row, uint8_t, uint8_t, uint8_t)
