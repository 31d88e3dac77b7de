#include "base/dtype.h"

#include <string>

#include "base/error.h"

namespace tenon {
namespace {

struct DTypeRow {
  DType dtype;
  size_t bytes;
  std::string_view name;
};

constexpr DTypeRow kRows[] = {
    {DType::kFloat32, 4, "float32"},   {DType::kFloat64, 8, "float64"},
    {DType::kFloat16, 2, "float16"},   {DType::kUInt8, 1, "uint8"},
    {DType::kInt32, 4, "int32"},       {DType::kInt8, 1, "int8"},
    {DType::kInt64, 8, "int64"},       {DType::kBool, 1, "bool"},
    {DType::kBFloat16, 2, "bfloat16"},
};

const DTypeRow* rowOf(DType dtype) noexcept {
  for (const DTypeRow& row : kRows) {
    if (row.dtype == dtype) return &row;
  }
  return nullptr;
}

std::string allNames() {
  std::string names;
  for (const DTypeRow& row : kRows) {
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

}  // namespace

size_t sizeOf(DType dtype) noexcept {
  const DTypeRow* row = rowOf(dtype);
  return row ? row->bytes : 0;
}

std::string_view nameOf(DType dtype) noexcept {
  const DTypeRow* row = rowOf(dtype);
  return row ? row->name : "unknown";
}

DType parseDType(std::string_view text) {
  for (const DTypeRow& row : kRows) {
    if (row.name == text || std::to_string(static_cast<int32_t>(row.dtype)) == text)
      return row.dtype;
  }
  fail(ErrorKind::kInvalidArgument, "dtype '", text, "' is not known, expected one of ",
       allNames());
}

DType dtypeOfCode(int64_t code) {
  for (const DTypeRow& row : kRows) {
    if (static_cast<int64_t>(row.dtype) == code) return row.dtype;
  }
  fail(ErrorKind::kInvalidArgument, "dtype code ", code, " is not known, expected that of one of ",
       allNames());
}

}  // namespace tenon
