// Functions of one operand, element by element, and what needs no function: identity, gradient
// stops, sums of many.
//
// Gradients are said with other operators. Those of the functions that networks use in every layer
// (tanh, sigmoid, relu, softsign, hard_sigmoid, clip, smooth_l1) are one pass of their own instead
// of three or four: these passes are bound by memory, so each one saved is time saved.
#include <algorithm>
#include <cmath>
#include <vector>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/elementwise/params.h"
#include "ops/loops/map.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

constexpr int64_t kInline = 4096;

/// A gradient rule's view of a function: g arrives, x went in, y came out.
struct At {
  GradientBuilder& b;
  Value g = b.outputGradient(0);
  Value x() const { return b.input(0); }
  Value y() const { return b.output(0); }
  Value op(std::string_view name, Value a) const { return b.apply(name, {a}); }
  Value mul(Value p, Value q) const { return b.apply("elemwise_mul", {p, q}); }
  Value div(Value p, Value q) const { return b.apply("elemwise_div", {p, q}); }
  Value scale(Value p, const char* factor) const {
    return b.apply("_mul_scalar", {p}, {{"scalar", factor}});
  }
  Value plus(Value p, const char* term) const {
    return b.apply("_plus_scalar", {p}, {{"scalar", term}});
  }
  Value minusFrom(const char* term, Value p) const {
    return b.apply("_rminus_scalar", {p}, {{"scalar", term}});
  }
};
using Rule = Value (*)(const At&);

constexpr const char* kLn10 = "2.302585092994045684";
constexpr const char* kLn2 = "0.693147180559945309";

template <UnaryFn F>
void runUnary(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
              std::span<const Request> requests) {
  mapUnary(F, in[0], out[0], requests[0]);
}

void runCopy(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
             std::span<const Request> requests) {
  mapCopy(in[0], out[0], requests[0]);
}

template <int kValue>
void runFill(KernelContext&, std::span<const TensorView>, std::span<const TensorView> out,
             std::span<const Request> requests) {
  mapFill(kValue, out[0], requests[0]);
}

OpBuilder pointwise(std::string_view name, const std::string& doc) {
  OpBuilder op(name);
  op.doc(doc).group("elementwise").input("data", "The input.").shape(allSame).type(allSame);
  op.inplace({{0, 0}}).inlineBelow(kInline);
  return op;
}

/// Without a rule, the gradient is zero.
template <UnaryFn F>
void declare(const char* name, const char* formula, Rule rule) {
  OpBuilder op = pointwise(name, concat("Computes ", formula, " of each element."));
  if (rule) {
    op.gradient([rule](GradientBuilder& b) { return std::vector<Value>{rule({b})}; });
  } else {
    op.zeroGradient();
  }
  OpRegistration{op.cpu(runUnary<F>)};
}

void declareRounding() {
  declare<UnaryFn::kSign>("sign", "the sign (-1, 0 or 1; 0 for NaN)", nullptr);
  declare<UnaryFn::kRint>("rint", "the nearest integer, halves to even,", nullptr);
  declare<UnaryFn::kRound>("round", "the nearest integer, halves away from zero,", nullptr);
  declare<UnaryFn::kCeil>("ceil", "the ceiling", nullptr);
  declare<UnaryFn::kFloor>("floor", "the floor", nullptr);
  declare<UnaryFn::kTrunc>("trunc", "the integer part", nullptr);
  declare<UnaryFn::kTrunc>("fix", "the integer towards zero", nullptr);
  declare<UnaryFn::kLogicalNot>("logical_not", "the logical negation (1 for zero, else 0)",
                                nullptr);
}

void declarePowers() {
  declare<UnaryFn::kAbs>("abs", "the absolute value",
                         [](const At& a) { return a.mul(a.g, a.op("sign", a.x())); });
  declare<UnaryFn::kNegative>("negative", "the negative",
                              [](const At& a) { return a.op("negative", a.g); });
  declare<UnaryFn::kReciprocal>("reciprocal", "the reciprocal", [](const At& a) {
    return a.op("negative", a.mul(a.g, a.op("square", a.y())));
  });
  declare<UnaryFn::kSquare>("square", "the square",
                            [](const At& a) { return a.mul(a.g, a.scale(a.x(), "2")); });
  declare<UnaryFn::kSqrt>("sqrt", "the square root",
                          [](const At& a) { return a.scale(a.div(a.g, a.y()), "0.5"); });
  declare<UnaryFn::kRsqrt>("rsqrt", "the reciprocal of the square root", [](const At& a) {
    return a.mul(a.g, a.scale(a.div(a.y(), a.x()), "-0.5"));
  });
  declare<UnaryFn::kCbrt>("cbrt", "the cube root", [](const At& a) {
    return a.div(a.g, a.scale(a.op("square", a.y()), "3"));
  });
  declare<UnaryFn::kRcbrt>("rcbrt", "the reciprocal of the cube root", [](const At& a) {
    return a.mul(a.g, a.scale(a.div(a.y(), a.x()), "-0.33333333333333333"));
  });
  declare<UnaryFn::kDegrees>("degrees", "the degrees of the radians",
                             [](const At& a) { return a.scale(a.g, "57.295779513082320877"); });
  declare<UnaryFn::kRadians>("radians", "the radians of the degrees",
                             [](const At& a) { return a.scale(a.g, "0.017453292519943295769"); });
}

void declareExponentials() {
  declare<UnaryFn::kExp>("exp", "the exponential", [](const At& a) { return a.mul(a.g, a.y()); });
  declare<UnaryFn::kExpm1>("expm1", "exp(x) - 1",
                           [](const At& a) { return a.mul(a.g, a.plus(a.y(), "1")); });
  declare<UnaryFn::kLog>("log", "the natural logarithm",
                         [](const At& a) { return a.div(a.g, a.x()); });
  declare<UnaryFn::kLog10>("log10", "the decimal logarithm",
                           [](const At& a) { return a.div(a.g, a.scale(a.x(), kLn10)); });
  declare<UnaryFn::kLog2>("log2", "the binary logarithm",
                          [](const At& a) { return a.div(a.g, a.scale(a.x(), kLn2)); });
  declare<UnaryFn::kLog1p>("log1p", "the natural logarithm of 1 + x",
                           [](const At& a) { return a.div(a.g, a.plus(a.x(), "1")); });
}

/// g / (1 - x^2), or its square root below the line, and the like.
template <bool kRoot>
Value overOneMinusSquare(const At& a) {
  const Value d = a.minusFrom("1", a.op("square", a.x()));
  return kRoot ? a.mul(a.g, a.op("rsqrt", d)) : a.div(a.g, d);
}

void declareTrigonometry() {
  declare<UnaryFn::kSin>("sin", "the sine",
                         [](const At& a) { return a.mul(a.g, a.op("cos", a.x())); });
  declare<UnaryFn::kCos>("cos", "the cosine", [](const At& a) {
    return a.op("negative", a.mul(a.g, a.op("sin", a.x())));
  });
  declare<UnaryFn::kTan>("tan", "the tangent", [](const At& a) {
    return a.mul(a.g, a.plus(a.op("square", a.y()), "1"));
  });
  declare<UnaryFn::kArcsin>("arcsin", "the inverse sine", overOneMinusSquare<true>);
  declare<UnaryFn::kArccos>("arccos", "the inverse cosine", [](const At& a) {
    return a.op("negative", overOneMinusSquare<true>(a));
  });
  declare<UnaryFn::kArctan>("arctan", "the inverse tangent", [](const At& a) {
    return a.div(a.g, a.plus(a.op("square", a.x()), "1"));
  });
  declare<UnaryFn::kSinh>("sinh", "the hyperbolic sine",
                          [](const At& a) { return a.mul(a.g, a.op("cosh", a.x())); });
  declare<UnaryFn::kCosh>("cosh", "the hyperbolic cosine",
                          [](const At& a) { return a.mul(a.g, a.op("sinh", a.x())); });
  declare<UnaryFn::kArcsinh>("arcsinh", "the inverse hyperbolic sine", [](const At& a) {
    return a.mul(a.g, a.op("rsqrt", a.plus(a.op("square", a.x()), "1")));
  });
  declare<UnaryFn::kArccosh>("arccosh", "the inverse hyperbolic cosine", [](const At& a) {
    return a.mul(a.g, a.op("rsqrt", a.plus(a.op("square", a.x()), "-1")));
  });
  declare<UnaryFn::kArctanh>("arctanh", "the inverse hyperbolic tangent",
                             overOneMinusSquare<false>);
}

void declareSpecial() {
  declare<UnaryFn::kErf>("erf", "the error function", [](const At& a) {
    const Value bell = a.op("exp", a.op("negative", a.op("square", a.x())));
    return a.mul(a.g, a.scale(bell, "1.1283791670955125739"));
  });
  declare<UnaryFn::kErfInv>("erfinv", "the inverse of the error function", [](const At& a) {
    return a.mul(a.g, a.scale(a.op("exp", a.op("square", a.y())), "0.88622692545275801365"));
  });
  declare<UnaryFn::kGamma>("gamma", "the gamma function", [](const At& a) {
    return a.mul(a.g, a.mul(a.y(), a.op("_digamma", a.x())));
  });
  declare<UnaryFn::kGammaLn>("gammaln", "the logarithm of the gamma function's absolute value",
                             [](const At& a) { return a.mul(a.g, a.op("_digamma", a.x())); });
  OpBuilder digamma =
      pointwise("_digamma", "Computes the logarithmic derivative of the gamma function.");
  OpRegistration{digamma.hidden().cpu(runUnary<UnaryFn::kDigamma>)};
}

// Functions with a gradient of one pass.

template <BinaryFn F>
void runBackward(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
                 std::span<const Request> requests) {
  mapBinary(F, in[0], in[1], out[0], requests[0]);
}

/// What the second derivative adds: given h (what reaches the first gradient), g and the input or
/// output v.
using SecondRule = Value (*)(const At& a, Value g, Value v);

OpBuilder backwardOp(const char* name, const char* of, bool takes_output, SecondRule second) {
  OpBuilder op(name);
  op.doc(concat("The gradient of ", of, ".")).group("elementwise");
  op.input("ograd", "The gradient that arrives.");
  if (takes_output) {
    op.input("output", "What the operator gave.");
  } else {
    op.input("data", "What the operator was given.");
  }
  op.shape(allSame).type(allSame);
  op.gradient([name, second](GradientBuilder& b) {
    const At a{b};
    std::vector<Value> result(2);
    if (b.needs(0)) result[0] = b.apply(name, {a.g, b.input(1)}, b.attrs().dict());
    if (b.needs(1))
      result[1] = second ? second(a, b.input(0), b.input(1)) : a.op("zeros_like", b.input(1));
    return result;
  });
  op.inplace({{0, 0}, {1, 0}}).inlineBelow(kInline).hidden();
  return op;
}

GradientRule throughOp(const char* backward, bool takes_output) {
  return [=](GradientBuilder& b) {
    const Value seen = takes_output ? b.output(0) : b.input(0);
    return std::vector<Value>{b.apply(backward, {b.outputGradient(0), seen}, b.attrs().dict())};
  };
}

template <UnaryFn F, BinaryFn kBackward>
void declareFused(const char* name, const char* formula, const char* backward, bool takes_output,
                  SecondRule second) {
  OpBuilder op = pointwise(name, concat("Computes ", formula, " of each element."));
  OpRegistration{op.gradient(throughOp(backward, takes_output)).cpu(runUnary<F>)};
  OpRegistration{backwardOp(backward, name, takes_output, second).cpu(runBackward<kBackward>)};
}

void declareActivations() {
  declareFused<UnaryFn::kTanh, BinaryFn::kTanhGrad>(
      "tanh", "the hyperbolic tangent", "_backward_tanh", true,
      [](const At& a, Value g, Value y) { return a.mul(a.g, a.mul(g, a.scale(y, "-2"))); });
  declareFused<UnaryFn::kSigmoid, BinaryFn::kSigmoidGrad>(
      "sigmoid", "1 / (1 + exp(-x))", "_backward_sigmoid", true, [](const At& a, Value g, Value y) {
        return a.mul(a.g, a.mul(g, a.minusFrom("1", a.scale(y, "2"))));
      });
  declareFused<UnaryFn::kRelu, BinaryFn::kReluGrad>("relu", "max(x, 0)", "_backward_relu", true,
                                                    nullptr);
  declareFused<UnaryFn::kSoftSign, BinaryFn::kSoftSignGrad>(
      "softsign", "x / (1 + |x|)", "_backward_softsign", false, [](const At& a, Value g, Value x) {
        // -2 sign(x) / (1 + |x|)^3
        const Value slope = a.div(a.op("sign", x), a.plus(a.op("abs", x), "1"));
        return a.mul(a.g, a.scale(a.mul(slope, a.b.apply("_backward_softsign", {g, x})), "-2"));
      });
}

// Functions with parameters.

template <UnaryFn F, class P>
void runUnaryWith(KernelContext& context, std::span<const TensorView> in,
                  std::span<const TensorView> out, std::span<const Request> requests) {
  double params[2];
  context.attrs().params<P>().fill(params);
  mapUnary(F, in[0], out[0], requests[0], params);
}

template <BinaryFn F, class P>
void runBackwardWith(KernelContext& context, std::span<const TensorView> in,
                     std::span<const TensorView> out, std::span<const Request> requests) {
  double params[2];
  context.attrs().params<P>().fill(params);
  mapBinary(F, in[0], in[1], out[0], requests[0], params);
}

template <UnaryFn F, BinaryFn kBackward, class P>
void declareWith(const char* name, const char* doc, const char* backward, bool takes_output,
                 SecondRule second) {
  OpBuilder op = pointwise(name, doc);
  OpRegistration{
      op.params<P>().gradient(throughOp(backward, takes_output)).cpu(runUnaryWith<F, P>)};
  OpRegistration{backwardOp(backward, name, takes_output, second)
                     .params<P>()
                     .cpu(runBackwardWith<kBackward, P>)};
}

void declareParameterised() {
  declareWith<UnaryFn::kClip, BinaryFn::kClipGrad, ClipParams>(
      "clip", "Limits each element to [a_min, a_max]. NaN stays.", "_backward_clip", false,
      nullptr);
  declareWith<UnaryFn::kHardSigmoid, BinaryFn::kHardSigmoidGrad, HardSigmoidParams>(
      "hard_sigmoid", "Computes alpha * x + beta, limited to [0, 1], of each element.",
      "_backward_hard_sigmoid", true, nullptr);
  declareWith<UnaryFn::kSmoothL1, BinaryFn::kSmoothL1Grad, SmoothL1Params>(
      "smooth_l1",
      "Computes the smooth L1 loss of each element: (sigma x)^2 / 2 where |x| < 1 / sigma^2, |x| - "
      "0.5 / sigma^2 beyond.",
      "_backward_smooth_l1", false, [](const At& a, Value g, Value x) {
        const double squared = std::pow(a.b.attrs().params<SmoothL1Params>().scalar, 2);
        const Value inside = a.b.apply("_lesser_scalar", {a.op("abs", x)},
                                       {{"scalar", params_detail::print(1 / squared)}});
        return a.mul(a.g, a.mul(g, a.scale(inside, params_detail::print(squared).c_str())));
      });
}

// What copies, fills or sums.

/// Adds in blocks, so that the running sum stays in the cache.
void runAddN(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
             std::span<const Request> requests) {
  constexpr int64_t kBlock = 8192;
  if (requests[0] == Request::kNull) return;
  if (in.size() == 1) return mapCopy(in[0], out[0], requests[0]);
  const auto part = [](const TensorView& view, int64_t begin, int64_t end) {
    char* data = view.as<char>() + begin * static_cast<int64_t>(sizeOf(view.dtype));
    return denseView(data, Shape({end - begin}), view.dtype, view.device);
  };
  parallelFor(out[0].size(), kBlock, [&](int64_t first, int64_t last) {
    for (int64_t begin = first; begin < last; begin += kBlock) {
      const int64_t end = std::min(last, begin + kBlock);
      const TensorView to = part(out[0], begin, end);
      mapBinary(BinaryFn::kAdd, part(in[0], begin, end), part(in[1], begin, end), to, requests[0]);
      for (size_t i = 2; i < in.size(); ++i) mapCopy(part(in[i], begin, end), to, Request::kAdd);
    }
  });
}

void addNInputs(OpBuilder& op) {
  OpRegistration{
      op.doc("Adds all inputs element by element.")
          .group("elementwise")
          .alias({"ElementWiseSum"})
          .variadicInput("num_args", "args", "The arrays to add, all of one shape and dtype.")
          .shape(allSame)
          .type(allSame)
          .gradient([](GradientBuilder& b) {
            return std::vector<Value>(static_cast<size_t>(b.attrs().numInputs()),
                                      b.outputGradient(0));
          })
          .inplace({{0, 0}})
          .inlineBelow(kInline)
          .cpu(runAddN)};
}

void declareCopies() {
  const GradientRule pass = [](GradientBuilder& b) {
    return std::vector<Value>{b.outputGradient(0)};
  };
  OpRegistration{
      pointwise("_copy", "Copies its input.").alias({"identity"}).gradient(pass).cpu(runCopy)};
  OpRegistration{
      pointwise("BlockGrad", "Copies its input and stops the gradient: nothing flows back.")
          .alias({"stop_gradient"})
          .zeroGradient()
          .cpu(runCopy)};
  OpRegistration{
      pointwise(
          "make_loss",
          "Copies its input, which becomes a loss: the gradient is 1, whatever arrives from above.")
          .gradient([](GradientBuilder& b) {
            return std::vector<Value>{b.apply("ones_like", {b.input(0)})};
          })
          .lossLayer()
          .cpu(runCopy)};
  OpRegistration{pointwise("zeros_like", "Gives zeros of the input's shape and dtype.")
                     .zeroGradient()
                     .cpu(runFill<0>)};
  OpRegistration{pointwise("ones_like", "Gives ones of the input's shape and dtype.")
                     .zeroGradient()
                     .cpu(runFill<1>)};
  OpRegistration{
      OpBuilder("_identity_with_attr_like_rhs")
          .doc("Copies lhs, whose shape and dtype are those of rhs.")
          .group("elementwise")
          .input("lhs", "What is copied.")
          .input("rhs", "What gives shape and dtype.")
          .shape(allSame)
          .type(allSame)
          .gradient([](GradientBuilder& b) {
            return std::vector<Value>{b.outputGradient(0), b.apply("zeros_like", {b.input(1)})};
          })
          .inplace({{0, 0}})
          .inlineBelow(kInline)
          .cpu(runCopy)};
  OpBuilder add("add_n");
  addNInputs(add);
}

const bool kDeclared = [] {
  declareRounding();
  declarePowers();
  declareExponentials();
  declareTrigonometry();
  declareSpecial();
  declareActivations();
  declareParameterised();
  declareCopies();
  return true;
}();

}  // namespace
}  // namespace tenon
