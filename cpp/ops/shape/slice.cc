// Operators that take or replace a box of elements: slice, slice_axis, slice_like, _slice_assign,
// _slice_assign_scalar.
//
// The gradient of a slice is zero but for the slice itself, where it is the head's.
#include <algorithm>
#include <cstdint>
#include <string>

#include "base/error.h"
#include "ops/cast/scalar_bits.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/slice_range.h"

namespace tenon {
namespace {

struct SliceParams {
  OptionalIntList begin;
  OptionalIntList end;
  OptionalIntList step;

  static void describe(ParamSchema<SliceParams>& s) {
    s.field("begin", &SliceParams::begin,
            "Per axis, the first index; negative counts from the end, None is the first. Axes not "
            "named are whole.");
    s.field("end", &SliceParams::end, "Per axis, the index before which to stop; None: all.");
    s.field("step", &SliceParams::step,
            "Per axis, the distance between elements; negative goes down.")
        .defaultTo(OptionalIntList{});
  }
};

struct SliceAssignScalarParams {
  double scalar;
  OptionalIntList begin;
  OptionalIntList end;
  OptionalIntList step;

  static void describe(ParamSchema<SliceAssignScalarParams>& s) {
    using P = SliceAssignScalarParams;
    s.field("scalar", &P::scalar, "The value to assign.").defaultTo(0.0).dynamic();
    s.field("begin", &P::begin,
            "Per axis, the first index; negative counts from the end, None is the first.");
    s.field("end", &P::end, "Per axis, the index before which to stop; None: all.");
    s.field("step", &P::step, "Per axis, the distance between elements; negative goes down.")
        .defaultTo(OptionalIntList{});
  }
};

struct SliceAxisParams {
  int32_t axis;
  int32_t begin;
  Optional<int32_t> end;

  static void describe(ParamSchema<SliceAxisParams>& s) {
    s.field("axis", &SliceAxisParams::axis, "The axis to slice; negative counts from the end.");
    s.field("begin", &SliceAxisParams::begin, "The first index; negative counts from the end.");
    s.field("end", &SliceAxisParams::end, "The index before which to stop; None: to the last.");
  }
};

struct SliceLikeParams {
  IntList axes;

  static void describe(ParamSchema<SliceLikeParams>& s) {
    s.field("axes", &SliceLikeParams::axes, "The axes to slice; empty: all.").defaultTo(IntList{});
  }
};

template <class P>
SliceRange boxOf(const P& p, const Shape& data) {
  TENON_CHECK(p.begin.count == p.end.count && (p.step.count == 0 || p.step.count == p.begin.count),
              kInvalidArgument, "slice: begin, end and step name ", p.begin.count, ", ",
              p.end.count, " and ", p.step.count, " axes, expected as many of each");
  TENON_CHECK(p.begin.count <= data.rank(), kInvalidArgument, "slice: ", p.begin.count,
              " axes are named, but the data has shape ", data);
  SliceRange range = wholeRange(data);
  for (int i = 0; i < p.begin.count; ++i) {
    const int64_t step = i < p.step.count && p.step.values[i].has ? p.step.values[i].value : 1;
    TENON_CHECK(step != 0, kInvalidArgument, "slice: the step of axis ", i, " is 0");
    range.axis[i] = data[i] < 0 ? AxisRange{0, 1, Shape::kUnknownDim}
                                : pythonRange(data[i], p.begin.values[i], p.end.values[i], step);
  }
  return range;
}

SliceRange sliceBox(const OpAttrs& attrs, const Shape& data, const Shape&) {
  return boxOf(attrs.params<SliceParams>(), data);
}

SliceRange sliceAxisBox(const OpAttrs& attrs, const Shape& data, const Shape&) {
  const auto& p = attrs.params<SliceAxisParams>();
  const int axis = data.axis(p.axis, "slice_axis");
  SliceRange range = wholeRange(data);
  const int64_t extent = data[axis];
  if (extent < 0) return range;
  const int64_t begin = p.begin < 0 ? p.begin + extent : p.begin;
  int64_t end = extent;
  if (p.end.has) end = p.end.value < 0 ? p.end.value + extent : p.end.value;
  TENON_CHECK(begin >= 0 && begin <= end && end <= extent, kIndex, "slice_axis: [", begin, ", ",
              end, ") is not within axis ", axis, " of ", data);
  range.axis[axis] = {begin, 1, end - begin};
  return range;
}

SliceRange sliceLikeBox(const OpAttrs& attrs, const Shape& data, const Shape& like) {
  const IntList& axes = attrs.params<SliceLikeParams>().axes;
  SliceRange range = wholeRange(data);
  const auto cut = [&](int axis, int like_axis) {
    TENON_CHECK(data[axis] < 0 || like[like_axis] <= data[axis], kInvalidArgument,
                "slice_like: axis ", axis, " of ", data, " is shorter than that of ", like);
    range.axis[axis].count = like[like_axis];
  };
  if (axes.count == 0) {
    TENON_CHECK(like.rank() == data.rank(), kInvalidArgument, "slice_like: data has shape ", data,
                " and shape_like ", like, ", expected equal ranks where no axes are named");
    for (int i = 0; i < data.rank(); ++i) cut(i, i);
  }
  for (int i = 0; i < axes.count; ++i) {
    cut(data.axis(axes.values[i], "slice_like"), like.axis(axes.values[i], "slice_like"));
  }
  return range;
}

/// The box that an operator takes of `data`; `like` is its second input's shape, if it has one.
using BoxOf = SliceRange (*)(const OpAttrs&, const Shape& data, const Shape& like);

template <BoxOf box>
void boxShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const Shape& like = in[in.size() - 1];
  if (!in[0].rankKnown() || !like.rankKnown()) return;
  out[0] = merge(out[0], box(attrs, in[0], like).shape());
}

/// Of a gradient: (head, data[, like]) -> data's shape.
void boxBackShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  out[0] = in[1] = merge(in[1], out[0]);
}

template <BoxOf box>
void runBox(KernelContext& context, std::span<const TensorView> in, std::span<const TensorView> out,
            std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  readSlice(context.mover(), in[0], box(context.attrs(), in[0].shape, in[in.size() - 1].shape),
            out[0]);
}

template <BoxOf box>
void runBoxBack(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  context.mover().zero(out[0]);
  writeSlice(context.mover(), in[0], box(context.attrs(), out[0].shape, in[in.size() - 1].shape),
             out[0]);
}

template <BoxOf box>
constexpr Kernel kBox{.prepare = nullptr, .run = runBox<box>, .adds = false, .moves = true};
template <BoxOf box>
constexpr Kernel kBoxBack{.prepare = nullptr, .run = runBoxBack<box>, .adds = false, .moves = true};

std::vector<Value> sliceGradient(GradientBuilder& g) {
  return {g.apply("_backward_slice", {g.outputGradient(0), g.input(0)}, g.attrs().dict())};
}

std::vector<Value> sliceAxisGradient(GradientBuilder& g) {
  return {g.apply("_backward_slice_axis", {g.outputGradient(0), g.input(0)}, g.attrs().dict())};
}

std::vector<Value> sliceLikeGradient(GradientBuilder& g) {
  return {g.apply("_backward_slice_like", {g.outputGradient(0), g.input(0), g.input(1)},
                  g.attrs().dict()),
          Value{}};
}

// The gradients are linear in the head: their own gradients are the slices.

std::vector<Value> sliceBackGradient(GradientBuilder& g) {
  return {g.apply("slice", {g.outputGradient(0)}, g.attrs().dict()), Value{}};
}

std::vector<Value> sliceAxisBackGradient(GradientBuilder& g) {
  return {g.apply("slice_axis", {g.outputGradient(0)}, g.attrs().dict()), Value{}};
}

std::vector<Value> sliceLikeBackGradient(GradientBuilder& g) {
  return {g.apply("slice_like", {g.outputGradient(0), g.input(2)}, g.attrs().dict()), Value{},
          Value{}};
}

void sliceAssignShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  in[0] = out[0] = merge(in[0], out[0]);
  if (in[0].rankKnown()) in[1] = merge(in[1], sliceBox(attrs, in[0], in[0]).shape());
}

bool overlap(const TensorView& a, const TensorView& b) {
  const auto begin = [](const TensorView& view) { return reinterpret_cast<uintptr_t>(view.data); };
  return begin(a) < begin(b) + static_cast<uintptr_t>(b.bytes()) &&
         begin(b) < begin(a) + static_cast<uintptr_t>(a.bytes());
}

void runSliceAssign(KernelContext& context, std::span<const TensorView> in,
                    std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  TensorView rhs = in[1];
  if (overlap(rhs, out[0])) {
    // x[0:2] = x[1:3], in place: read all before writing any.
    rhs.data = context.workspace(static_cast<size_t>(rhs.bytes()));
    context.mover().copyBytes(in[1].data, rhs.data, rhs.bytes());
  }
  context.mover().copyBytes(in[0].data, out[0].data, out[0].bytes());
  writeSlice(context.mover(), rhs, sliceBox(context.attrs(), out[0].shape, out[0].shape), out[0]);
}

std::vector<Value> sliceAssignGradient(GradientBuilder& g) {
  AttrMap zero = g.attrs().dict();
  zero["scalar"] = "0";
  return {g.apply("_slice_assign_scalar", {g.outputGradient(0)}, zero),
          g.apply("slice", {g.outputGradient(0)}, g.attrs().dict())};
}

void runSliceAssignScalar(KernelContext& context, std::span<const TensorView> in,
                          std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  context.mover().copyBytes(in[0].data, out[0].data, out[0].bytes());
  const SliceRange range = boxOf(context.attrs().params<SliceAssignScalarParams>(), out[0].shape);
  int64_t strides[Shape::kMaxRank];
  denseStrides(out[0].shape, strides);
  CopyNest nest;
  for (int i = 0; i < range.rank; ++i) {
    nest.add(range.axis[i].count, 0, strides[i] * range.axis[i].step);
    nest.offsetTo(strides[i] * range.axis[i].begin);
  }
  const ScalarBits value(context.dynamic(0), out[0].dtype);
  context.mover().fill(nest, value.data(), out[0].data, sizeOf(out[0].dtype));
}

std::vector<Value> sliceAssignScalarGradient(GradientBuilder& g) {
  AttrMap zero = g.attrs().dict();
  zero["scalar"] = "0";
  return {g.apply("_slice_assign_scalar", {g.outputGradient(0)}, zero)};
}

const OpRegistration kSlice =
    OpBuilder("slice")
        .doc("Takes the box [begin, end) by `step`, as Python's slices do: bounds outside are cut.")
        .group("shape")
        .alias({"crop"})
        .params<SliceParams>()
        .input("data", "The array to slice.")
        .shape(boxShape<sliceBox>)
        .type(allSame)
        .gradient(sliceGradient)
        .inlineBelow(kInlineMove)
        .cpu(kBox<sliceBox>);

const OpRegistration kSliceBack =
    OpBuilder("_backward_slice")
        .doc("The gradient of slice: zero but for the slice.")
        .params<SliceParams>()
        .input("head", "The gradient of the slice.")
        .input("data", "An array of the sliced shape; its elements are not used.")
        .shape(boxBackShape)
        .type(allSame)
        .gradient(sliceBackGradient)
        .inlineBelow(kInlineMove)
        .hidden()
        .cpu(kBoxBack<sliceBox>);

const OpRegistration kSliceAxis = OpBuilder("slice_axis")
                                      .doc("Takes [begin, end) of one axis.")
                                      .group("shape")
                                      .params<SliceAxisParams>()
                                      .input("data", "The array to slice.")
                                      .shape(boxShape<sliceAxisBox>)
                                      .type(allSame)
                                      .gradient(sliceAxisGradient)
                                      .inlineBelow(kInlineMove)
                                      .cpu(kBox<sliceAxisBox>);

const OpRegistration kSliceAxisBack =
    OpBuilder("_backward_slice_axis")
        .doc("The gradient of slice_axis: zero but for the slice.")
        .params<SliceAxisParams>()
        .input("head", "The gradient of the slice.")
        .input("data", "An array of the sliced shape; its elements are not used.")
        .shape(boxBackShape)
        .type(allSame)
        .gradient(sliceAxisBackGradient)
        .inlineBelow(kInlineMove)
        .hidden()
        .cpu(kBoxBack<sliceAxisBox>);

const OpRegistration kSliceLike =
    OpBuilder("slice_like")
        .doc("Takes the first elements along each axis, as many as shape_like has.")
        .group("shape")
        .params<SliceLikeParams>()
        .input("data", "The array to slice.")
        .input("shape_like", "The array whose shape is taken; its elements are not used.")
        .shape(boxShape<sliceLikeBox>)
        .type(sameAsFirst)
        .gradient(sliceLikeGradient)
        .inlineBelow(kInlineMove)
        .cpu(kBox<sliceLikeBox>);

const OpRegistration kSliceLikeBack =
    OpBuilder("_backward_slice_like")
        .doc("The gradient of slice_like: zero but for the slice.")
        .params<SliceLikeParams>()
        .input("head", "The gradient of the slice.")
        .input("data", "An array of the sliced shape; its elements are not used.")
        .input("shape_like", "As in the operator.")
        .shape(boxBackShape)
        .type(sameAsFirst)
        .gradient(sliceLikeBackGradient)
        .inlineBelow(kInlineMove)
        .hidden()
        .cpu(kBoxBack<sliceLikeBox>);

const OpRegistration kSliceAssign =
    OpBuilder("_slice_assign")
        .doc("A copy of lhs whose slice is replaced by rhs.")
        .group("shape")
        .alias({"_crop_assign"})
        .params<SliceParams>()
        .input("lhs", "The array to change.")
        .input("rhs", "The new elements, of the slice's shape.")
        .shape(sliceAssignShape)
        .type(allSame)
        .gradient(sliceAssignGradient)
        .inplace({{0, 0}})
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runSliceAssign, .adds = false, .moves = true});

const OpRegistration kSliceAssignScalar =
    OpBuilder("_slice_assign_scalar")
        .doc("A copy of data whose slice is filled with a value.")
        .group("shape")
        .alias({"_crop_assign_scalar"})
        .params<SliceAssignScalarParams>()
        .input("data", "The array to change.")
        .shape(allSame)
        .type(allSame)
        .gradient(sliceAssignScalarGradient)
        .inplace({{0, 0}})
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runSliceAssignScalar, .adds = false, .moves = true});

}  // namespace
}  // namespace tenon
