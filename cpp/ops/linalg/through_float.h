// Half types by way of float32: kernels that compute in float32 and float64 serve float16 and
// bfloat16 too, over converted copies. Sums are kept in float32 and rounded once.
#pragma once

#include <type_traits>

#include "ops/registry/kernel.h"

namespace tenon {

/// Converts `count` elements of a half type to float32 and back (rounding to nearest even); in
/// parallel.
void halvesToFloat(DType dtype, const void* from, float* to, int64_t count);
void floatToHalves(DType dtype, const float* from, void* to, int64_t count);

constexpr bool isHalf(DType dtype) noexcept {
  return dtype == DType::kFloat16 || dtype == DType::kBFloat16;
}

namespace through_float_detail {
PreparedPtr prepare(const PrepareContext& context, PrepareFunction inner);
void run(KernelContext& context, std::span<const TensorView> in, std::span<const TensorView> out,
         std::span<const Request> requests, RunFunction inner);
}  // namespace through_float_detail

/// `kernel` made to take half types, which it meets as float32. Mutated inputs are converted back.
/// Other dtypes and layouts pass through untouched.
template <PrepareFunction prepare, RunFunction run>
constexpr Kernel throughFloat(Kernel kernel = {}) {
  kernel.prepare = nullptr;
  // Compared as types: under a sanitizer, GCC does not take a function's address for a constant.
  if constexpr (!std::is_same_v<std::integral_constant<PrepareFunction, prepare>,
                                std::integral_constant<PrepareFunction, nullptr>>) {
    kernel.prepare = [](const PrepareContext& context) {
      return through_float_detail::prepare(context, prepare);
    };
  }
  kernel.run = [](KernelContext& context, std::span<const TensorView> in,
                  std::span<const TensorView> out, std::span<const Request> requests) {
    through_float_detail::run(context, in, out, requests, run);
  };
  return kernel;
}

}  // namespace tenon
