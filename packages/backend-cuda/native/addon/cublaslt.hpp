/** Products by cuBLASLt. */
#pragma once

#include <vector>

#include "../libraries/cublaslt-api.hpp"
#include "library-plan.hpp"
#include "shared-library.hpp"

namespace convnet {

/** A product D = A B (+ a bias for each row of D) of matrices that lie column by column, one for each place of a batch. */
struct ProductShape {
  uint64_t rows, columns, terms;
  bool transposes_a, transposes_b;
  int64_t leading_a, leading_b, leading_d;
  int32_t batch;
  int64_t stride_a, stride_b, stride_d;
  bool has_bias, is_tf32;
};

class CublasLt : public LibraryHandle, public std::enable_shared_from_this<CublasLt> {
 public:
  /** In the current context. @throws LibraryError; MissingLibrarySymbol. */
  explicit CublasLt(std::shared_ptr<SharedLibrary> library);
  void close() noexcept override;

  /** A way to compute a product. */
  struct Candidate {
    cublaslt::Algorithm algorithm;
    std::size_t workspace;
  };
  /** What the library takes for fastest first. @throws LibraryError; MissingLibrarySymbol. */
  std::vector<Candidate> candidates(const ProductShape& shape, std::size_t most_workspace, bool is_deterministic, int most);
  /** @return null where the library does not compute the shape in this way. @throws LibraryError; MissingLibrarySymbol. */
  std::unique_ptr<LibraryPlan> plan(const ProductShape& shape, const cublaslt::Algorithm& algorithm, std::size_t& workspace);

  void require(const char* call, cublaslt::Status status);

  std::shared_ptr<SharedLibrary> library;
  cublaslt::Handle handle = nullptr;

#define DECLARE(name, result, parameters) LibrarySymbol<result parameters> name{*library, #name};
  CUBLASLT_SYMBOLS(DECLARE)
#undef DECLARE
};

}  // namespace convnet
