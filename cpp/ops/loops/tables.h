// The tables of one target, each made by its own *_loops.cc. Compiled once per instruction set.
#pragma once

#include "ops/loops/loop.h"
#include "ops/loops/target.h"

namespace tenon::TENON_TARGET {

/// An array that a function can return.
template <class T, size_t kSize>
struct Table {
  T at[kSize];
};

extern const Table<Loops, kBinaryCount> kBinaryLoops;
extern const Table<Loops, kUnaryCount> kUnaryLoops;
extern const ReduceLoops kReduceLoops[kReduceCount][kComputeCount];
extern const Converters kConverters;
void streamCopy(int64_t bytes, const void* from, void* to);

/// A function's parameter in the type computed in; integers saturate, NaN is 0.
template <class T>
TENON_POINTWISE T parameter(double value) {
  if constexpr (static_cast<T>(0.5) != static_cast<T>(0)) {
    return static_cast<T>(value);
  } else {
    constexpr double kLimit = sizeof(T) == 4 ? 2147483648.0 : 9223372036854775808.0;
    constexpr T kLow = static_cast<T>(-kLimit);
    if (!(value > -kLimit)) return value != value ? T(0) : kLow;
    return value >= kLimit ? static_cast<T>(-(kLow + 1)) : static_cast<T>(value);
  }
}

}  // namespace tenon::TENON_TARGET
