/**
 * `libcublasLt` on a host, as far as the addon calls it: descriptors are checked strictly, products computed plainly when the
 * emulated stream comes to them.
 */

#include "../../libraries/cublaslt-api.hpp"

#include <cstring>

#include "../library-work.hpp"
#include "faults.hpp"

using namespace cublaslt;

#define API extern "C" __attribute__((visibility("default")))

namespace cublaslt {

struct HandleOfCublasLt {};

struct ProductOfCublasLt {
  int compute_type;
  int transposes_a = as_it_is, transposes_b = as_it_is, epilogue = plain;
  cuda::Address bias = 0;
};

struct LayoutOfCublasLt {
  uint64_t rows, columns;
  int64_t leading;
  int batch = 1;
  int64_t stride = 0;
};

struct PreferenceOfCublasLt {
  std::size_t workspace = 0;
  uint32_t reductions = 7;
};

}  // namespace cublaslt

namespace {

/** Algorithms: in one sum; in parts that are added in place, which is refused where bits are to stay; in parts in the workspace. */
enum Kind : uint64_t { whole, in_place, in_parts };
constexpr uint64_t magic = 0x656d756c61746564;
constexpr std::size_t parts_workspace = 4096;

Status refuse(const std::string& text) {
  emulator::tell("cuBLASLt", text);
  return invalid_value;
}

bool is_matrix(Layout layout, uint64_t rows, uint64_t columns) {
  return layout->rows == rows && layout->columns == columns && layout->leading >= static_cast<int64_t>(rows);
}

Status check(Product product, Layout a, Layout b, Layout c, Layout d) {
  const bool ta = product->transposes_a == transposed, tb = product->transposes_b == transposed;
  const uint64_t m = d->rows, n = d->columns, k = ta ? a->rows : a->columns;
  if (!is_matrix(d, m, n) || !is_matrix(c, m, n)) return refuse("the result is no matrix of its rows");
  if (!is_matrix(a, ta ? k : m, ta ? m : k)) return refuse("A is no matrix of rows and terms");
  if (!is_matrix(b, tb ? n : k, tb ? k : n)) return refuse("B is no matrix of terms and columns");
  if (a->batch != d->batch || b->batch != d->batch || c->batch != d->batch) return refuse("batches differ");
  if (m == 0 || n == 0 || k == 0) return refuse("an extent is 0");
  return success;
}

/** A, B and where they come together, kept until the stream comes to it. */
struct Task {
  ProductOfCublasLt product;
  LayoutOfCublasLt a, b, d;
  const float *left, *right;
  float* out;
  void* workspace;
  std::size_t workspace_bytes;
};

cuda::Result compute(const Task& t) {
  const bool ta = t.product.transposes_a == transposed, tb = t.product.transposes_b == transposed;
  const bool rounds = t.product.compute_type == compute_tf32;
  if (t.workspace_bytes > 0) emulator::spoil(t.workspace, t.workspace_bytes);
  const uint64_t terms = ta ? t.a.rows : t.a.columns;
  for (int place = 0; place < t.d.batch; place++) {
    const float *a = t.left + place * t.a.stride, *b = t.right + place * t.b.stride;
    float* d = t.out + place * t.d.stride;
    for (uint64_t j = 0; j < t.d.columns; j++) {
      for (uint64_t i = 0; i < t.d.rows; i++) {
        double sum = 0;
        for (uint64_t k = 0; k < terms; k++) {
          float x = ta ? a[i * t.a.leading + k] : a[k * t.a.leading + i];
          float y = tb ? b[k * t.b.leading + j] : b[j * t.b.leading + k];
          if (rounds) x = emulator::to_tf32(x), y = emulator::to_tf32(y);
          sum += static_cast<double>(x) * y;
        }
        if (t.product.epilogue == with_bias) sum = static_cast<float>(sum) + reinterpret_cast<const float*>(t.product.bias)[i];
        d[j * t.d.leading + i] = static_cast<float>(sum);
      }
    }
  }
  return cuda::success;
}

/** Bytes from the first element to behind the last. */
std::size_t span(const LayoutOfCublasLt& m) {
  return 4 * ((m.batch - 1) * m.stride + (m.columns - 1) * m.leading + m.rows);
}

}  // namespace

API std::size_t cublasLtGetVersion() { return emulator::number_of("EMULATED_LIBRARY_VERSION", 131000); }
API std::size_t cublasLtGetCudartVersion() { return emulator::number_of("EMULATED_LIBRARY_CUDA", 13000); }

API const char* cublasLtGetStatusName(Status status) {
  switch (status) {
    case success: return "CUBLAS_STATUS_SUCCESS";
    case invalid_value: return "CUBLAS_STATUS_INVALID_VALUE";
    case not_supported: return "CUBLAS_STATUS_NOT_SUPPORTED";
    case not_initialized: return "CUBLAS_STATUS_NOT_INITIALIZED";
    default: return "CUBLAS_STATUS_EXECUTION_FAILED";
  }
}

API Status cublasLtCreate(Handle* handle) {
  if (emulator::fails_now("cublasLtCreate")) return not_initialized;
  return *handle = new HandleOfCublasLt, success;
}
API Status cublasLtDestroy(Handle handle) { return delete handle, success; }

API Status cublasLtMatmulDescCreate(Product* product, int compute_type, int scale_type) {
  if (scale_type != float32 || (compute_type != compute_float32 && compute_type != compute_tf32)) return refuse("another type");
  return *product = new ProductOfCublasLt{compute_type}, success;
}
API Status cublasLtMatmulDescDestroy(Product product) { return delete product, success; }

API Status cublasLtMatmulDescSetAttribute(Product product, int attribute, const void* value, std::size_t bytes) {
  if (attribute == bias_pointer) {
    if (bytes != 8) return refuse("a pointer of other than 8 bytes");
    return std::memcpy(&product->bias, value, 8), success;
  }
  int number;
  if (bytes != 4) return refuse("an attribute of other than 4 bytes");
  std::memcpy(&number, value, 4);
  switch (attribute) {
    case transposes_a: return product->transposes_a = number, number == as_it_is || number == transposed ? success : refuse("A");
    case transposes_b: return product->transposes_b = number, number == as_it_is || number == transposed ? success : refuse("B");
    case epilogue: return product->epilogue = number, number == plain || number == with_bias ? success : refuse("an epilogue");
    default: return refuse("an attribute of a product that is not known");
  }
}

API Status cublasLtMatrixLayoutCreate(Layout* layout, int type, uint64_t rows, uint64_t columns, int64_t leading) {
  if (type != float32) return refuse("another type");
  return *layout = new LayoutOfCublasLt{rows, columns, leading}, success;
}
API Status cublasLtMatrixLayoutDestroy(Layout layout) { return delete layout, success; }

API Status cublasLtMatrixLayoutSetAttribute(Layout layout, int attribute, const void* value, std::size_t bytes) {
  if (attribute == batch_count && bytes == 4) return std::memcpy(&layout->batch, value, 4), success;
  if (attribute == batch_stride && bytes == 8) return std::memcpy(&layout->stride, value, 8), success;
  return refuse("an attribute of a layout that is not known, or of another size");
}

API Status cublasLtMatmulPreferenceCreate(Preference* preference) { return *preference = new PreferenceOfCublasLt, success; }
API Status cublasLtMatmulPreferenceDestroy(Preference preference) { return delete preference, success; }

API Status cublasLtMatmulPreferenceSetAttribute(Preference preference, int attribute, const void* value, std::size_t bytes) {
  if (attribute == most_workspace && bytes == 8) return std::memcpy(&preference->workspace, value, 8), success;
  if (attribute == reductions && bytes == 4) return std::memcpy(&preference->reductions, value, 4), success;
  return refuse("a preference that is not known, or of another size");
}

API Status cublasLtMatmulAlgoGetHeuristic(Handle, Product product, Layout a, Layout b, Layout c, Layout d, Preference preference,
                                          int most, Choice* choices, int* found) {
  *found = 0;
  if (emulator::fails_now("cublasLtMatmulAlgoGetHeuristic")) return not_supported;
  if (const auto status = check(product, a, b, c, d)) return status;
  for (const Kind kind : {in_place, in_parts, whole}) {
    const std::size_t workspace = kind == in_parts ? parts_workspace : 0;
    if (kind == in_place && !(preference->reductions & reductions_in_place)) continue;
    if (workspace > preference->workspace || *found == most) continue;
    choices[(*found)++] = {{{magic, kind}}, workspace, success, 1, {}};
  }
  return *found == 0 ? not_supported : success;
}

API Status cublasLtMatmulAlgoCheck(Handle, Product product, Layout a, Layout b, Layout c, Layout d, const Algorithm* algorithm,
                                   Choice* choice) {
  if (algorithm->data[0] != magic || algorithm->data[1] > in_parts) return invalid_value;
  if (const auto status = check(product, a, b, c, d)) return status;
  *choice = {*algorithm, algorithm->data[1] == in_parts ? parts_workspace : 0, success, 1, {}};
  return success;
}

API Status cublasLtMatmul(Handle, Product product, const void* alpha, const void* a, Layout a_layout, const void* b,
                          Layout b_layout, const void* beta, const void* c, Layout c_layout, void* d, Layout d_layout,
                          const Algorithm* algorithm, void* workspace, std::size_t workspace_bytes, cuda::Stream stream) {
  if (emulator::fails_now("cublasLtMatmul")) return execution_failed;
  if (const auto status = check(product, a_layout, b_layout, c_layout, d_layout)) return status;
  if (*static_cast<const float*>(alpha) != 1 || *static_cast<const float*>(beta) != 0) return refuse("alpha or beta");
  if (algorithm->data[0] != magic) return refuse("an algorithm of another library");
  const std::size_t needed = algorithm->data[1] == in_parts ? parts_workspace : 0;
  if (workspace_bytes < needed) return refuse("too small a workspace");
  const auto lies = [](const void* at, std::size_t bytes) {
    return emulator::is_device_memory(reinterpret_cast<cuda::Address>(at), bytes);
  };
  if (needed > 0 && !lies(workspace, workspace_bytes)) return refuse("a workspace that is not on the device");
  if (!lies(a, span(*a_layout)) || !lies(b, span(*b_layout)) || !lies(d, span(*d_layout)) || c != d)
    return refuse("a matrix that is not on the device");
  if (product->epilogue == with_bias && !lies(reinterpret_cast<void*>(product->bias), 4 * d_layout->rows))
    return refuse("a bias that is not on the device");
  const Task task{*product,  *a_layout, *b_layout, *d_layout, static_cast<const float*>(a), static_cast<const float*>(b),
                  static_cast<float*>(d), workspace, needed};
  return emulator::give_library_work(stream, [task] { return compute(task); }) == cuda::success ? success : execution_failed;
}
