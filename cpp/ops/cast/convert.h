// Conversion of one element from one type to another, defined for every value: floats to integers
// cut towards zero, go to the nearest end where they do not fit, and NaN becomes 0; integers to
// narrower integers keep their low bits; to bool is "not zero" (NaN is true). Compiled alike by g++
// and nvcc.
#pragma once

#include <cstdint>
#include <limits>
#include <type_traits>

#include "base/dtype.h"
#include "base/error.h"
#include "base/half.h"

namespace tenon {

template <class T>
inline constexpr bool kIsHalf = std::is_same_v<T, Float16> || std::is_same_v<T, BFloat16>;
template <class T>
inline constexpr bool kIsReal = kIsHalf<T> || std::is_floating_point_v<T>;

template <class To, class From>
constexpr To convertTo(From value) {
  if constexpr (std::is_same_v<To, From>) {
    return value;
  } else if constexpr (kIsHalf<From>) {
    return convertTo<To>(static_cast<float>(value));
  } else if constexpr (std::is_same_v<To, bool>) {
    return value != From{};
  } else if constexpr (kIsHalf<To>) {
    return To(static_cast<float>(value));
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    // The largest value of To may round up to one that does not fit: compare with the first beyond
    // it.
    constexpr From kEnd = static_cast<From>(std::numeric_limits<To>::max() / 2 + 1) * From{2};
    constexpr From kFirst = static_cast<From>(std::numeric_limits<To>::min());
    if (value >= kEnd) return std::numeric_limits<To>::max();
    if (value <= kFirst) return std::numeric_limits<To>::min();
    return value == value ? static_cast<To>(value) : To{};
  } else {
    return static_cast<To>(value);
  }
}

/// Calls body(T{}) with the C++ type of `dtype`'s elements.
template <class F>
decltype(auto) withType(DType dtype, F&& body) {
  switch (dtype) {
    case DType::kFloat32:
      return body(float{});
    case DType::kFloat64:
      return body(double{});
    case DType::kFloat16:
      return body(Float16{});
    case DType::kBFloat16:
      return body(BFloat16{});
    case DType::kUInt8:
      return body(uint8_t{});
    case DType::kInt8:
      return body(int8_t{});
    case DType::kInt32:
      return body(int32_t{});
    case DType::kInt64:
      return body(int64_t{});
    case DType::kBool:
      return body(bool{});
    case DType::kUnknown:
      break;
  }
  fail(ErrorKind::kInternal, "a kernel was given data of unknown type");
}

/// Calls body(uint8_t{}), …, body(uint64_t{}) by the size of an element.
template <class F>
decltype(auto) withSize(size_t bytes, F&& body) {
  switch (bytes) {
    case 1:
      return body(uint8_t{});
    case 2:
      return body(uint16_t{});
    case 4:
      return body(uint32_t{});
    case 8:
      return body(uint64_t{});
    default:
      fail(ErrorKind::kInternal, "no kernel for elements of ", bytes, " bytes");
  }
}

}  // namespace tenon
