#include "cublaslt.hpp"

namespace convnet {

namespace {

/** Descriptors of a product, which end with it. */
struct Descriptors {
  Descriptors(CublasLt& blas, const ProductShape& s) : blas(blas) {
    try {
      const int compute = s.is_tf32 ? cublaslt::compute_tf32 : cublaslt::compute_float32;
      blas.require("cublasLtMatmulDescCreate", blas.cublasLtMatmulDescCreate(&product, compute, cublaslt::float32));
      set(cublaslt::transposes_a, s.transposes_a ? cublaslt::transposed : cublaslt::as_it_is);
      set(cublaslt::transposes_b, s.transposes_b ? cublaslt::transposed : cublaslt::as_it_is);
      set(cublaslt::epilogue, s.has_bias ? cublaslt::with_bias : cublaslt::plain);
      if (s.has_bias) set_bias(0);
      a = layout(s.transposes_a ? s.terms : s.rows, s.transposes_a ? s.rows : s.terms, s.leading_a, s.batch, s.stride_a);
      b = layout(s.transposes_b ? s.columns : s.terms, s.transposes_b ? s.terms : s.columns, s.leading_b, s.batch, s.stride_b);
      d = layout(s.rows, s.columns, s.leading_d, s.batch, s.stride_d);
    } catch (...) {
      destroy();
      throw;
    }
  }
  ~Descriptors() { destroy(); }
  Descriptors(const Descriptors&) = delete;

  void set_bias(cuda::Address bias) {
    blas.require("cublasLtMatmulDescSetAttribute",
                 blas.cublasLtMatmulDescSetAttribute(product, cublaslt::bias_pointer, &bias, sizeof bias));
  }

  CublasLt& blas;
  cublaslt::Product product = nullptr;
  cublaslt::Layout a = nullptr, b = nullptr, d = nullptr;

 private:
  void set(int attribute, int32_t value) {
    blas.require("cublasLtMatmulDescSetAttribute",
                 blas.cublasLtMatmulDescSetAttribute(product, attribute, &value, sizeof value));
  }

  cublaslt::Layout layout(uint64_t rows, uint64_t columns, int64_t leading, int32_t batch, int64_t stride) {
    cublaslt::Layout made = nullptr;
    blas.require("cublasLtMatrixLayoutCreate",
                 blas.cublasLtMatrixLayoutCreate(&made, cublaslt::float32, rows, columns, leading));
    if (batch == 1) return made;
    const char* call = "cublasLtMatrixLayoutSetAttribute";
    blas.require(call, blas.cublasLtMatrixLayoutSetAttribute(made, cublaslt::batch_count, &batch, sizeof batch));
    blas.require(call, blas.cublasLtMatrixLayoutSetAttribute(made, cublaslt::batch_stride, &stride, sizeof stride));
    return made;
  }

  void destroy() noexcept {
    for (const auto each : {a, b, d}) {
      if (each != nullptr) blas.cublasLtMatrixLayoutDestroy(each);
    }
    if (product != nullptr) blas.cublasLtMatmulDescDestroy(product);
  }
};

/** Pointers: A, B, D, bias (or null), workspace. */
class ProductPlan : public LibraryPlan {
 public:
  ProductPlan(std::shared_ptr<CublasLt> blas, const ProductShape& shape, const cublaslt::Choice& choice)
      : blas_(std::move(blas)), descriptors_(*blas_, shape), choice_(choice), has_bias_(shape.has_bias) {}

  std::size_t pointer_count() const override { return 5; }

  void call(cuda::Stream stream, const cuda::Address* pointers) override {
    if (has_bias_) descriptors_.set_bias(pointers[3]);
    const float one = 1, zero = 0;
    const auto memory = [&](int i) { return reinterpret_cast<void*>(pointers[i]); };
    auto& [blas, product, a, b, d] = descriptors_;
    blas.require("cublasLtMatmul",
                 blas.cublasLtMatmul(blas.handle, product, &one, memory(0), a, memory(1), b, &zero, memory(2), d, memory(2), d,
                                     &choice_.algorithm, memory(4), choice_.workspace, stream));
  }

 private:
  std::shared_ptr<CublasLt> blas_;
  Descriptors descriptors_;
  cublaslt::Choice choice_;
  bool has_bias_;
};

}  // namespace

CublasLt::CublasLt(std::shared_ptr<SharedLibrary> opened) : library(std::move(opened)) {
  require("cublasLtCreate", cublasLtCreate(&handle));
}

void CublasLt::close() noexcept {
  try {
    if (handle != nullptr) cublasLtDestroy(handle);
  } catch (const std::exception&) {
    // A symbol that is missing: what it would have given back goes with the process.
  }
  handle = nullptr;
}

void CublasLt::require(const char* call, cublaslt::Status status) {
  if (status == cublaslt::success) return;
  throw LibraryError(call, status, cublasLtGetStatusName.exists() ? cublasLtGetStatusName(status) : "error " + std::to_string(status));
}

std::vector<CublasLt::Candidate> CublasLt::candidates(const ProductShape& shape, std::size_t most_workspace,
                                                      bool is_deterministic, int most) {
  Descriptors descriptors(*this, shape);
  cublaslt::Preference preference = nullptr;
  require("cublasLtMatmulPreferenceCreate", cublasLtMatmulPreferenceCreate(&preference));
  std::vector<cublaslt::Choice> choices(static_cast<std::size_t>(most));
  int found = 0;
  try {
    const auto prefer = [&](int attribute, const auto& value) {
      require("cublasLtMatmulPreferenceSetAttribute",
              cublasLtMatmulPreferenceSetAttribute(preference, attribute, &value, sizeof value));
    };
    prefer(cublaslt::most_workspace, most_workspace);
    prefer(cublaslt::reductions, cublaslt::reductions_apart | (is_deterministic ? 0 : cublaslt::reductions_in_place));
    const auto status = cublasLtMatmulAlgoGetHeuristic(handle, descriptors.product, descriptors.a, descriptors.b, descriptors.d,
                                                       descriptors.d, preference, most, choices.data(), &found);
    // Nothing serves: that is no error.
    if (status == cublaslt::not_supported) found = 0;
    else require("cublasLtMatmulAlgoGetHeuristic", status);
  } catch (...) {
    cublasLtMatmulPreferenceDestroy(preference);
    throw;
  }
  cublasLtMatmulPreferenceDestroy(preference);
  std::vector<Candidate> result;
  for (int i = 0; i < found; i++) {
    if (choices[i].status == cublaslt::success) result.push_back({choices[i].algorithm, choices[i].workspace});
  }
  return result;
}

std::unique_ptr<LibraryPlan> CublasLt::plan(const ProductShape& shape, const cublaslt::Algorithm& algorithm,
                                            std::size_t& workspace) {
  Descriptors descriptors(*this, shape);
  cublaslt::Choice choice{};
  const auto status = cublasLtMatmulAlgoCheck(handle, descriptors.product, descriptors.a, descriptors.b, descriptors.d,
                                              descriptors.d, &algorithm, &choice);
  if (status == cublaslt::not_supported || status == cublaslt::invalid_value) return nullptr;
  require("cublasLtMatmulAlgoCheck", status);
  choice.algorithm = algorithm;
  workspace = choice.workspace;
  return std::make_unique<ProductPlan>(shared_from_this(), shape, choice);
}

}  // namespace convnet
