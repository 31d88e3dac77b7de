// Between what is stored and what is computed in; copies past the caches; the target's tables.
// Compiled once per instruction set.
//
// Floating numbers to integers: cut towards zero, to the nearest limit where they do not fit, NaN
// to 0; integers to narrower ones keep their low bits; to bool: 1 unless zero (NaN is not).
#include <immintrin.h>

#include "ops/loops/tables.h"

namespace tenon::TENON_TARGET {
namespace {

/// bfloat16 without base's inline functions.
struct BHalf {
  uint16_t bits;
};

template <class T>
inline constexpr bool kFloating = static_cast<T>(0.5) != static_cast<T>(0);

template <class To, class From>
TENON_POINTWISE To converted(From value) {
  if constexpr (!kFloating<To> && kFloating<From>) {
    if constexpr (sizeof(To) == 1) {
      constexpr int32_t kLow = static_cast<To>(-1) < 0 ? -128 : 0;
      const int32_t whole = parameter<int32_t>(static_cast<double>(value));
      return static_cast<To>(whole < kLow ? kLow : whole > kLow + 255 ? kLow + 255 : whole);
    } else {
      return parameter<To>(static_cast<double>(value));
    }
  } else {
    return static_cast<To>(value);
  }
}

TENON_POINTWISE float valueOf(BHalf x) {
  return __builtin_bit_cast(float, static_cast<uint32_t>(x.bits) << 16);
}
TENON_POINTWISE BHalf bHalfOf(float value) {
  const uint32_t x = __builtin_bit_cast(uint32_t, value);
  const uint32_t rounded = (x + 0x7fffu + ((x >> 16) & 1u)) >> 16;
  return {static_cast<uint16_t>(value == value ? rounded : (x >> 16) | 0x40u)};
}

template <class To, class From>
void convert(int64_t n, const void* from, void* to) {
  const From* x = static_cast<const From*>(from);
  To* y = static_cast<To*>(to);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = converted<To>(x[i]);
}

template <class To>
void loadBool(int64_t n, const void* from, void* to) {
  const auto* x = static_cast<const uint8_t*>(from);
  To* y = static_cast<To*>(to);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = x[i] != 0 ? To(1) : To(0);
}

template <class From>
void storeBool(int64_t n, const void* from, void* to) {
  const From* x = static_cast<const From*>(from);
  auto* y = static_cast<uint8_t*>(to);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = x[i] != From(0) ? 1 : 0;
}

template <class To>
void loadHalf(int64_t n, const void* from, void* to) {
  const auto* x = static_cast<const uint16_t*>(from);
  To* y = static_cast<To*>(to);
  int64_t i = 0;
  if constexpr (sizeof(To) == 4 && kFloating<To>) {
    for (; i + 8 <= n; i += 8) {
      const __m128i bits = _mm_loadu_si128(reinterpret_cast<const __m128i*>(x + i));
      _mm256_storeu_ps(y + i, _mm256_cvtph_ps(bits));
    }
  }
  for (; i < n; ++i) y[i] = converted<To>(_cvtsh_ss(x[i]));
}

template <class From>
void storeHalf(int64_t n, const void* from, void* to) {
  const From* x = static_cast<const From*>(from);
  auto* y = static_cast<uint16_t*>(to);
  int64_t i = 0;
  if constexpr (sizeof(From) == 4 && kFloating<From>) {
    for (; i + 8 <= n; i += 8) {
      const __m128i bits = _mm256_cvtps_ph(_mm256_loadu_ps(x + i), _MM_FROUND_TO_NEAREST_INT);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(y + i), bits);
    }
  }
  for (; i < n; ++i) y[i] = _cvtss_sh(static_cast<float>(x[i]), _MM_FROUND_TO_NEAREST_INT);
}

template <class To>
void loadBHalf(int64_t n, const void* from, void* to) {
  const auto* x = static_cast<const BHalf*>(from);
  To* y = static_cast<To*>(to);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = converted<To>(valueOf(x[i]));
}

template <class From>
void storeBHalf(int64_t n, const void* from, void* to) {
  const From* x = static_cast<const From*>(from);
  auto* y = static_cast<BHalf*>(to);
#pragma GCC ivdep
  for (int64_t i = 0; i < n; ++i) y[i] = bHalfOf(static_cast<float>(x[i]));
}

template <class C>
constexpr void fill(Converters& table, Compute compute, DType native) {
  const auto c = static_cast<size_t>(compute);
  const auto set = [&](DType dtype, Converter load, Converter store) {
    const auto code = static_cast<size_t>(dtype);
    table.load[code][c] = dtype == native ? nullptr : load;
    table.store[code][c] = dtype == native ? nullptr : store;
  };
  set(DType::kFloat32, convert<C, float>, convert<float, C>);
  set(DType::kFloat64, convert<C, double>, convert<double, C>);
  set(DType::kFloat16, loadHalf<C>, storeHalf<C>);
  set(DType::kUInt8, convert<C, uint8_t>, convert<uint8_t, C>);
  set(DType::kInt32, convert<C, int32_t>, convert<int32_t, C>);
  set(DType::kInt8, convert<C, int8_t>, convert<int8_t, C>);
  set(DType::kInt64, convert<C, int64_t>, convert<int64_t, C>);
  set(DType::kBool, loadBool<C>, storeBool<C>);
  set(DType::kBFloat16, loadBHalf<C>, storeBHalf<C>);
}

constexpr Converters makeConverters() {
  Converters table;
  fill<float>(table, Compute::kF32, DType::kFloat32);
  fill<double>(table, Compute::kF64, DType::kFloat64);
  fill<int32_t>(table, Compute::kI32, DType::kInt32);
  fill<int64_t>(table, Compute::kI64, DType::kInt64);
  return table;
}

}  // namespace

constexpr Converters kConverters = makeConverters();

void streamCopy(int64_t bytes, const void* from, void* to) {
  const auto* x = static_cast<const __m256i*>(from);
  auto* y = static_cast<__m256i*>(to);
  for (int64_t i = 0; i < bytes / 32; ++i) _mm256_stream_si256(y + i, _mm256_loadu_si256(x + i));
  _mm_sfence();
}

const LoopTables& tables() noexcept;
const LoopTables& tables() noexcept {
  static constexpr LoopTables kTables = {kBinaryLoops.at, kUnaryLoops.at, kReduceLoops,
                                         &kConverters, streamCopy};
  return kTables;
}

}  // namespace tenon::TENON_TARGET
