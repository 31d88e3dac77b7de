// sum, mean, prod, nansum, nanprod, max, min and norm over axes.
//
// A reduction's gradient spreads what arrives over the reduced axes (`_backward_sum`,
// `_backward_mean`), times what each element contributed. Maxima give the whole gradient to every
// element that equals the result.
#include "ops/loops/reduce.h"

#include <string>
#include <vector>

#include "base/error.h"
#include "ops/loops/map.h"
#include "ops/reduce/axes.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {

namespace {

constexpr int64_t kInline = 1024;

AxisMask maskOf(const OpAttrs& attrs, const Shape& in) {
  if (attrs.op().name == "norm")
    return reducedAxes("norm", in, attrs.params<NormParams>().axis, false);
  const auto& p = attrs.params<ReduceParams>();
  return reducedAxes(attrs.op().name, in, p.axis, p.exclude);
}

void reducedShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  if (!in[0].rankKnown()) return;
  const bool keepdims = attrs.op().name == "norm" ? attrs.params<NormParams>().keepdims
                                                  : attrs.params<ReduceParams>().keepdims;
  unify(attrs, "output", out[0], reducedShape(in[0], maskOf(attrs, in[0]), keepdims));
}

template <ReduceFn F, ReduceFinish kFinish>
void runReduce(KernelContext& context, std::span<const TensorView> in,
               std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = context.attrs().params<ReduceParams>();
  const AxisMask mask = reducedAxes(context.attrs().op().name, in[0].shape, p.axis, p.exclude);
  reduceAxes(context, F, kFinish, in[0], mask.reduced, out[0], requests[0]);
}

void runNorm(KernelContext& context, std::span<const TensorView> in,
             std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = context.attrs().params<NormParams>();
  const AxisMask mask = reducedAxes("norm", in[0].shape, p.axis, false);
  const bool second = p.ord == 2;
  reduceAxes(context, second ? ReduceFn::kSquareSum : ReduceFn::kAbsSum,
             second ? ReduceFinish::kRoot : ReduceFinish::kNone, in[0], mask.reduced, out[0],
             requests[0]);
}

/// The attributes that a spreading operator needs of the reduction's.
AttrMap axesOf(const GradientBuilder& b) {
  AttrMap kept;
  for (const auto& [key, value] : b.attrs().dict()) {
    if (key == "axis" || key == "keepdims" || key == "exclude") kept.emplace(key, value);
  }
  return kept;
}

struct At {
  GradientBuilder& b;
  Value g = b.outputGradient(0);
  Value x() const { return b.input(0); }
  Value y() const { return b.output(0); }
  Value mul(Value p, Value q) const { return b.apply("elemwise_mul", {p, q}); }
  Value div(Value p, Value q) const { return b.apply("elemwise_div", {p, q}); }
  Value spread(Value v) const { return b.apply("_backward_sum", {v, x()}, axesOf(b)); }
  /// v where the input is a number, 0 where it is NaN.
  Value whereNumber(Value v) const {
    const Value is_number = b.apply("_equal", {x(), x()});
    return b.apply("where", {is_number, v, b.apply("zeros_like", {x()})});
  }
};
using Rule = Value (*)(const At&);

GradientRule ruleOf(Rule rule) {
  return [rule](GradientBuilder& b) { return std::vector<Value>{rule({b})}; };
}

OpBuilder reduction(const char* name, const char* doc) {
  OpBuilder op(name);
  op.doc(doc).group("reduce").params<ReduceParams>().input("data", "The input.");
  op.shape(reducedShapes).type(allSame).inlineBelow(kInline);
  return op;
}

Value extremeRule(const At& a) {
  return a.mul(a.spread(a.g), a.b.apply("_equal", {a.x(), a.spread(a.y())}));
}

/// norm: the rule depends on ord.
std::vector<Value> normRule(GradientBuilder& b) {
  const At a{b};
  Value g = a.g;
  Value y = a.y();
  if (b.attrs().params<NormParams>().out_dtype.has) {
    g = b.apply("_cast_like", {g, a.x()});
    y = b.apply("_cast_like", {y, a.x()});
  }
  if (b.attrs().params<NormParams>().ord == 1)
    return {a.mul(a.spread(g), b.apply("sign", {a.x()}))};
  return {a.mul(a.spread(b.apply("elemwise_div", {g, y})), a.x())};
}

void normTypes(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  const auto& wanted = attrs.params<NormParams>().out_dtype;
  if (wanted.has) {
    unify(attrs, "output", out[0], wanted.value);
  } else {
    allSame(attrs, in, out);
  }
}

// The way back: a reduced array spread over the shape of `like`, divided by the elements per result
// for means.

void spreadShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  unify(attrs, "output", out[0], in[1]);
  unify(attrs, "input like", in[1], out[0]);
  if (!in[0].known() || !out[0].known()) return;
  const AxisMask mask = maskOf(attrs, out[0]);
  int64_t kept = 1;
  for (int i = 0; i < out[0].rank(); ++i) kept *= mask.reduced[i] ? 1 : out[0][i];
  TENON_CHECK(in[0].size() == kept, kInvalidArgument, attrs.op().name, ": a gradient of shape ",
              in[0], " is not that of the reduced ", out[0]);
}

template <bool kMean>
void runSpread(KernelContext& context, std::span<const TensorView> in,
               std::span<const TensorView> out, std::span<const Request> requests) {
  const auto& p = context.attrs().params<ReduceParams>();
  const AxisMask mask = reducedAxes(context.attrs().op().name, out[0].shape, p.axis, p.exclude);
  Shape kept = out[0].shape;
  int64_t count = 1;
  for (int i = 0; i < kept.rank(); ++i) {
    if (!mask.reduced[i]) continue;
    count *= kept[i];
    kept[i] = 1;
  }
  const TensorView from = denseView(in[0].data, kept, in[0].dtype, in[0].device);
  if (!kMean) {
    mapCopy(from, out[0], requests[0]);
  } else {
    mapScalar(BinaryFn::kDiv, from, static_cast<double>(count), false, out[0], requests[0]);
  }
}

template <bool kMean>
OpBuilder spreading(const char* name, const char* reduction_name) {
  OpBuilder op(name);
  op.doc(concat("The gradient of ", reduction_name,
                ": spreads an array over the axes that were reduced."));
  op.group("reduce").params<ReduceParams>();
  op.input("ograd", "The gradient that arrives.").input("like", "What was reduced.");
  op.shape(spreadShapes).type(allSame);
  op.gradient([reduction_name](GradientBuilder& b) {
    std::vector<Value> result(2);
    if (b.needs(0)) result[0] = b.apply(reduction_name, {b.outputGradient(0)}, axesOf(b));
    if (b.needs(1)) result[1] = b.apply("zeros_like", {b.input(1)});
    return result;
  });
  op.inlineBelow(kInline).hidden().cpu(runSpread<kMean>);
  return op;
}

const OpRegistration kSum = reduction("sum", "Adds the elements along axes.")
                                .alias({"sum_axis"})
                                .gradient(ruleOf([](const At& a) { return a.spread(a.g); }))
                                .cpu(runReduce<ReduceFn::kSum, ReduceFinish::kNone>);
const OpRegistration kMean = reduction("mean", "Averages the elements along axes.")
                                 .gradient(ruleOf([](const At& a) {
                                   return a.b.apply("_backward_mean", {a.g, a.x()}, axesOf(a.b));
                                 }))
                                 .cpu(runReduce<ReduceFn::kSum, ReduceFinish::kMean>);
const OpRegistration kProd =
    reduction("prod", "Multiplies the elements along axes.")
        .gradient(ruleOf([](const At& a) { return a.div(a.spread(a.mul(a.g, a.y())), a.x()); }))
        .cpu(runReduce<ReduceFn::kProd, ReduceFinish::kNone>);
const OpRegistration kNanSum =
    reduction("nansum", "Adds the elements along axes, NaN counting as 0.")
        .gradient(ruleOf([](const At& a) { return a.whereNumber(a.spread(a.g)); }))
        .cpu(runReduce<ReduceFn::kNanSum, ReduceFinish::kNone>);
const OpRegistration kNanProd =
    reduction("nanprod", "Multiplies the elements along axes, NaN counting as 1.")
        .gradient(ruleOf(
            [](const At& a) { return a.whereNumber(a.div(a.spread(a.mul(a.g, a.y())), a.x())); }))
        .cpu(runReduce<ReduceFn::kNanProd, ReduceFinish::kNone>);
const OpRegistration kMax = reduction("max", "Takes the largest element along axes. NaN stays.")
                                .alias({"max_axis"})
                                .gradient(ruleOf(extremeRule))
                                .cpu(runReduce<ReduceFn::kMax, ReduceFinish::kNone>);
const OpRegistration kMin = reduction("min", "Takes the smallest element along axes. NaN stays.")
                                .alias({"min_axis"})
                                .gradient(ruleOf(extremeRule))
                                .cpu(runReduce<ReduceFn::kMin, ReduceFinish::kNone>);
const OpRegistration kNorm = OpBuilder("norm")
                                 .doc(
                                     "Computes the norm along axes: the sum of absolute values "
                                     "(ord 1) or the root of the sum of squares (2).")
                                 .group("reduce")
                                 .params<NormParams>()
                                 .input("data", "The input.")
                                 .shape(reducedShapes)
                                 .type(normTypes)
                                 .gradient(normRule)
                                 .inlineBelow(kInline)
                                 .cpu(runNorm);
const OpRegistration kBackwardSum = spreading<false>("_backward_sum", "sum");
const OpRegistration kBackwardMean = spreading<true>("_backward_mean", "mean");

}  // namespace
}  // namespace tenon
