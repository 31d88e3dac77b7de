// Element types. The values are MXNet's: they stand in files and cross every edge.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tenon {

enum class DType : int32_t {
  kFloat32 = 0,
  kFloat64 = 1,
  kFloat16 = 2,
  kUInt8 = 3,
  kInt32 = 4,
  kInt8 = 5,
  kInt64 = 6,
  kBool = 7,
  kBFloat16 = 12,
  kUnknown = -1,
};

/// Every known dtype, in the order of their codes.
inline constexpr DType kAllDTypes[] = {DType::kFloat32, DType::kFloat64, DType::kFloat16,
                                       DType::kUInt8,   DType::kInt32,   DType::kInt8,
                                       DType::kInt64,   DType::kBool,    DType::kBFloat16};

/// Bytes of one element; 0 for kUnknown.
size_t sizeOf(DType dtype) noexcept;
/// NumPy's and MXNet's name, e.g. "float32"; "unknown" for kUnknown.
std::string_view nameOf(DType dtype) noexcept;
/// The dtype of that name or of that decimal code; throws kInvalidArgument with the list of names
/// otherwise.
DType parseDType(std::string_view text);
/// The dtype of that code; throws kInvalidArgument otherwise (codes come from files and callers).
DType dtypeOfCode(int64_t code);

constexpr bool isFloating(DType t) noexcept {
  return t == DType::kFloat32 || t == DType::kFloat64 || t == DType::kFloat16 ||
         t == DType::kBFloat16;
}

}  // namespace tenon
