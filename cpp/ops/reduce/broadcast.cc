// broadcast_to, broadcast_axis and broadcast_like, and their way back, `_sum_like`.
#include <vector>

#include "base/error.h"
#include "ops/loops/map.h"
#include "ops/loops/reduce.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

constexpr int64_t kInline = 1024;

void checkSpreads(const OpAttrs& attrs, const Shape& from, const Shape& to) {
  bool good = from.rank() == to.rank();
  for (int i = 0; good && i < from.rank(); ++i) {
    good = from[i] == to[i] || from[i] == 1 || from[i] == Shape::kUnknownDim ||
           to[i] == Shape::kUnknownDim;
  }
  TENON_CHECK(good, kInvalidArgument, attrs.op().name, ": shape ", from, " does not broadcast to ",
              to, ", expected equal ranks and extents that are equal or 1");
}

struct ToParams {
  Shape shape;
  static void describe(ParamSchema<ToParams>& s) {
    s.field("shape", &ToParams::shape, "The result's shape; 0 stands for the input's extent.")
        .defaultTo(Shape::scalar());
  }
};

void toShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  if (!in[0].rankKnown()) return;
  Shape target = attrs.params<ToParams>().shape;
  for (int i = 0; i < target.rank() && i < in[0].rank(); ++i) {
    if (target[i] == 0) target[i] = in[0][i];
  }
  checkSpreads(attrs, in[0], target);
  unify(attrs, "output", out[0], target);
}

struct AxisParams {
  IntList axis;
  IntList size;
  static void describe(ParamSchema<AxisParams>& s) {
    s.field("axis", &AxisParams::axis, "The axes to broadcast, each of extent 1.")
        .defaultTo(IntList{});
    s.field("size", &AxisParams::size, "Their extents in the result.")
        .defaultTo(IntList{})
        .atLeast(0);
  }
};

void axisShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  if (!in[0].rankKnown()) return;
  const auto& p = attrs.params<AxisParams>();
  const std::string& name = attrs.op().name;
  TENON_CHECK(p.axis.count == p.size.count, kInvalidArgument, name, ": attribute axis has ",
              p.axis.count, " elements, expected as many as size, which has ", p.size.count);
  Shape target = in[0];
  for (int i = 0; i < p.axis.count; ++i) {
    const int axis = target.axis(p.axis.values[i], name);
    TENON_CHECK(in[0][axis] == 1 || in[0][axis] == Shape::kUnknownDim, kInvalidArgument, name,
                ": axis ", axis, " of shape ", in[0], " has extent ", in[0][axis], ", expected 1");
    target[axis] = p.size.values[i];
  }
  unify(attrs, "output", out[0], target);
}

struct LikeParams {
  Optional<IntList> lhs_axes;
  Optional<IntList> rhs_axes;
  static void describe(ParamSchema<LikeParams>& s) {
    s.field("lhs_axes", &LikeParams::lhs_axes, "The axes of lhs to broadcast; all if None.");
    s.field("rhs_axes", &LikeParams::rhs_axes, "The axes of rhs that they become as long as.");
  }
};

void likeShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  if (!in[0].rankKnown() || !in[1].rankKnown()) return;
  const auto& p = attrs.params<LikeParams>();
  const std::string& name = attrs.op().name;
  TENON_CHECK(p.lhs_axes.has == p.rhs_axes.has && p.lhs_axes.value.count == p.rhs_axes.value.count,
              kInvalidArgument, name, ": lhs_axes has ", p.lhs_axes.value.count,
              " axes and rhs_axes ", p.rhs_axes.value.count, ", expected as many of both");
  Shape target = in[1];
  if (p.lhs_axes.has) {
    target = in[0];
    for (int i = 0; i < p.lhs_axes.value.count; ++i) {
      const int axis = in[0].axis(p.lhs_axes.value.values[i], name);
      target[axis] = in[1][in[1].axis(p.rhs_axes.value.values[i], name)];
    }
  }
  checkSpreads(attrs, in[0], target);
  unify(attrs, "output", out[0], target);
}

void runCopy(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
             std::span<const Request> requests) {
  mapCopy(in[0], out[0], requests[0]);
}

std::vector<Value> back(GradientBuilder& b) {
  std::vector<Value> result(static_cast<size_t>(b.attrs().numInputs()));
  if (b.needs(0)) result[0] = b.apply("_sum_like", {b.outputGradient(0), b.input(0)});
  if (result.size() > 1 && b.needs(1)) result[1] = b.apply("zeros_like", {b.input(1)});
  return result;
}

const OpRegistration kTo = OpBuilder("broadcast_to")
                               .doc("Repeats the input along axes of extent 1 up to a shape.")
                               .group("reduce")
                               .params<ToParams>()
                               .input("data", "The input.")
                               .shape(toShapes)
                               .type(allSame)
                               .gradient(back)
                               .inlineBelow(kInline)
                               .cpu(runCopy);
const OpRegistration kAxis =
    OpBuilder("broadcast_axis")
        .doc("Repeats the input along the given axes, which have extent 1.")
        .group("reduce")
        .alias({"broadcast_axes"})
        .params<AxisParams>()
        .input("data", "The input.")
        .shape(axisShapes)
        .type(allSame)
        .gradient(back)
        .inlineBelow(kInline)
        .cpu(runCopy);
const OpRegistration kLike = OpBuilder("broadcast_like")
                                 .doc("Repeats lhs along axes of extent 1 up to the shape of rhs.")
                                 .group("reduce")
                                 .params<LikeParams>()
                                 .input("lhs", "What is repeated.")
                                 .input("rhs", "What gives the shape.")
                                 .shape(likeShapes)
                                 .type(sameAsFirst)
                                 .gradient(back)
                                 .inlineBelow(kInline)
                                 .cpu(runCopy);

// The gradient of broadcasting: sums over the axes that were repeated, aligned at the last axis.

void sumLikeShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  unify(attrs, "output", out[0], in[1]);
  unify(attrs, "input like", in[1], out[0]);
}

void runSumLike(KernelContext& context, std::span<const TensorView> in,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (in[0].shape == out[0].shape) return mapCopy(in[0], out[0], requests[0]);
  const int added = in[0].shape.rank() - out[0].shape.rank();
  bool reduced[Shape::kMaxRank] = {};
  for (int i = 0; i < in[0].shape.rank(); ++i) {
    reduced[i] = i < added || (out[0].shape[i - added] == 1 && in[0].shape[i] != 1);
  }
  reduceAxes(context, ReduceFn::kSum, ReduceFinish::kNone, in[0], reduced, out[0], requests[0]);
}

const OpRegistration kSumLike =
    OpBuilder("_sum_like")
        .doc("Sums an array over the axes along which `like` would broadcast to it.")
        .group("reduce")
        .input("data", "What is summed.")
        .input("like", "What gives the shape.")
        .shape(sumLikeShapes)
        .type(sameAsFirst)
        .gradient([](GradientBuilder& b) {
          std::vector<Value> result(2);
          const Value g = b.outputGradient(0);
          // A product with ones aligns at the last axis, as the sum did.
          if (b.needs(0)) {
            const Value ones = b.apply("ones_like", {b.input(0)});
            result[0] = b.apply("broadcast_mul", {ones, g});
          }
          if (b.needs(1)) result[1] = b.apply("zeros_like", {b.input(1)});
          return result;
        })
        .inplace({{0, 0}})
        .inlineBelow(kInline)
        .hidden()
        .cpu(runSumLike);

}  // namespace
}  // namespace tenon
