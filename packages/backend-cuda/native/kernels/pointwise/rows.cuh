/**
 * Pointwise rows: a function of single elements becomes two kernels, one for tensors that lie alike and are walked as one line,
 * four elements at a time, and one for tensors that repeat along axes (`Broadcast`).
 */
#pragma once

#include "../axes.cuh"
#include "../special-values.cuh"
#include "../vectors.cuh"

/** Inputs that a row does not have are null. Scalars are the bits of a float, or an integer. */
struct LineParams {
  const void *a, *b, *c;
  void* y;
  uint32_t count_low, count_high;
  uint32_t s, t;
};

/**
 * `width` is 4 where the innermost axis of the output is walked by four elements (its extent is a quarter of theirs, its
 * strides are 4 or 0), else 1. The tensors of the walk are a, b and c; the output lies in the order of the walk.
 */
struct BroadcastParams {
  const void *a, *b, *c;
  void* y;
  uint32_t count, width;
  uint32_t s, t;
  Axes<3> axes;
};

DEVICE void scalar_of(uint32_t bits, float& value) { value = __uint_as_float(bits); }
DEVICE void scalar_of(uint32_t bits, int32_t& value) { value = static_cast<int32_t>(bits); }

/** `First` is the type of a, `Rest` that of b and c; a row computes on `Row::Number`. */
template <typename Row, typename First, typename Rest, typename Result>
struct Line {
  const First* a;
  const Rest *b, *c;
  Result* y;
  typename Row::Number s, t;

  template <typename Params>
  DEVICE Line of(const Params& p) {
    Line line;
    line.a = static_cast<const First*>(p.a);
    line.b = static_cast<const Rest*>(p.b);
    line.c = static_cast<const Rest*>(p.c);
    line.y = static_cast<Result*>(p.y);
    scalar_of(p.s, line.s);
    scalar_of(p.t, line.t);
    return line;
  }
};

template <typename Row, typename First, typename Rest, typename Result>
DEVICE void row_of_line(const LineParams& p) {
  using Number = typename Row::Number;
  const auto line = Line<Row, First, Rest, Result>::of(p);
  const int64_t count = wide(p.count_low, p.count_high);
  const int64_t vectors = count / 4;
  for (int64_t i = first_element(); i < vectors; i += grid_stride()) {
    Vector<First, 4> a = read_vector<4>(line.a + 4 * i);
    Vector<Rest, 4> b{}, c{};
    if (Row::inputs > 1) b = read_vector<4>(line.b + 4 * i);
    if (Row::inputs > 2) c = read_vector<4>(line.c + 4 * i);
    Vector<Result, 4> y;
#pragma unroll
    for (int k = 0; k < 4; k++) {
      y.at[k] = static_cast<Result>(Row::of(static_cast<Number>(a.at[k]), static_cast<Number>(b.at[k]),
                                            static_cast<Number>(c.at[k]), line.s, line.t));
    }
    write_vector<4>(line.y + 4 * i, y);
  }
  const int64_t i = 4 * vectors + first_element();
  if (i < count) {
    const Number b = Row::inputs > 1 ? static_cast<Number>(line.b[i]) : Number{};
    const Number c = Row::inputs > 2 ? static_cast<Number>(line.c[i]) : Number{};
    line.y[i] = static_cast<Result>(Row::of(static_cast<Number>(line.a[i]), b, c, line.s, line.t));
  }
}

template <typename T>
DEVICE Vector<T, 4> read_repeating(const T* from, int32_t stride) {
  if (stride != 0) return read_vector<4>(from);
  const T value = *from;
  return {{value, value, value, value}};
}

template <typename Row, typename First, typename Rest, typename Result>
DEVICE void row_over_axes(const BroadcastParams& p) {
  using Number = typename Row::Number;
  const auto line = Line<Row, First, Rest, Result>::of(p);
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    int64_t at[3] = {0, 0, 0};
    find(p.axes, static_cast<uint32_t>(i), at);
    if (p.width == 4) {
      const Vector<First, 4> a = read_repeating(line.a + at[0], p.axes.stride[0][0]);
      Vector<Rest, 4> b{}, c{};
      if (Row::inputs > 1) b = read_repeating(line.b + at[1], p.axes.stride[1][0]);
      if (Row::inputs > 2) c = read_repeating(line.c + at[2], p.axes.stride[2][0]);
      Vector<Result, 4> y;
#pragma unroll
      for (int k = 0; k < 4; k++) {
        y.at[k] = static_cast<Result>(Row::of(static_cast<Number>(a.at[k]), static_cast<Number>(b.at[k]),
                                              static_cast<Number>(c.at[k]), line.s, line.t));
      }
      write_vector<4>(line.y + 4 * i, y);
    } else {
      const Number b = Row::inputs > 1 ? static_cast<Number>(line.b[at[1]]) : Number{};
      const Number c = Row::inputs > 2 ? static_cast<Number>(line.c[at[2]]) : Number{};
      line.y[i] = static_cast<Result>(Row::of(static_cast<Number>(line.a[at[0]]), b, c, line.s, line.t));
    }
  }
}

/** The two kernels of a row, on types whose letters are those of its name. */
#define ROW_KERNELS(name, row, First, Rest, Result)                                                               \
  KERNEL(pointwise_##name, LineParams, plain, 256) { row_of_line<row, First, Rest, Result>(p); }                  \
  KERNEL(pointwise_##name##_over_axes, BroadcastParams, plain, 256) { row_over_axes<row, First, Rest, Result>(p); }

/** A row of `inputs` tensors: a, b, c are the elements, s and t the scalars. */
#define ROW(row, number, count, result, expression)                                                       \
  namespace {                                                                                             \
  struct row {                                                                                            \
    using Number = number;                                                                                \
    static constexpr int inputs = count;                                                                  \
    static __device__ __forceinline__ result of([[maybe_unused]] Number a, [[maybe_unused]] Number b,     \
                                                [[maybe_unused]] Number c, [[maybe_unused]] Number s,     \
                                                [[maybe_unused]] Number t) {                              \
      return expression;                                                                                  \
    }                                                                                                     \
  };                                                                                                      \
  }

/** A row of floats that gives floats. */
#define FLOATS(name, count, expression)                \
  ROW(name##_f32_row, float, count, float, expression) \
  ROW_KERNELS(name##_f32, name##_f32_row, float, float, float)

/** A condition on floats, and one on integers. */
#define FLOAT_TEST(name, count, expression)           \
  ROW(name##_f32_row, float, count, bool, expression) \
  ROW_KERNELS(name##_f32, name##_f32_row, float, float, uint8_t)

#define INTEGER_TEST(name, count, expression)                            \
  ROW(name##_i32_row, int32_t, count, bool, expression)                  \
  ROW_KERNELS(name##_i32, name##_i32_row, int32_t, int32_t, uint8_t)     \
  ROW_KERNELS(name##_u8, name##_i32_row, uint8_t, uint8_t, uint8_t)

/** A row of integers that gives integers: bytes are computed as words and wrap around. */
#define INTEGERS(name, count, expression)                                \
  ROW(name##_i32_row, int32_t, count, int32_t, expression)               \
  ROW_KERNELS(name##_i32, name##_i32_row, int32_t, int32_t, int32_t)     \
  ROW_KERNELS(name##_u8, name##_i32_row, uint8_t, uint8_t, uint8_t)
