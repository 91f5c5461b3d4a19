// Rows of `ops/comparisons.ts` on floats: tests of values, and logic on what is other than 0: a list that is included wherever something is made of each row. FLOATS(name, inputs, expression) is a row that
// gives floats, and FLOAT_TEST one that gives a condition.

FLOAT_TEST(isNaN, 1, is_nan(a))
FLOAT_TEST(isFinite, 1, is_finite(a))
FLOAT_TEST(logicalNot, 1, a == 0)
FLOAT_TEST(logicalAnd, 2, a != 0 && b != 0)
FLOAT_TEST(logicalOr, 2, a != 0 || b != 0)
FLOAT_TEST(logicalXor, 2, (a != 0) != (b != 0))
FLOAT_TEST(eq, 2, a == b)
FLOAT_TEST(ne, 2, a != b)
FLOAT_TEST(lt, 2, a < b)
FLOAT_TEST(le, 2, a <= b)
FLOAT_TEST(gt, 2, a > b)
FLOAT_TEST(ge, 2, a >= b)
