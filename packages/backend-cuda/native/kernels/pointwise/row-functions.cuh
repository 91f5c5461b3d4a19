/** The rows of floats as functions of elements (a, b, c) and numbers (s, t). Conditions are 1 and 0 between rows. */
#pragma once

#include "float-functions.cuh"

#define FLOATS(name, inputs, expression)                                                                      \
  DEVICE float row_##name([[maybe_unused]] float a, [[maybe_unused]] float b, [[maybe_unused]] float c,      \
                          [[maybe_unused]] float s, [[maybe_unused]] float t) {                              \
    return expression;                                                                                        \
  }
#define FLOAT_TEST(name, inputs, expression) FLOATS(name, inputs, (expression) ? 1.0f : 0.0f)
#include "activation-rows.cuh"
#include "arithmetic-rows.cuh"
#include "comparison-rows.cuh"
#undef FLOATS
#undef FLOAT_TEST

DEVICE float row_where(float a, float b, float c, float, float) { return a != 0 ? b : c; }
