// Conversion of one element, as ops/cast/convert.h says it; float16 and bfloat16 by the hardware's
// instructions, on the tests' emulated device by base/half.h.
#pragma once

#include <cuda_runtime.h>

#include <cstdint>

#include "ops/cast/convert.h"

namespace tenon::cuda {

#if defined(__CUDACC__)
__device__ __forceinline__ float toFloat(Float16 value) {
  float result;
  asm("cvt.f32.f16 %0, %1;" : "=f"(result) : "h"(value.bits));
  return result;
}
__device__ __forceinline__ float toFloat(BFloat16 value) {
  return __uint_as_float(static_cast<uint32_t>(value.bits) << 16);
}
__device__ __forceinline__ Float16 toHalf(float value, Float16) {
  Float16 result;
  asm("cvt.rn.f16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
  return result;
}
__device__ __forceinline__ BFloat16 toHalf(float value, BFloat16) {
  BFloat16 result;
  asm("cvt.rn.bf16.f32 %0, %1;" : "=h"(result.bits) : "f"(value));
  return result;
}
#else
inline float toFloat(Float16 value) { return value; }
inline float toFloat(BFloat16 value) { return value; }
inline Float16 toHalf(float value, Float16) { return value; }
inline BFloat16 toHalf(float value, BFloat16) { return value; }
#endif

template <class To, class From>
__device__ __forceinline__ To convert(From value) {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (kIsHalf<From>) {
    return convert<To>(toFloat(value));
  } else if constexpr (kIsHalf<To>) {
    return toHalf(convert<float>(value), To{});
  } else {
    return convertTo<To>(value);
  }
}

}  // namespace tenon::cuda
