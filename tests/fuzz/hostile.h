// Attributes and shapes made of an input's bytes: often right, often at the edge, sometimes
// nonsense.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "base/params.h"
#include "ops/registry/registry.h"

namespace tenon {

class Hostile {
 public:
  Hostile(const uint8_t* data, size_t size) : left_(data, size) {}

  bool more() const { return !left_.empty(); }
  /// From 0 to `most`; 0 when the input is at its end.
  int count(int most) {
    const uint64_t value = take(most < 256 ? 1 : 4);
    return static_cast<int>(value % (static_cast<uint64_t>(most) + 1));
  }
  /// True once in so many times.
  bool once(int in) { return count(in - 1) == in - 1; }
  template <class List>
  const auto& oneOf(const List& list) {
    return list[static_cast<size_t>(count(static_cast<int>(list.size()) - 1))];
  }
  DType dtype() { return once(8) ? DType::kUnknown : oneOf(std::span(kAllDTypes)); }

  /// Mostly small.
  int64_t number() {
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
    static constexpr int64_t kEdges[] = {kMost,
                                         -kMost - 1,
                                         int64_t{1} << 62,
                                         int64_t{1} << 60,
                                         int64_t{1} << 53,
                                         int64_t{1} << 32,
                                         int64_t{1} << 31,
                                         (int64_t{1} << 31) - 1,
                                         -(int64_t{1} << 31),
                                         -(int64_t{1} << 31) - 1,
                                         3037000500,
                                         1 << 20,
                                         65536,
                                         32768,
                                         1000,
                                         255,
                                         128,
                                         33,
                                         16,
                                         -2,
                                         -3,
                                         -4,
                                         -128};
    if (once(4)) return oneOf(std::span(kEdges));
    if (once(16)) return static_cast<int64_t>(take(8));
    return count(9) - 1;
  }

  /// Any, with unknown extents and rank.
  Shape shape() {
    if (once(8)) return {};
    Shape shape = Shape::ofRank(once(8) ? count(Shape::kMaxRank) : count(5));
    for (int axis = 0; axis < shape.rank(); ++axis) {
      const int64_t extent = number();
      shape[axis] = extent < Shape::kUnknownDim ? Shape::kUnknownDim : extent;
    }
    return shape;
  }

  /// Of the parameters described, and sometimes of one that is not there.
  AttrMap attributes(const Op& op) {
    AttrMap attrs;
    for (const ParamInfo& param : op.params) {
      if (param.required ? !once(16) : once(2)) attrs[param.name] = value(param);
    }
    if (op.variadic && once(4)) attrs[op.num_args_param] = std::to_string(number());
    if (once(32)) attrs[text(16)] = text(16);
    return attrs;
  }

 private:
  std::string value(const ParamInfo& param) {
    if (once(32)) return text(32);
    if (param.optional && once(4)) return "None";
    if (!param.options.empty()) return oneOf(param.options);
    if (param.type == "boolean") return once(2) ? "True" : "False";
    if (param.type == "int" || param.type == "long") return std::to_string(number());
    if (param.type == "float" || param.type == "double") return real();
    if (param.type == "DType") return std::string(nameOf(dtype()));
    if (param.type == "Shape") return tuple([this] { return std::to_string(number()); });
    if (param.type == "doubles") return tuple([this] { return real(); });
    return text(32);
  }

  std::string real() {
    static constexpr const char* kEdges[] = {"0",     "-0.0", "1",          "0.5",    "-1",
                                             "1e-45", "1e38", "1e300",      "-1e300", "nan",
                                             "inf",   "-inf", "2147483648", "1e18"};
    return oneOf(std::span(kEdges));
  }

  template <class F>
  std::string tuple(F&& one) {
    if (once(8)) return one();
    const int size = once(8) ? count(40) : count(6);
    std::string text = "(";
    for (int i = 0; i < size; ++i) text += (i > 0 ? ", " : "") + (once(16) ? "None" : one());
    return text + ")";
  }

  /// At most so many bytes, any.
  std::string text(int most) {
    const size_t size = std::min(static_cast<size_t>(count(most)), left_.size());
    const std::string text(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(size));
    left_ = left_.subspan(size);
    return text;
  }

  uint64_t take(size_t bytes) {
    bytes = std::min(bytes, left_.size());
    uint64_t value = 0;
    for (const uint8_t byte : left_.first(bytes)) value = value << 8 | byte;
    left_ = left_.subspan(bytes);
    return value;
  }

  std::span<const uint8_t> left_;
};

}  // namespace tenon
