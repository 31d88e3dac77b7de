#include "ops/linalg/openblas.h"

#include <dlfcn.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <limits>
#include <vector>

#include "base/cpu.h"
#include "base/error.h"
#include "base/parallel.h"
#include "base/settings.h"

namespace tenon {
namespace {

using Dgemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k,
                       double alpha, const double* a, int lda, const double* b, int ldb,
                       double beta, double* c, int ldc);

struct Library {
  void* handle = nullptr;
  Dgemm dgemm = nullptr;
  void (*set_threads)(int) = nullptr;
  const char* (*config)() = nullptr;
  const char* (*core)() = nullptr;
  std::string problem;

  Library() {
    // OpenBLAS knows processors by name and takes newer AMD ones for Haswell, without AVX-512. A
    // person's choice wins.
    if (cpuFeatures().avx512) ::setenv("OPENBLAS_CORETYPE", "SkylakeX", /*overwrite=*/0);
    open();
    if (handle == nullptr) return;
    dgemm = symbol<Dgemm>("cblas_dgemm");
    set_threads = symbol<void (*)(int)>("openblas_set_num_threads");
    config = symbol<const char* (*)()>("openblas_get_config");
    core = symbol<const char* (*)()>("openblas_get_corename");
    if (dgemm == nullptr) problem = "it has no cblas_dgemm";
  }

  bool usable() const { return dgemm != nullptr; }

 private:
  template <class F>
  F symbol(const char* name) {
    return reinterpret_cast<F>(::dlsym(handle, name));
  }

  void open() {
    std::vector<std::string> names;
    if (!settings().openblas.empty()) {
      names = {settings().openblas};
    } else {
      names = {"libopenblas.so.0", "libopenblas.so"};
    }
    for (const std::string& name : names) {
      handle = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
      if (handle != nullptr) return;
      const char* why = ::dlerror();
      problem += concat(problem.empty() ? "" : "; ", why != nullptr ? why : name.c_str());
    }
  }
};

const Library& library() {
  static const Library* instance = new Library();
  return *instance;
}

bool fitsInt(const GemmShape& s) {
  constexpr int64_t kMost = std::numeric_limits<int>::max();
  return std::max({s.m, s.n, s.k, s.lda, s.ldb, s.ldc}) <= kMost;
}

}  // namespace

void plainGemm(const GemmShape& s, double alpha, const double* a, const double* b, double beta,
               double* c) {
  const int64_t row_cost = std::max<int64_t>(s.n * s.k, 1);
  parallelFor(s.m, std::max<int64_t>(1, 65536 / row_cost), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      double* row = c + i * s.ldc;
      for (int64_t j = 0; j < s.n; ++j) row[j] = beta == 0 ? 0 : beta * row[j];
      for (int64_t p = 0; p < s.k; ++p) {
        const double left = alpha * (s.transpose_a ? a[p * s.lda + i] : a[i * s.lda + p]);
        const double* right = s.transpose_b ? b + p : b + p * s.ldb;
        const int64_t step = s.transpose_b ? s.ldb : 1;
        for (int64_t j = 0; j < s.n; ++j) row[j] += left * right[j * step];
      }
    }
  });
}

void gemm(const GemmShape& s, double alpha, const double* a, const double* b, double beta,
          double* c) {
  if (s.m == 0 || s.n == 0) return;
  const Library& blas = library();
  if (!blas.usable() || !fitsInt(s) || s.k == 0) {
    plainGemm(s, alpha, a, b, beta, c);
    return;
  }
  constexpr int kRowMajor = 101, kPlain = 111, kTransposed = 112;
  // The count is the library's, not the thread's; inside a parallel loop its OpenMP build stays on
  // one thread.
  static std::atomic<int> used{0};
  const int threads = threadCount();
  if (blas.set_threads != nullptr && !insideParallel() && used.exchange(threads) != threads)
    blas.set_threads(threads);
  blas.dgemm(kRowMajor, s.transpose_a ? kTransposed : kPlain, s.transpose_b ? kTransposed : kPlain,
             static_cast<int>(s.m), static_cast<int>(s.n), static_cast<int>(s.k), alpha, a,
             static_cast<int>(s.lda), b, static_cast<int>(s.ldb), beta, c, static_cast<int>(s.ldc));
}

bool hasOpenBlas() { return library().usable(); }

std::string openBlasInfo() {
  const Library& blas = library();
  if (!blas.usable()) return concat("not available: ", blas.problem);
  return concat(blas.config != nullptr ? blas.config() : "OpenBLAS",
                blas.core != nullptr ? ", core " : "", blas.core != nullptr ? blas.core() : "");
}

void* openBlasFunction(const char* name) {
  const Library& blas = library();
  TENON_CHECK(blas.handle != nullptr, kUnsupported, name,
              " needs OpenBLAS, which could not be opened: ", blas.problem,
              ". Install libopenblas0 or set TENON_OPENBLAS to its path");
  void* function = ::dlsym(blas.handle, name);
  TENON_CHECK(function != nullptr, kUnsupported, "this OpenBLAS has no ", name);
  return function;
}

}  // namespace tenon
