#include "ops/linalg/product.h"

#include <algorithm>
#include <array>

#include "ops/linalg/openblas.h"

namespace tenon {
namespace {

using onednn::Desc;
using onednn::Dims;

/// rows by columns, per batch; transposed: as it lies in memory it is columns by rows.
Desc matrix(const ProductShape& shape, int64_t rows, int64_t columns, bool transposed) {
  const int64_t row_stride = transposed ? 1 : columns;
  const int64_t column_stride = transposed ? rows : 1;
  if (shape.batch == 1)
    return {Dims{rows, columns}, onednn::typeOf(DType::kFloat32), Dims{row_stride, column_stride}};
  return {Dims{shape.batch, rows, columns}, onednn::typeOf(DType::kFloat32),
          Dims{rows * columns, row_stride, column_stride}};
}

/// Steps of multiplying and adding; a core does some hundred thousand in a microsecond.
double work(const ProductShape& s) noexcept {
  return static_cast<double>(s.batch) * static_cast<double>(s.m) * static_cast<double>(s.n) *
         static_cast<double>(s.k);
}
/// Up to this, a product takes less time than several threads need to gather.
constexpr double kWorkForOne = 64.0 * 64.0 * 128.0;
/// Up to this work on that much data, it takes little more time than waking a worker, and so do the
/// sums and conversions that go with it; the team is at work whoever leads it.
constexpr double kCheapWork = 256.0 * 256.0 * 256.0;
constexpr int64_t kCheapElements = 3 * 256 * 256;

onednn::Primitive floatProduct(const ProductShape& shape, bool bias) {
  const Desc a = matrix(shape, shape.m, shape.k, shape.transpose_a);
  const Desc b = matrix(shape, shape.k, shape.n, shape.transpose_b);
  const Desc c = matrix(shape, shape.m, shape.n, false);
  const Desc row = !bias
                       ? Desc()
                       : onednn::rowMajor(shape.batch == 1 ? Dims{1, shape.n} : Dims{1, 1, shape.n},
                                          DType::kFloat32);
  const onednn::SingleThread single(work(shape) <= kWorkForOne);
  return onednn::preparing("preparing a matrix product", [&] {
    const dnnl::primitive_attr attr = onednn::userScratchpad();
    const auto desc = bias ? dnnl::matmul::primitive_desc(onednn::engine(), a, b, row, c, attr)
                           : dnnl::matmul::primitive_desc(onednn::engine(), a, b, c, attr);
    std::vector<onednn::Primitive::Arg> args = {
        {DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, b}, {DNNL_ARG_DST, c}};
    if (bias) args.push_back({DNNL_ARG_BIAS, row});
    return onednn::Primitive(dnnl::matmul(desc), desc.scratchpad_desc(), std::move(args));
  });
}

}  // namespace

Product::Product(DType dtype, const ProductShape& shape, bool bias)
    : dtype_(dtype), shape_(shape), bias_(bias) {
  if (dtype == DType::kFloat32 && !shape.empty()) primitive_ = floatProduct(shape, bias);
}

bool Product::cheap() const noexcept {
  const ProductShape& s = shape_;
  return dtype_ == DType::kFloat32 && work(s) <= kCheapWork &&
         s.batch * (s.m * s.k + s.k * s.n + s.m * s.n) <= kCheapElements;
}

void Product::run(const void* a, const void* b, void* c, const void* bias, void* workspace) const {
  if (primitive_) {
    // oneDNN takes all its memory through one kind of pointer; inputs are not written.
    const std::array<void*, 4> pointers = {const_cast<void*>(a), const_cast<void*>(b), c,
                                           const_cast<void*>(bias)};
    primitive_.run(std::span(pointers.data(), bias_ ? 4 : 3), workspace);
  } else if (dtype_ == DType::kFloat64) {
    runDouble(static_cast<const double*>(a), static_cast<const double*>(b), static_cast<double*>(c),
              static_cast<const double*>(bias));
  } else {
    // A sum over nothing: only the bias is left.
    float* to = static_cast<float*>(c);
    for (int64_t i = 0; i < shape_.batch * shape_.m * shape_.n; ++i) {
      to[i] = bias_ ? static_cast<const float*>(bias)[i % shape_.n] : 0.0F;
    }
  }
}

void Product::runDouble(const double* a, const double* b, double* c, const double* bias) const {
  const ProductShape& s = shape_;
  const GemmShape one = {.transpose_a = s.transpose_a,
                         .transpose_b = s.transpose_b,
                         .m = s.m,
                         .n = s.n,
                         .k = s.k,
                         .lda = s.transpose_a ? s.m : s.k,
                         .ldb = s.transpose_b ? s.k : s.n,
                         .ldc = s.n};
  for (int64_t i = 0; i < s.batch; ++i) {
    double* out = c + i * s.m * s.n;
    for (int64_t row = 0; bias_ && row < s.m; ++row) std::copy_n(bias, s.n, out + row * s.n);
    gemm(one, 1.0, a + i * s.m * s.k, b + i * s.k * s.n, bias_ ? 1.0 : 0.0, out);
  }
}

}  // namespace tenon
