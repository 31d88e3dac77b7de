// Parameters of the operators that order elements, and how they see an array.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/error.h"
#include "base/params.h"
#include "base/shape.h"

namespace tenon {

enum class TopkReturns : int32_t { kBoth, kIndices, kMask, kValue };

inline constexpr std::string_view kOrderAxisDoc =
    "The axis to order along; negative counts from the end; None: the array as one row.";
inline constexpr std::string_view kOrderIndexDoc =
    "Type of the indices; it must be able to hold them.";

struct TopkParams {
  Optional<int32_t> axis;
  int32_t k;
  TopkReturns ret_typ;
  bool is_ascend;
  DType dtype;

  static void describe(ParamSchema<TopkParams>& s) {
    s.field("axis", &TopkParams::axis, kOrderAxisDoc).defaultTo(-1);
    s.field("k", &TopkParams::k, "How many; below 1: all.").defaultTo(1);
    s.field("ret_typ", &TopkParams::ret_typ,
            "What to give: the values, their indices, both, or 1 where they are.")
        .options({{"both", TopkReturns::kBoth},
                  {"indices", TopkReturns::kIndices},
                  {"mask", TopkReturns::kMask},
                  {"value", TopkReturns::kValue}})
        .defaultTo(TopkReturns::kIndices);
    s.field("is_ascend", &TopkParams::is_ascend, "Whether the smallest are wanted.")
        .defaultTo(false);
    s.field("dtype", &TopkParams::dtype, kOrderIndexDoc).defaultTo(DType::kFloat32);
  }
};

struct SortParams {
  Optional<int32_t> axis;
  bool is_ascend;

  static void describe(ParamSchema<SortParams>& s) {
    s.field("axis", &SortParams::axis, kOrderAxisDoc).defaultTo(-1);
    s.field("is_ascend", &SortParams::is_ascend, "Whether the smallest comes first.")
        .defaultTo(true);
  }
};

struct ArgsortParams {
  Optional<int32_t> axis;
  bool is_ascend;
  DType dtype;

  static void describe(ParamSchema<ArgsortParams>& s) {
    s.field("axis", &ArgsortParams::axis, kOrderAxisDoc).defaultTo(-1);
    s.field("is_ascend", &ArgsortParams::is_ascend, "Whether the smallest comes first.")
        .defaultTo(true);
    s.field("dtype", &ArgsortParams::dtype, kOrderIndexDoc).defaultTo(DType::kFloat32);
  }
};

struct OrderAxisParams {
  Optional<int32_t> axis;

  static void describe(ParamSchema<OrderAxisParams>& s) {
    s.field("axis", &OrderAxisParams::axis, kOrderAxisDoc);
  }
};

/// An array as rows along one axis: element j of row (o, i) stands at (o·extent + j)·inner + i.
struct OrderRows {
  int64_t outer = 1;
  int64_t extent = 1;
  int64_t inner = 1;
  constexpr int64_t count() const { return outer * inner; }
  constexpr int64_t begin(int64_t row) const { return row / inner * extent * inner + row % inner; }
};

inline OrderRows orderRows(const Shape& shape, const Optional<int32_t>& axis,
                           std::string_view who) {
  if (!axis.has) return {1, shape.size(), 1};
  const int at = shape.axis(axis.value, who);
  return {shape.product(0, at), shape[at], shape.product(at + 1, shape.rank())};
}

/// How many are wanted of `extent` elements.
inline int64_t countOf(const TopkParams& p, int64_t extent) {
  if (p.k < 1 || extent < 0) return extent;
  TENON_CHECK(p.k <= extent, kInvalidArgument, "topk: k is ", p.k, ", but the axis has ", extent,
              " elements");
  return p.k;
}

}  // namespace tenon
