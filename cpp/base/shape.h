// Extents of an array, inline and of rank up to 12. Plain data: it crosses the plug-in edge as it
// is.
//
// An extent may be unknown (-1) and so may the rank (`Shape()`); 0 is a real extent and
// `Shape::scalar()` a real shape. MXNet's "0 is unknown" lives at the edges only (attributes, JSON,
// old files, the C ABI).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

namespace tenon {

class Shape {
 public:
  static constexpr int kMaxRank = 12;
  static constexpr int kUnknownRank = -1;
  static constexpr int64_t kUnknownDim = -1;

  /// Unknown rank.
  constexpr Shape() = default;
  Shape(std::initializer_list<int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  /// Throws kInvalidArgument for more than kMaxRank extents or one below -1.
  explicit Shape(std::span<const int64_t> dims);

  static constexpr Shape scalar() { return ofRank(0); }
  /// `rank` unknown extents; the unknown shape for kUnknownRank. Throws kInvalidArgument beyond
  /// kMaxRank.
  static constexpr Shape ofRank(int rank) {
    if (rank < kUnknownRank || rank > kMaxRank) failRank(rank);
    Shape s;
    s.rank_ = rank;
    for (int i = 0; i < rank; ++i) s.dims_[i] = kUnknownDim;
    return s;
  }

  constexpr bool rankKnown() const { return rank_ != kUnknownRank; }
  /// Rank and every extent known.
  constexpr bool known() const {
    for (int i = 0; i < rank_; ++i) {
      if (dims_[i] < 0) return false;
    }
    return rankKnown();
  }
  /// Number of extents; kUnknownRank if unknown.
  constexpr int rank() const { return rank_; }
  constexpr int64_t operator[](int axis) const { return dims_[axis]; }
  constexpr int64_t& operator[](int axis) { return dims_[axis]; }
  constexpr const int64_t* begin() const { return dims_; }
  constexpr const int64_t* end() const { return dims_ + (rank_ > 0 ? rank_ : 0); }
  std::span<const int64_t> dims() const { return {begin(), end()}; }

  /// Number of elements; 1 for a scalar, 0 if any extent is 0. The shape must be known. Shapes from
  /// outside are checked once by `checkedSize`; all shapes inside have passed it.
  constexpr int64_t size() const { return product(0, rank_); }
  /// The product of the extents of axes [from, to).
  constexpr int64_t product(int from, int to) const {
    int64_t n = 1;
    for (int i = from; i < to; ++i) n *= dims_[i];
    return n;
  }
  /// Number of elements; throws kInvalidArgument if unknown or not addressable.
  int64_t checkedSize() const;
  /// Throws kInvalidArgument unless the product of any of its known extents, zeros left out, counts
  /// elements whose bytes fit into 63 bits: then no product of extents overflows.
  void checkAddressable() const;

  /// Appends an extent; throws kInvalidArgument beyond kMaxRank.
  void append(int64_t dim);
  /// `axis` in [-rank, rank) made non-negative; throws kIndex with `who` otherwise.
  int axis(int64_t axis, std::string_view who) const;

  friend constexpr bool operator==(const Shape& a, const Shape& b) {
    if (a.rank_ != b.rank_) return false;
    for (int i = 0; i < a.rank_; ++i) {
      if (a.dims_[i] != b.dims_[i]) return false;
    }
    return true;
  }

  /// As MXNet prints it: (2,3), (4,), (), with ? for an unknown extent; "?" for an unknown rank.
  std::string toString() const;

 private:
  [[noreturn]] static void failRank(int64_t rank);

  int32_t rank_ = kUnknownRank;
  int64_t dims_[kMaxRank] = {};
};

std::ostream& operator<<(std::ostream& out, const Shape& shape);

/// Merges what `a` and `b` know (unknown rank and extents give way); throws kInvalidArgument where
/// they clash.
Shape merge(const Shape& a, const Shape& b);

}  // namespace tenon
