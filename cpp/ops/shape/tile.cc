// Operators that repeat or mirror elements: tile, repeat, reverse. Repetition is a copy whose
// source does not advance; its gradient is the sum over the copies.
#include <algorithm>

#include "base/error.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "ops/shape/strided_copy.h"

namespace tenon {
namespace {

struct TileParams {
  IntList reps;

  static void describe(ParamSchema<TileParams>& s) {
    s.field("reps", &TileParams::reps,
            "How often to repeat along each axis. The shorter of it and the shape is extended by "
            "ones in front.");
  }
};

struct RepeatParams {
  int32_t repeats;
  Optional<int32_t> axis;

  static void describe(ParamSchema<RepeatParams>& s) {
    s.field("repeats", &RepeatParams::repeats, "How often to repeat each element.")
        .range(0, 1 << 30);
    s.field("axis", &RepeatParams::axis,
            "The axis; negative counts from the end; None: the array as one row.");
  }
};

struct ReverseParams {
  IntList axis;

  static void describe(ParamSchema<ReverseParams>& s) {
    s.field("axis", &ReverseParams::axis, "The axes to reverse; negative counts from the end.");
  }
};

/// data seen with as many axes as the result, and the repetitions of each.
struct Tiling {
  Shape data;
  int64_t reps[Shape::kMaxRank];
};

Tiling tiling(const OpAttrs& attrs, const Shape& data) {
  const IntList& reps = attrs.params<TileParams>().reps;
  const int rank = std::max<int>(reps.count, data.rank());
  TENON_CHECK(rank <= Shape::kMaxRank, kInvalidArgument, "tile: ", reps.count,
              " repetitions given, expected at most ", Shape::kMaxRank);
  Tiling result{Shape::ofRank(rank), {}};
  for (int i = 0; i < rank; ++i) {
    const int in_data = i - (rank - data.rank());
    const int in_reps = i - (rank - reps.count);
    result.data[i] = in_data < 0 ? 1 : data[in_data];
    result.reps[i] = in_reps < 0 ? 1 : reps.values[in_reps];
    TENON_CHECK(result.reps[i] >= 0, kInvalidArgument, "tile: a repetition is ", result.reps[i],
                ", expected 0 or more");
  }
  return result;
}

void tileShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  if (!in[0].rankKnown()) return;
  const Tiling t = tiling(attrs, in[0]);
  Shape result = t.data;
  for (int i = 0; i < result.rank(); ++i) {
    if (result[i] < 0) continue;
    Shape{result[i], t.reps[i]}.checkAddressable();
    result[i] *= t.reps[i];
  }
  out[0] = merge(out[0], result);
}

/// Loops (repetition, element) of each axis; one side advances over the result, the other over the
/// data.
CopyNest tileNest(const OpAttrs& attrs, const Shape& data, const Shape& tiled, bool to_tiled) {
  const Tiling t = tiling(attrs, data);
  int64_t in_data[Shape::kMaxRank];
  int64_t in_tiled[Shape::kMaxRank];
  denseStrides(t.data, in_data);
  denseStrides(tiled, in_tiled);
  CopyNest nest;
  for (int i = 0; i < t.data.rank(); ++i) {
    const int64_t period = in_tiled[i] * t.data[i];
    nest.add(t.reps[i], to_tiled ? 0 : period, to_tiled ? period : 0);
    nest.add(t.data[i], to_tiled ? in_data[i] : in_tiled[i], to_tiled ? in_tiled[i] : in_data[i]);
  }
  return nest;
}

/// (outer, axis, inner) of data and how often its axis repeats.
CopyNest repeatNest(const OpAttrs& attrs, const Shape& data, const Shape&, bool to_repeated) {
  const auto& p = attrs.params<RepeatParams>();
  const int axis = p.axis.has ? data.axis(p.axis.value, "repeat") : 0;
  const int64_t outer = p.axis.has ? data.product(0, axis + 1) : data.size();
  const int64_t inner = p.axis.has ? data.product(axis + 1, data.rank()) : 1;
  CopyNest nest;
  nest.add(outer, to_repeated ? inner : inner * p.repeats, to_repeated ? inner * p.repeats : inner);
  nest.add(p.repeats, to_repeated ? 0 : inner, to_repeated ? inner : 0);
  nest.add(inner, 1, 1);
  return nest;
}

void repeatShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  const auto& p = attrs.params<RepeatParams>();
  if (!in[0].rankKnown()) return;
  if (!p.axis.has) {
    Shape row = Shape::ofRank(1);
    if (in[0].known()) {
      Shape{in[0].size(), p.repeats}.checkAddressable();
      row[0] = in[0].size() * p.repeats;
    }
    out[0] = merge(out[0], row);
    return;
  }
  const int axis = in[0].axis(p.axis.value, "repeat");
  Shape result = in[0];
  if (result[axis] >= 0) {
    Shape{result[axis], p.repeats}.checkAddressable();
    result[axis] *= p.repeats;
  }
  out[0] = merge(out[0], result);
}

using NestOf = CopyNest (*)(const OpAttrs&, const Shape& data, const Shape& result, bool forward);

template <NestOf nest>
void runRepetition(KernelContext& context, std::span<const TensorView> in,
                   std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  context.mover().copy(nest(context.attrs(), in[0].shape, out[0].shape, true), in[0].data,
                       out[0].data, sizeOf(in[0].dtype));
}

template <NestOf nest>
void runRepetitionBack(KernelContext& context, std::span<const TensorView> in,
                       std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  context.mover().sum(nest(context.attrs(), out[0].shape, in[0].shape, false), in[0].data,
                      out[0].data, in[0].dtype, requests[0] == Request::kAdd);
}

/// (head, data) -> data's shape.
void backShape(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  out[0] = in[1] = merge(in[1], out[0]);
}

std::vector<Value> tileGradient(GradientBuilder& g) {
  return {g.apply("_backward_tile", {g.outputGradient(0), g.input(0)}, g.attrs().dict())};
}

std::vector<Value> tileBackGradient(GradientBuilder& g) {
  return {g.apply("tile", {g.outputGradient(0)}, g.attrs().dict()), Value{}};
}

std::vector<Value> repeatGradient(GradientBuilder& g) {
  return {g.apply("_backward_repeat", {g.outputGradient(0), g.input(0)}, g.attrs().dict())};
}

std::vector<Value> repeatBackGradient(GradientBuilder& g) {
  return {g.apply("repeat", {g.outputGradient(0)}, g.attrs().dict()), Value{}};
}

void runReverse(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const Shape& shape = in[0].shape;
  const IntList& axes = context.attrs().params<ReverseParams>().axis;
  int64_t strides[Shape::kMaxRank];
  denseStrides(shape, strides);
  bool reversed[Shape::kMaxRank] = {};
  for (int i = 0; i < axes.count; ++i) reversed[shape.axis(axes.values[i], "reverse")] = true;
  CopyNest nest;
  for (int i = 0; i < shape.rank(); ++i) {
    nest.add(shape[i], reversed[i] ? -strides[i] : strides[i], strides[i]);
    if (reversed[i]) nest.offsetFrom((shape[i] - 1) * strides[i]);
  }
  context.mover().copy(nest, in[0].data, out[0].data, sizeOf(in[0].dtype));
}

void reverseShape(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  in[0] = out[0] = merge(in[0], out[0]);
  const IntList& axes = attrs.params<ReverseParams>().axis;
  for (int i = 0; in[0].rankKnown() && i < axes.count; ++i) in[0].axis(axes.values[i], "reverse");
}

std::vector<Value> reverseGradient(GradientBuilder& g) {
  return {g.apply("reverse", {g.outputGradient(0)}, g.attrs().dict())};
}

const OpRegistration kTile =
    OpBuilder("tile")
        .doc("Repeats the whole array along each axis.")
        .group("shape")
        .params<TileParams>()
        .input("data", "The array to repeat.")
        .shape(tileShape)
        .type(allSame)
        .gradient(tileGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runRepetition<tileNest>, .adds = false, .moves = true});

const OpRegistration kTileBack =
    OpBuilder("_backward_tile")
        .doc("The gradient of tile: the sum over the copies.")
        .params<TileParams>()
        .input("head", "The gradient of the result.")
        .input("data", "An array of the input's shape; its elements are not used.")
        .shape(backShape)
        .type(allSame)
        .gradient(tileBackGradient)
        .hidden()
        .cpu({.prepare = nullptr, .run = runRepetitionBack<tileNest>, .moves = true});

const OpRegistration kRepeat =
    OpBuilder("repeat")
        .doc("Repeats each element along an axis.")
        .group("shape")
        .params<RepeatParams>()
        .input("data", "The array whose elements are repeated.")
        .shape(repeatShape)
        .type(allSame)
        .gradient(repeatGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runRepetition<repeatNest>, .adds = false, .moves = true});

const OpRegistration kRepeatBack =
    OpBuilder("_backward_repeat")
        .doc("The gradient of repeat: the sum over the copies.")
        .params<RepeatParams>()
        .input("head", "The gradient of the result.")
        .input("data", "An array of the input's shape; its elements are not used.")
        .shape(backShape)
        .type(allSame)
        .gradient(repeatBackGradient)
        .hidden()
        .cpu({.prepare = nullptr, .run = runRepetitionBack<repeatNest>, .moves = true});

const OpRegistration kReverse =
    OpBuilder("reverse")
        .doc("Reverses the order along axes.")
        .group("shape")
        .alias({"flip"})
        .params<ReverseParams>()
        .input("data", "The array to reverse.")
        .shape(reverseShape)
        .type(allSame)
        .gradient(reverseGradient)
        .inlineBelow(kInlineMove)
        .cpu({.prepare = nullptr, .run = runReverse, .adds = false, .moves = true});

}  // namespace
}  // namespace tenon
