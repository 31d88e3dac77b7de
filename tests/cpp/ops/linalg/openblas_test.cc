#include "ops/linalg/openblas.h"

#include <gtest/gtest.h>

#include <vector>

#include "support/expect_error.h"

namespace tenon {
namespace {

std::vector<double> numbers(int64_t count, int seed) {
  std::vector<double> values(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i)
    values[static_cast<size_t>(i)] = static_cast<double>((i * 29 + seed) % 23) - 11;
  return values;
}

TEST(Gemm, equalsPlainLoopsInAllFourForms) {
  const int64_t m = 7, n = 5, k = 9;
  for (const bool transpose_a : {false, true}) {
    for (const bool transpose_b : {false, true}) {
      const GemmShape shape = {.transpose_a = transpose_a,
                               .transpose_b = transpose_b,
                               .m = m,
                               .n = n,
                               .k = k,
                               .lda = transpose_a ? m : k,
                               .ldb = transpose_b ? k : n,
                               .ldc = n};
      const std::vector<double> a = numbers(m * k, 1), b = numbers(k * n, 2);
      std::vector<double> fast = numbers(m * n, 3), plain = fast, expected = fast;
      gemm(shape, 2.0, a.data(), b.data(), -1.0, fast.data());
      plainGemm(shape, 2.0, a.data(), b.data(), -1.0, plain.data());
      for (int64_t i = 0; i < m; ++i) {
        for (int64_t j = 0; j < n; ++j) {
          double sum = 0;
          for (int64_t p = 0; p < k; ++p) {
            sum += a[static_cast<size_t>(transpose_a ? p * m + i : i * k + p)] *
                   b[static_cast<size_t>(transpose_b ? j * k + p : p * n + j)];
          }
          double& to = expected[static_cast<size_t>(i * n + j)];
          to = 2 * sum - to;
        }
      }
      // Small whole numbers: sums are exact in any order.
      EXPECT_EQ(fast, expected);
      EXPECT_EQ(plain, expected);
    }
  }
}

TEST(OpenBlas, saysWhichFunctionIsMissing) {
  if (!hasOpenBlas()) GTEST_SKIP() << "there is no OpenBLAS here: " << openBlasInfo();
  EXPECT_NE(openBlasFunction("cblas_dgemm"), nullptr);
  expectError(ErrorKind::kUnsupported, "this OpenBLAS has no cblas_nothing",
              [] { openBlasFunction("cblas_nothing"); });
}

}  // namespace
}  // namespace tenon
