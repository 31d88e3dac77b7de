#include "base/shape.h"

#include <ostream>

#include "base/error.h"

namespace tenon {

void Shape::failRank(int64_t rank) {
  fail(ErrorKind::kInvalidArgument, "a shape has ", rank, " dimensions, expected 0 to ", kMaxRank);
}

Shape::Shape(std::span<const int64_t> dims) {
  TENON_CHECK(dims.size() <= static_cast<size_t>(kMaxRank), kInvalidArgument, "a shape has ",
              dims.size(), " dimensions, at most ", kMaxRank, " are supported");
  rank_ = static_cast<int32_t>(dims.size());
  for (size_t i = 0; i < dims.size(); ++i) {
    TENON_CHECK(dims[i] >= kUnknownDim, kInvalidArgument, "dimension ", i, " of a shape is ",
                dims[i], ", expected at least 0 (or -1 for unknown)");
    dims_[i] = dims[i];
  }
}

int64_t Shape::checkedSize() const {
  TENON_CHECK(known(), kInvalidArgument, "shape ", toString(), " is not fully known");
  checkAddressable();
  return size();
}

void Shape::checkAddressable() const {
  // 8 bytes is the widest element, so the count of bytes stays below 2^63.
  constexpr int64_t kMost = INT64_MAX / 8;
  int64_t n = 1;
  for (int64_t d : *this) {
    if (d == 0 || d == kUnknownDim) continue;
    TENON_CHECK(d <= kMost / n, kInvalidArgument, "shape ", toString(),
                " has more elements than memory can address");
    n *= d;
  }
}

void Shape::append(int64_t dim) {
  if (rank_ < 0) rank_ = 0;
  TENON_CHECK(rank_ < kMaxRank, kInvalidArgument, "shape ", toString(), " cannot have more than ",
              kMaxRank, " dimensions");
  dims_[rank_++] = dim;
}

int Shape::axis(int64_t axis, std::string_view who) const {
  TENON_CHECK(axis >= -rank_ && axis < rank_, kIndex, who, ": axis ", axis,
              " is out of range for shape ", toString(), ", expected ", -rank_, " to ", rank_ - 1);
  return static_cast<int>(axis < 0 ? axis + rank_ : axis);
}

std::string Shape::toString() const {
  if (!rankKnown()) return "?";
  std::string text = "(";
  for (int i = 0; i < rank_; ++i) {
    if (i > 0) text += ',';
    text += dims_[i] == kUnknownDim ? std::string("?") : std::to_string(dims_[i]);
  }
  if (rank_ == 1) text += ',';
  return text + ")";
}

std::ostream& operator<<(std::ostream& out, const Shape& shape) { return out << shape.toString(); }

Shape merge(const Shape& a, const Shape& b) {
  if (!a.rankKnown()) return b;
  if (!b.rankKnown()) return a;
  TENON_CHECK(a.rank() == b.rank(), kInvalidArgument, "shapes ", a, " and ", b,
              " have different ranks");
  Shape merged = a;
  for (int i = 0; i < a.rank(); ++i) {
    if (merged[i] == Shape::kUnknownDim) merged[i] = b[i];
    TENON_CHECK(b[i] == Shape::kUnknownDim || merged[i] == b[i], kInvalidArgument, "shapes ", a,
                " and ", b, " differ in dimension ", i);
  }
  return merged;
}

}  // namespace tenon
