#include "ops/shape/reshape_codes.h"

#include <algorithm>
#include <string>

#include "base/error.h"

namespace tenon {
namespace {

std::string textOf(const IntList& codes) {
  std::string text = "(";
  for (int i = 0; i < codes.count; ++i) text += (i ? "," : "") + std::to_string(codes.values[i]);
  return text + ")";
}

/// Walks the codes once over the extents of the source.
class Reshaper {
 public:
  Reshaper(const Shape& from, const IntList& codes, bool reverse)
      : from_(from), codes_(codes), code_(codes), to_(Shape::scalar()) {
    extent_ = from;
    if (reverse) {
      std::reverse(extent_.rank() > 0 ? &extent_[0] : nullptr,
                   extent_.rank() > 0 ? &extent_[0] + extent_.rank() : nullptr);
      std::reverse(code_.values, code_.values + code_.count);
    }
  }

  Shape run(bool reverse) {
    for (at_ = 0; at_ < code_.count; ++at_) step(code_.values[at_]);
    to_.checkAddressable();  // no product of its extents overflows
    if (inferred_ >= 0) infer();
    if (reverse && to_.rank() > 0) std::reverse(&to_[0], &to_[0] + to_.rank());
    if (from_.known()) {
      check(to_.size() == from_.size(), "sizes differ");
    }
    return to_;
  }

 private:
  void check(bool condition, std::string_view what) const {
    TENON_CHECK(condition, kInvalidArgument, "cannot reshape ", from_, " to ", textOf(codes_), ": ",
                what);
  }

  int64_t take() {
    check(next_ < extent_.rank(), "a code refers to an axis beyond the last");
    return extent_[next_++];
  }

  void step(int64_t code) {
    if (code > 0) {
      to_.append(code);
      ++next_;
    } else if (code == 0) {
      to_.append(take());
    } else if (code == -1) {
      check(inferred_ < 0, "only one extent can be -1");
      inferred_ = to_.rank();
      to_.append(1);
      ++next_;
    } else if (code == -2) {
      while (next_ < extent_.rank()) to_.append(take());
    } else if (code == -3) {
      const int64_t first = take();
      const int64_t second = take();
      to_.append(first < 0 || second < 0 ? Shape::kUnknownDim : first * second);
    } else if (code == -4) {
      split();
    } else {
      check(false, "a code is below -4");
    }
  }

  void split() {
    check(at_ + 2 < code_.count, "-4 needs two extents after it");
    const int64_t whole = take();
    int64_t first = code_.values[++at_];
    int64_t second = code_.values[++at_];
    check((first > 0 || first == -1) && (second > 0 || second == -1) && (first > 0 || second > 0),
          "the extents after -4 must be positive, but for one that may be -1");
    Shape{first, second}.checkAddressable();
    const int64_t given = std::max<int64_t>(first, 1) * std::max<int64_t>(second, 1);
    if (whole >= 0) {
      check(first > 0 && second > 0 ? whole == given : whole % given == 0,
            "-4 does not divide the extent");
    }
    if (first < 0) first = whole < 0 ? Shape::kUnknownDim : whole / given;
    if (second < 0) second = whole < 0 ? Shape::kUnknownDim : whole / given;
    to_.append(first);
    to_.append(second);
  }

  void infer() {
    to_[inferred_] = Shape::kUnknownDim;
    if (!from_.known()) return;
    int64_t rest = 1;
    for (int i = 0; i < to_.rank(); ++i) {
      if (i != inferred_) rest *= to_[i];
    }
    const int64_t size = from_.size();
    if (rest == 0) {
      to_[inferred_] = 0;
      return;
    }
    check(size % rest == 0, "-1 would not be whole");
    to_[inferred_] = size / rest;
  }

  const Shape& from_;
  const IntList& codes_;
  IntList code_;
  Shape extent_;
  Shape to_;
  int next_ = 0;
  int at_ = 0;
  int inferred_ = -1;
};

}  // namespace

Shape reshaped(const Shape& from, const IntList& codes, bool reverse) {
  return Reshaper(from, codes, reverse).run(reverse);
}

}  // namespace tenon
