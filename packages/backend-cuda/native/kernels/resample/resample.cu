#include "../pool/windows.cuh"

/**
 * The sparse matrices of three axes one behind the other, as rows: for each axis the starts of its rows (one more than outputs), the
 * positions of their entries, then (floats) the weights. `rows` says where in the table each axis begins.
 */
struct ResampleParams {
  const float* x;
  float* y;
  const int32_t* table;
  uint32_t count, vectors, channels;
  Extents input, output, rows;
};

namespace {

struct MatrixRow {
  const int32_t* positions;
  const int32_t* weights;
  int32_t begin, end;
};

}  // namespace

DEVICE MatrixRow row_of(const int32_t* table, uint32_t outputs, uint32_t o) {
  const int32_t* positions = table + outputs + 1;
  return {positions, positions + table[outputs], table[o], table[o + 1]};
}

template <int width>
DEVICE void resample(const ResampleParams& p) {
  for (int64_t i = first_element(); i < p.count; i += grid_stride()) {
    const Place out = place_of(static_cast<uint32_t>(i), p.output, p.vectors, width);
    const MatrixRow rd = row_of(p.table + p.rows.d, p.output.d, out.d);
    const MatrixRow rh = row_of(p.table + p.rows.h, p.output.h, out.h);
    const MatrixRow rw = row_of(p.table + p.rows.w, p.output.w, out.w);
    Vector<float, width> sum{};
    for (int32_t a = rd.begin; a < rd.end; a++) {
      for (int32_t b = rh.begin; b < rh.end; b++) {
        const float outer = __int_as_float(rd.weights[a]) * __int_as_float(rh.weights[b]);
        for (int32_t c = rw.begin; c < rw.end; c++) {
          const float weight = outer * __int_as_float(rw.weights[c]);
          const auto values = read_vector<width>(
              p.x + element_at(p.input, p.channels, out.sample, rd.positions[a], rh.positions[b], rw.positions[c], out.channel));
#pragma unroll
          for (int k = 0; k < width; k++) sum.at[k] += weight * values.at[k];
        }
      }
    }
    write_vector<width>(p.y + i * width, sum);
  }
}

KERNEL_RESIDENT(resample_4, ResampleParams, plain, 256, 4) { resample<4>(p); }
KERNEL_RESIDENT(resample_1, ResampleParams, plain, 256, 4) { resample<1>(p); }
