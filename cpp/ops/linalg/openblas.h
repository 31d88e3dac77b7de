// OpenBLAS, opened at first use: float64 products (and LAPACK). Tenon works without it, more
// slowly.
#pragma once

#include <cstdint>
#include <string>

namespace tenon {

/// C = alpha·op(A)·op(B) + beta·C, row-major; op is the identity or the transpose. `lda` is the
/// distance between rows of A as it lies in memory, and so on. Uses OpenBLAS where it is there, a
/// plain loop otherwise.
struct GemmShape {
  bool transpose_a = false, transpose_b = false;
  int64_t m = 0, n = 0, k = 0;
  int64_t lda = 0, ldb = 0, ldc = 0;
};
void gemm(const GemmShape& shape, double alpha, const double* a, const double* b, double beta,
          double* c);

/// The same by plain blocked loops: what runs without OpenBLAS.
void plainGemm(const GemmShape& shape, double alpha, const double* a, const double* b, double beta,
               double* c);

/// For `Tenon.info()`: the library's configuration, or why it could not be opened.
std::string openBlasInfo();
/// True if OpenBLAS could be opened.
bool hasOpenBlas();
/// A LAPACK or BLAS function by its name; throws kUnsupported, saying what was tried, if the
/// library or the function is missing.
void* openBlasFunction(const char* name);

}  // namespace tenon
