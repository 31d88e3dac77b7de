// The inner loops, one table per instruction set, and the choice among them.
//
// A loop computes n elements in one of four types; what is stored otherwise (half types, small
// integers, bool) passes through the converters, a chunk at a time. The choice is made once, by
// TENON_SIMD and what the processor has; tests change it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/dtype.h"
#include "ops/loops/functions.h"

namespace tenon {

/// out[i] = f(a[i * step_a], b[i * step_b]); steps are 0 or 1. `out` may be exactly `a` or `b`.
/// Functions of one operand ignore b. `params` are the function's two parameters.
using Loop = void (*)(int64_t n, const void* a, int64_t step_a, const void* b, int64_t step_b,
                      void* out, const double* params);

/// A function's loops by the type computed in; null for integers where they are computed in double.
struct Loops {
  Loop f32 = nullptr;
  Loop f64 = nullptr;
  Loop i32 = nullptr;
  Loop i64 = nullptr;
};

/// The types computed in.
enum class Compute : int32_t { kF32, kF64, kI32, kI64, kCount };

using Converter = void (*)(int64_t n, const void* from, void* to);

/// What reductions fold with. Accumulators are double for floating types and int64_t for integers.
enum class ReduceFn : int32_t {
  kSum,
  kProd,
  kNanSum,
  kNanProd,
  kMax,
  kMin,
  kAbsSum,
  kSquareSum,
  kCount
};

struct ReduceLoops {
  /// *acc = the reduction of x[0..n), in an order that depends on n alone.
  void (*row)(int64_t n, const void* x, void* acc) = nullptr;
  /// acc[i] = f(acc[i], x[i]).
  void (*column)(int64_t n, const void* x, void* acc) = nullptr;
  /// acc[i] = f(acc[i], other[i]), accumulators both.
  void (*merge)(int64_t n, const void* other, void* acc) = nullptr;
  /// acc[i] = what an empty reduction gives.
  void (*start)(int64_t n, void* acc) = nullptr;
};

constexpr size_t kBinaryCount = static_cast<size_t>(BinaryFn::kCount);
constexpr size_t kUnaryCount = static_cast<size_t>(UnaryFn::kCount);
constexpr size_t kReduceCount = static_cast<size_t>(ReduceFn::kCount);
constexpr size_t kComputeCount = static_cast<size_t>(Compute::kCount);
constexpr size_t kDTypeCodes = static_cast<size_t>(DType::kBFloat16) + 1;

/// By dtype's code and type computed in; null where they are the same.
struct Converters {
  Converter load[kDTypeCodes][kComputeCount] = {};
  Converter store[kDTypeCodes][kComputeCount] = {};
};

struct LoopTables {
  const Loops* binary;
  const Loops* unary;
  const ReduceLoops (*reduce)[kComputeCount];
  const Converters* convert;
  /// Copies past the caches; `to` and n bytes are multiples of 64.
  void (*stream)(int64_t bytes, const void* from, void* to);
};

enum class SimdLevel : int32_t { kPlain, kAvx2, kAvx512 };

/// The level in use: TENON_SIMD, or the best that the processor has.
SimdLevel simdLevel() noexcept;
/// For tests. Throws kUnsupported if the processor lacks it.
void setSimdLevel(SimdLevel level);
/// The tables of that level.
const LoopTables& loopTables() noexcept;

}  // namespace tenon
