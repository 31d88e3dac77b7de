// Operators that give the same elements another shape: Reshape, Flatten, expand_dims, squeeze,
// reshape_like.
//
// The result may share the input's memory (in place); else it is one copy. The gradient is the
// head's, reshaped to the input.
#include <cstring>

#include "base/error.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/reshape_codes.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

struct ReshapeParams {
  IntList shape;
  bool reverse;
  IntList target_shape;
  bool keep_highest;

  static void describe(ParamSchema<ReshapeParams>& s) {
    s.field("shape", &ReshapeParams::shape,
            "The new extents: 0 copies one from the input, -1 is inferred, -2 copies all that "
            "remain, -3 joins two, -4 "
            "splits one into the two that follow.")
        .defaultTo(IntList{});
    s.field("reverse", &ReshapeParams::reverse, "Whether the codes are read from right to left.")
        .defaultTo(false);
    s.field("target_shape", &ReshapeParams::target_shape,
            "An older spelling of `shape`, in which one 0 is inferred.")
        .defaultTo(IntList{});
    s.field("keep_highest", &ReshapeParams::keep_highest,
            "With `target_shape`: whether the first extent is kept.")
        .defaultTo(false);
  }
};

struct ExpandDimsParams {
  int32_t axis;

  static void describe(ParamSchema<ExpandDimsParams>& s) {
    s.field("axis", &ExpandDimsParams::axis,
            "Where the new axis stands in the result; negative counts from the end.");
  }
};

struct SqueezeParams {
  Optional<IntList> axis;

  static void describe(ParamSchema<SqueezeParams>& s) {
    s.field("axis", &SqueezeParams::axis,
            "The axes to remove, all of extent 1; None: all such axes.");
  }
};

struct ReshapeLikeParams {
  Optional<int32_t> lhs_begin;
  Optional<int32_t> lhs_end;
  Optional<int32_t> rhs_begin;
  Optional<int32_t> rhs_end;

  static void describe(ParamSchema<ReshapeLikeParams>& s) {
    using P = ReshapeLikeParams;
    s.field("lhs_begin", &P::lhs_begin, "First axis of lhs to replace; None: 0.");
    s.field("lhs_end", &P::lhs_end, "Axis of lhs before which to stop; None: its rank.");
    s.field("rhs_begin", &P::rhs_begin, "First axis of rhs to take; None: 0.");
    s.field("rhs_end", &P::rhs_end, "Axis of rhs before which to stop; None: its rank.");
  }
};

/// If one extent of `of` is unknown and `size` elements are known, fills it in.
void fillFromSize(Shape& of, int64_t size) {
  int unknown = -1;
  int64_t rest = 1;
  for (int i = 0; i < of.rank(); ++i) {
    if (of[i] >= 0) {
      rest *= of[i];
    } else if (unknown >= 0) {
      return;
    } else {
      unknown = i;
    }
  }
  if (unknown >= 0 && rest > 0 && size % rest == 0) of[unknown] = size / rest;
}

Shape targetShape(const ReshapeParams& p, const Shape& data) {
  IntList codes = p.target_shape;
  for (int i = 0; i < codes.count; ++i) {
    if (codes.values[i] == 0) codes.values[i] = -1;
  }
  if (p.keep_highest && codes.count > 0) codes.values[0] = 0;
  return reshaped(data, codes, false);
}

void reshapeShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = attrs.params<ReshapeParams>();
  if (in[0].rankKnown() && (p.shape.count > 0 || p.target_shape.count > 0)) {
    out[0] = merge(out[0],
                   p.shape.count > 0 ? reshaped(in[0], p.shape, p.reverse) : targetShape(p, in[0]));
  }
  if (in[0].known() && out[0].rankKnown()) {
    fillFromSize(out[0], in[0].size());
    TENON_CHECK(!out[0].known() || out[0].size() == in[0].size(), kInvalidArgument,
                "cannot reshape ", in[0], " to ", out[0], ": sizes differ");
  }
  if (out[0].known()) fillFromSize(in[0], out[0].size());
}

void flattenShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  if (!in[0].rankKnown()) return;
  Shape flat = Shape::ofRank(2);
  flat[0] = in[0].rank() > 0 ? in[0][0] : 1;
  int64_t rest = 1;
  for (int i = 1; i < in[0].rank(); ++i)
    rest = rest < 0 || in[0][i] < 0 ? Shape::kUnknownDim : rest * in[0][i];
  flat[1] = rest;
  out[0] = merge(out[0], flat);
  if (in[0].rank() > 0 && out[0][0] >= 0) in[0][0] = out[0][0];
}

void expandDimsShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const int64_t axis = attrs.params<ExpandDimsParams>().axis;
  if (in[0].rankKnown()) {
    TENON_CHECK(in[0].rank() < Shape::kMaxRank, kInvalidArgument, "expand_dims: data has rank ",
                in[0].rank(), ", expected less than ", Shape::kMaxRank);
    const int at = Shape::ofRank(in[0].rank() + 1).axis(axis, "expand_dims");
    Shape wide = Shape::scalar();
    for (int i = 0; i <= in[0].rank(); ++i) {
      if (i == at) wide.append(1);
      if (i < in[0].rank()) wide.append(in[0][i]);
    }
    out[0] = merge(out[0], wide);
  }
  if (out[0].rankKnown()) {
    const int at = out[0].axis(axis, "expand_dims");
    Shape narrow = Shape::scalar();
    for (int i = 0; i < out[0].rank(); ++i) {
      if (i != at) narrow.append(out[0][i]);
    }
    in[0] = merge(in[0], narrow);
  }
}

void squeezeShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& axes = attrs.params<SqueezeParams>().axis;
  const Shape& data = in[0];
  if (!data.rankKnown() || (!axes.has && !data.known())) return;
  bool drop[Shape::kMaxRank] = {};
  for (int i = 0; !axes.has && i < data.rank(); ++i) drop[i] = data[i] == 1;
  for (int i = 0; axes.has && i < axes.value.count; ++i) {
    const int axis = data.axis(axes.value.values[i], "squeeze");
    TENON_CHECK(data[axis] < 0 || data[axis] == 1, kInvalidArgument, "squeeze: axis ", axis, " of ",
                data, " has extent ", data[axis], ", expected 1");
    TENON_CHECK(!drop[axis], kInvalidArgument, "squeeze: axis ", axis, " is named twice");
    drop[axis] = true;
  }
  Shape narrow = Shape::scalar();
  for (int i = 0; i < data.rank(); ++i) {
    if (!drop[i]) narrow.append(data[i]);
  }
  // MXNet keeps one axis: results of rank 0 belong to its NumPy-like operators.
  if (narrow.rank() == 0 && data.rank() > 0) narrow.append(1);
  out[0] = merge(out[0], narrow);
}

int bound(const Optional<int32_t>& given, int otherwise, int rank, std::string_view what) {
  if (!given.has) return otherwise;
  const int value = given.value < 0 ? given.value + rank : given.value;
  TENON_CHECK(value >= 0 && value <= rank, kIndex, "reshape_like: ", what, " is ", given.value,
              ", expected one of a shape of rank ", rank);
  return value;
}

void reshapeLikeShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = attrs.params<ReshapeLikeParams>();
  const Shape& lhs = in[0];
  const Shape& rhs = in[1];
  const bool whole = !p.lhs_begin.has && !p.lhs_end.has && !p.rhs_begin.has && !p.rhs_end.has;
  if (!rhs.rankKnown() || (!whole && !lhs.rankKnown())) return;
  if (whole) {
    out[0] = merge(out[0], rhs);
  } else {
    const int lhs_begin = bound(p.lhs_begin, 0, lhs.rank(), "lhs_begin");
    const int lhs_end = bound(p.lhs_end, lhs.rank(), lhs.rank(), "lhs_end");
    const int rhs_begin = bound(p.rhs_begin, 0, rhs.rank(), "rhs_begin");
    const int rhs_end = bound(p.rhs_end, rhs.rank(), rhs.rank(), "rhs_end");
    Shape result = Shape::scalar();
    for (int i = 0; i < lhs_begin; ++i) result.append(lhs[i]);
    for (int i = rhs_begin; i < rhs_end; ++i) result.append(rhs[i]);
    for (int i = std::max(lhs_end, lhs_begin); i < lhs.rank(); ++i) result.append(lhs[i]);
    out[0] = merge(out[0], result);
  }
  TENON_CHECK(!lhs.known() || !out[0].known() || lhs.size() == out[0].size(), kInvalidArgument,
              "reshape_like: ", lhs, " cannot become ", out[0], ": sizes differ");
}

void runIdentity(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  context.mover().copyBytes(in[0].data, out[0].data, out[0].bytes());
}

constexpr Kernel kIdentityKernel{
    .prepare = nullptr, .run = runIdentity, .adds = false, .moves = true};

std::vector<Value> reshapeBack(GradientBuilder& g) {
  return {g.apply("reshape_like", {g.outputGradient(0), g.input(0)})};
}

std::vector<Value> reshapeLikeGradient(GradientBuilder& g) {
  return {g.apply("reshape_like", {g.outputGradient(0), g.input(0)}), Value{}};
}

const OpRegistration kReshape =
    OpBuilder("Reshape")
        .doc("Gives the elements another shape. Their order in memory stays.")
        .group("shape")
        .alias({"reshape"})
        .params<ReshapeParams>()
        .input("data", "The array to reshape.")
        .shape(reshapeShape)
        .type(allSame)
        .gradient(reshapeBack)
        .inplace({{0, 0}})
        .inlineBelow(kInlineMove)
        .cpu(kIdentityKernel);

const OpRegistration kFlatten =
    OpBuilder("Flatten")
        .doc("Joins all axes but the first: (d0, d1, …) becomes (d0, d1·…).")
        .group("shape")
        .alias({"flatten"})
        .input("data", "The array to flatten.")
        .shape(flattenShape)
        .type(allSame)
        .gradient(reshapeBack)
        .inplace({{0, 0}})
        .inlineBelow(kInlineMove)
        .cpu(kIdentityKernel);

const OpRegistration kExpandDims = OpBuilder("expand_dims")
                                       .doc("Inserts an axis of extent 1.")
                                       .group("shape")
                                       .params<ExpandDimsParams>()
                                       .input("data", "The array to extend.")
                                       .shape(expandDimsShape)
                                       .type(allSame)
                                       .gradient(reshapeBack)
                                       .inplace({{0, 0}})
                                       .inlineBelow(kInlineMove)
                                       .cpu(kIdentityKernel);

const OpRegistration kSqueeze =
    OpBuilder("squeeze")
        .doc("Removes axes of extent 1. If none would remain, the result has shape (1,).")
        .group("shape")
        .params<SqueezeParams>()
        .input("data", "The array to squeeze.")
        .shape(squeezeShape)
        .type(allSame)
        .gradient(reshapeBack)
        .inplace({{0, 0}})
        .inlineBelow(kInlineMove)
        .cpu(kIdentityKernel);

const OpRegistration kReshapeLike =
    OpBuilder("reshape_like")
        .doc(
            "Gives lhs the shape of rhs; with the bounds, replaces a range of lhs's axes by a "
            "range of rhs's.")
        .group("shape")
        .params<ReshapeLikeParams>()
        .input("lhs", "The array to reshape.")
        .input("rhs", "The array whose shape is taken; its elements are not used.")
        .shape(reshapeLikeShape)
        .type(sameAsFirst)
        .gradient(reshapeLikeGradient)
        .inplace({{0, 0}})
        .inlineBelow(kInlineMove)
        .cpu(kIdentityKernel);

}  // namespace
}  // namespace tenon
