/** Adds up the parts of sums that blocks of their own have computed, in their order, so that the result is the same from run to run. */
#include "ending.cuh"

struct AddPartsParams {
  const float* parts_at;
  float* out;
  const float* bias;
  const float* residual;
  /** Of one part. */
  uint32_t count_low, count_high;
  int32_t parts;
  /** Columns of a row, and rows after which the bias begins again where it goes by rows. */
  int32_t columns, rows;
  EndingWords ending;
};

KERNEL(add_parts, AddPartsParams, plain, 256) {
  const int64_t count = wide(p.count_low, p.count_high);
  const bool vector = p.columns % 4 == 0;
  const int quads = (p.columns + 3) / 4;
  const int64_t all = count / p.columns * quads;
  const Ending ending{p.bias, p.residual, p.ending};
  for (int64_t i = first_element(); i < all; i += grid_stride()) {
    const int64_t line = i / quads;
    const int column = static_cast<int>(i % quads) * 4, row = static_cast<int>(line % p.rows);
    const int64_t at = line * p.columns + column;
    const int present = p.columns - column;
    float4 sum = make_float4(0.0f, 0.0f, 0.0f, 0.0f);
    for (int part = 0; part < p.parts; part++) {
      const float* from = p.parts_at + part * count + at;
      if (vector) {
        const float4 more = *reinterpret_cast<const float4*>(from);
        sum.x += more.x, sum.y += more.y, sum.z += more.z, sum.w += more.w;
      } else {
        sum.x += from[0];
        if (present > 1) sum.y += from[1];
        if (present > 2) sum.z += from[2];
        if (present > 3) sum.w += from[3];
      }
    }
    ending.write(p.out, at, sum, row, column, present, vector);
  }
}
