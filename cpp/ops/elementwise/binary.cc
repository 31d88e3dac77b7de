// Functions of two operands, each as three operators: on equal shapes (elemwise_add, _maximum, …),
// on shapes that broadcast (broadcast_add, …), and with a number on either side (_plus_scalar,
// _rminus_scalar, …).
//
// Gradients are said with the same operators; where shapes broadcast, `_sum_like`
// (reduce/broadcast.cc) sums them back to the operand's shape. Comparisons and logical functions
// have a gradient of zero.
#include <cmath>
#include <vector>

#include "base/error.h"
#include "ops/loops/map.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

/// Results below this run on the calling thread: less than the loops' floor for threads.
constexpr int64_t kInline = 4096;

struct ScalarParams {
  double scalar;
  bool is_int;
  static void describe(ParamSchema<ScalarParams>& s) {
    s.field("scalar", &ScalarParams::scalar, "The number. Integers take it without its fraction.")
        .defaultTo(1.0)
        .dynamic();
    s.field("is_int", &ScalarParams::is_int,
            "Whether the number counts as an integer: if not, integer data give a float64 result.")
        .defaultTo(true);
  }
};

template <BinaryFn F>
void runBinary(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
               std::span<const Request> requests) {
  mapBinary(F, in[0], in[1], out[0], requests[0]);
}

template <BinaryFn F, bool kReversed>
void runScalar(KernelContext& context, std::span<const TensorView> in,
               std::span<const TensorView> out, std::span<const Request> requests) {
  const double scalar = context.dynamic(0);
  if constexpr (F == BinaryFn::kPower && !kReversed) {
    // The powers that people write, without the general function's cost.
    if (scalar == 2.0) return mapUnary(UnaryFn::kSquare, in[0], out[0], requests[0]);
    if (scalar == 0.5 && isFloating(in[0].dtype))
      return mapUnary(UnaryFn::kSqrt, in[0], out[0], requests[0]);
  }
  mapScalar(F, in[0], scalar, kReversed, out[0], requests[0]);
}

/// As MXNet: bool counts as int64, integers with a number that is not one give float64.
void scalarTypes(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  const bool is_int = attrs.params<ScalarParams>().is_int;
  if (in[0] == DType::kUnknown) {
    if (isFloating(out[0])) in[0] = out[0];
    return;
  }
  DType result = in[0];
  if (in[0] == DType::kBool) {
    result = is_int ? DType::kInt64 : DType::kFloat64;
  } else if (!isFloating(in[0]) && !is_int) {
    result = DType::kFloat64;
  }
  unify(attrs, "output", out[0], result);
}

using Names = std::initializer_list<std::string_view>;

/// What the gradients have in common: products that skip what nobody needs.
struct Sides {
  GradientBuilder& b;
  bool broadcast;
  Value g = b.outputGradient(0);
  Value x = b.input(0);
  Value y = b.input(1);

  std::string_view op(std::string_view elementwise, std::string_view broadcasting) const {
    return broadcast ? broadcasting : elementwise;
  }
  Value mul(Value p, Value q) const { return b.apply(op("elemwise_mul", "broadcast_mul"), {p, q}); }
  Value div(Value p, Value q) const { return b.apply(op("elemwise_div", "broadcast_div"), {p, q}); }
  Value power(Value p, Value q) const { return b.apply(op("_power", "broadcast_power"), {p, q}); }
  Value scale(Value p, const char* factor) const {
    return b.apply("_mul_scalar", {p}, {{"scalar", factor}});
  }
  /// Sums what broadcasting spread.
  Value back(Value gradient, Value like) const {
    return broadcast ? b.apply("_sum_like", {gradient, like}) : gradient;
  }
};

using SideRule = Value (*)(const Sides&);

/// The gradient from what reaches each side; null: none.
GradientRule sidesRule(bool broadcast, SideRule left, SideRule right) {
  return [=](GradientBuilder& b) -> std::vector<Value> {
    const Sides sides{b, broadcast};
    std::vector<Value> result(2);
    if (b.needs(0)) result[0] = sides.back(left(sides), sides.x);
    if (b.needs(1)) result[1] = sides.back(right(sides), sides.y);
    return result;
  };
}

OpBuilder& finish(OpBuilder& op, bool broadcast, SideRule left, SideRule right, RunFunction run) {
  op.group("elementwise").input("lhs", "The left operand.").input("rhs", "The right operand.");
  op.type(allSame);
  if (broadcast) {
    op.shape(broadcastShapes);
  } else {
    op.shape(allSame);
  }
  if (left) {
    op.gradient(sidesRule(broadcast, left, right));
  } else {
    op.zeroGradient();
  }
  return op.inplace({{0, 0}, {1, 0}}).inlineBelow(kInline).cpu(run);
}

/// Registers one function as an operator on equal shapes and as one that broadcasts.
template <BinaryFn F>
void declare(const char* formula, const char* elementwise, Names aliases, const char* broadcasting,
             Names broadcast_aliases, SideRule left = nullptr, SideRule right = nullptr) {
  OpBuilder same(elementwise);
  same.doc(concat("Computes ", formula, " element by element. Both operands have the same shape."));
  same.alias(aliases);
  OpRegistration{finish(same, false, left, right, runBinary<F>)};
  OpBuilder spread(broadcasting);
  spread.doc(concat("Computes ", formula,
                    " element by element. The operands broadcast: axes of extent 1, and axes "
                    "missing on the left, are repeated."));
  spread.alias(broadcast_aliases);
  OpRegistration{finish(spread, true, left, right, runBinary<F>)};
}

using ScalarRule = Value (*)(GradientBuilder&, Value g);

template <BinaryFn F, bool kReversed = false>
void declareScalar(const char* formula, const char* name, Names aliases,
                   ScalarRule rule = nullptr) {
  OpBuilder op(name);
  op.doc(concat("Computes ", formula, " element by element."))
      .group("elementwise")
      .alias(aliases)
      .params<ScalarParams>()
      .input("data", "The array.")
      .shape(allSame)
      .type(scalarTypes);
  if (rule) {
    op.gradient(
        [rule](GradientBuilder& b) { return std::vector<Value>{rule(b, b.outputGradient(0))}; });
  } else {
    op.zeroGradient();
  }
  OpRegistration{op.inplace({{0, 0}}).inlineBelow(kInline).cpu(runScalar<F, kReversed>)};
}

/// The scalar, as the attributes have it.
std::string scalarOf(const GradientBuilder& b) {
  const AttrMap& dict = b.attrs().dict();
  const auto found = dict.find("scalar");
  return found == dict.end() ? "1" : found->second;
}

Value withScalar(GradientBuilder& b, std::string_view op, Value x) {
  return b.apply(op, {x}, {{"scalar", scalarOf(b)}});
}
Value scaled(GradientBuilder& b, Value x, const char* factor) {
  return b.apply("_mul_scalar", {x}, {{"scalar", factor}});
}
Value times(GradientBuilder& b, Value x, Value y) { return b.apply("elemwise_mul", {x, y}); }

/// g where a comparison of the operands holds, 0 elsewhere.
template <int kWhich>
Value where(const Sides& s) {
  constexpr const char* kNames[][2] = {{"_greater_equal", "broadcast_greater_equal"},
                                       {"_lesser", "broadcast_lesser"},
                                       {"_lesser_equal", "broadcast_lesser_equal"},
                                       {"_greater", "broadcast_greater"}};
  return s.mul(s.g, s.b.apply(s.op(kNames[kWhich][0], kNames[kWhich][1]), {s.x, s.y}));
}

Value same(const Sides& s) { return s.g; }

void declareArithmetic() {
  declare<BinaryFn::kAdd>("lhs + rhs", "elemwise_add", {"_add", "_plus", "_Plus", "_grad_add"},
                          "broadcast_add", {"broadcast_plus"}, same, same);
  declare<BinaryFn::kSub>("lhs - rhs", "elemwise_sub", {"_sub", "_minus", "_Minus"},
                          "broadcast_sub", {"broadcast_minus"}, same,
                          [](const Sides& s) { return s.b.apply("negative", {s.g}); });
  declare<BinaryFn::kMul>(
      "lhs * rhs", "elemwise_mul", {"_mul", "_Mul"}, "broadcast_mul", {},
      [](const Sides& s) { return s.mul(s.g, s.y); },
      [](const Sides& s) { return s.mul(s.g, s.x); });
  declare<BinaryFn::kDiv>(
      "lhs / rhs (integers: truncated, 0 where rhs is 0)", "elemwise_div", {"_div", "_Div"},
      "broadcast_div", {}, [](const Sides& s) { return s.div(s.g, s.y); },
      [](const Sides& s) {
        return s.b.apply("negative", {s.div(s.mul(s.g, s.b.output(0)), s.y)});
      });
  declare<BinaryFn::kMod>("lhs mod rhs with the sign of rhs (0 where rhs is 0)", "_mod", {"_Mod"},
                          "broadcast_mod", {}, same, [](const Sides& s) {
                            // x mod y = x - y floor(x / y)
                            return s.b.apply("negative",
                                             {s.mul(s.g, s.b.apply("floor", {s.div(s.x, s.y)}))});
                          });
  declare<BinaryFn::kPower>(
      "lhs to the power of rhs", "_power", {"_Power"}, "broadcast_power", {},
      [](const Sides& s) {
        const Value less = s.b.apply("_minus_scalar", {s.y}, {{"scalar", "1"}});
        return s.mul(s.g, s.mul(s.y, s.power(s.x, less)));
      },
      [](const Sides& s) { return s.mul(s.g, s.mul(s.b.output(0), s.b.apply("log", {s.x}))); });
  declare<BinaryFn::kMaximum>("the larger of lhs and rhs (NaN stays)", "_maximum", {"_Maximum"},
                              "broadcast_maximum", {}, where<0>, where<1>);
  declare<BinaryFn::kMinimum>("the smaller of lhs and rhs (NaN stays)", "_minimum", {"_Minimum"},
                              "broadcast_minimum", {}, where<2>, where<3>);
  declare<BinaryFn::kHypot>(
      "the square root of lhs * lhs + rhs * rhs", "_hypot", {"_Hypot"}, "broadcast_hypot", {},
      [](const Sides& s) { return s.mul(s.g, s.div(s.x, s.b.output(0))); },
      [](const Sides& s) { return s.mul(s.g, s.div(s.y, s.b.output(0))); });
}

void declareComparisons() {
  declare<BinaryFn::kEqual>("lhs == rhs, as 1 or 0,", "_equal", {"_Equal"}, "broadcast_equal", {});
  declare<BinaryFn::kNotEqual>("lhs != rhs, as 1 or 0,", "_not_equal", {"_Not_Equal"},
                               "broadcast_not_equal", {});
  declare<BinaryFn::kGreater>("lhs > rhs, as 1 or 0,", "_greater", {"_Greater"},
                              "broadcast_greater", {});
  declare<BinaryFn::kGreaterEqual>("lhs >= rhs, as 1 or 0,", "_greater_equal", {"_Greater_Equal"},
                                   "broadcast_greater_equal", {});
  declare<BinaryFn::kLess>("lhs < rhs, as 1 or 0,", "_lesser", {"_Lesser"}, "broadcast_lesser", {});
  declare<BinaryFn::kLessEqual>("lhs <= rhs, as 1 or 0,", "_lesser_equal", {"_Lesser_Equal"},
                                "broadcast_lesser_equal", {});
  declare<BinaryFn::kLogicalAnd>("lhs and rhs, as 1 or 0,", "_logical_and", {"_Logical_And"},
                                 "broadcast_logical_and", {});
  declare<BinaryFn::kLogicalOr>("lhs or rhs, as 1 or 0,", "_logical_or", {"_Logical_Or"},
                                "broadcast_logical_or", {});
  declare<BinaryFn::kLogicalXor>("lhs or rhs but not both, as 1 or 0,", "_logical_xor",
                                 {"_Logical_Xor"}, "broadcast_logical_xor", {});
}

void declareScalars() {
  const ScalarRule pass = [](GradientBuilder&, Value g) { return g; };
  declareScalar<BinaryFn::kAdd>("data + scalar", "_plus_scalar", {"_PlusScalar"}, pass);
  declareScalar<BinaryFn::kSub>("data - scalar", "_minus_scalar", {"_MinusScalar"}, pass);
  declareScalar<BinaryFn::kSub, true>(
      "scalar - data", "_rminus_scalar", {"_RMinusScalar"},
      [](GradientBuilder& b, Value g) { return b.apply("negative", {g}); });
  declareScalar<BinaryFn::kMul>(
      "data * scalar", "_mul_scalar", {"_MulScalar"},
      [](GradientBuilder& b, Value g) { return withScalar(b, "_mul_scalar", g); });
  declareScalar<BinaryFn::kDiv>(
      "data / scalar (integers: truncated, 0 where scalar is 0)", "_div_scalar", {"_DivScalar"},
      [](GradientBuilder& b, Value g) { return withScalar(b, "_div_scalar", g); });
  declareScalar<BinaryFn::kDiv, true>(
      "scalar / data (integers: truncated, 0 where data is 0)", "_rdiv_scalar", {"_RDivScalar"},
      [](GradientBuilder& b, Value g) {
        return scaled(b, times(b, g, b.apply("elemwise_div", {b.output(0), b.input(0)})), "-1");
      });
  declareScalar<BinaryFn::kMod>("data mod scalar with the sign of scalar (0 where scalar is 0)",
                                "_mod_scalar", {"_ModScalar"}, pass);
  declareScalar<BinaryFn::kMod, true>(
      "scalar mod data with the sign of data (0 where data is 0)", "_rmod_scalar", {"_RModScalar"},
      [](GradientBuilder& b, Value g) {
        return scaled(b, times(b, g, b.apply("floor", {withScalar(b, "_rdiv_scalar", b.input(0))})),
                      "-1");
      });
  declareScalar<BinaryFn::kPower>("data to the power of scalar", "_power_scalar", {"_PowerScalar"},
                                  [](GradientBuilder& b, Value g) {
                                    const double exponent = b.attrs().params<ScalarParams>().scalar;
                                    const Value less =
                                        b.apply("_power_scalar", {b.input(0)},
                                                {{"scalar", params_detail::print(exponent - 1)}});
                                    return times(b, g, withScalar(b, "_mul_scalar", less));
                                  });
  declareScalar<BinaryFn::kPower, true>(
      "scalar to the power of data", "_rpower_scalar", {"_RPowerScalar"},
      [](GradientBuilder& b, Value g) {
        const double base = b.attrs().params<ScalarParams>().scalar;
        return scaled(b, times(b, g, b.output(0)), params_detail::print(std::log(base)).c_str());
      });
  declareScalar<BinaryFn::kMaximum>("the larger of data and scalar (NaN stays)", "_maximum_scalar",
                                    {"_MaximumScalar"}, [](GradientBuilder& b, Value g) {
                                      return times(
                                          b, g, withScalar(b, "_greater_equal_scalar", b.input(0)));
                                    });
  declareScalar<BinaryFn::kMinimum>("the smaller of data and scalar (NaN stays)", "_minimum_scalar",
                                    {"_MinimumScalar"}, [](GradientBuilder& b, Value g) {
                                      return times(
                                          b, g, withScalar(b, "_lesser_equal_scalar", b.input(0)));
                                    });
  declareScalar<BinaryFn::kHypot>(
      "the square root of data * data + scalar * scalar", "_hypot_scalar", {"_HypotScalar"},
      [](GradientBuilder& b, Value g) {
        return times(b, g, b.apply("elemwise_div", {b.input(0), b.output(0)}));
      });
  declareScalar<BinaryFn::kEqual>("data == scalar, as 1 or 0,", "_equal_scalar", {"_EqualScalar"});
  declareScalar<BinaryFn::kNotEqual>("data != scalar, as 1 or 0,", "_not_equal_scalar",
                                     {"_NotEqualScalar"});
  declareScalar<BinaryFn::kGreater>("data > scalar, as 1 or 0,", "_greater_scalar",
                                    {"_GreaterScalar"});
  declareScalar<BinaryFn::kGreaterEqual>("data >= scalar, as 1 or 0,", "_greater_equal_scalar",
                                         {"_GreaterEqualScalar"});
  declareScalar<BinaryFn::kLess>("data < scalar, as 1 or 0,", "_lesser_scalar", {"_LesserScalar"});
  declareScalar<BinaryFn::kLessEqual>("data <= scalar, as 1 or 0,", "_lesser_equal_scalar",
                                      {"_LesserEqualScalar"});
  declareScalar<BinaryFn::kLogicalAnd>("data and scalar, as 1 or 0,", "_logical_and_scalar",
                                       {"_LogicalAndScalar"});
  declareScalar<BinaryFn::kLogicalOr>("data or scalar, as 1 or 0,", "_logical_or_scalar",
                                      {"_LogicalOrScalar"});
  declareScalar<BinaryFn::kLogicalXor>("data or scalar but not both, as 1 or 0,",
                                       "_logical_xor_scalar", {"_LogicalXorScalar"});
}

/// Declared in static initialisation, like every operator.
const bool kDeclared = [] {
  declareArithmetic();
  declareComparisons();
  declareScalars();
  return true;
}();

}  // namespace
}  // namespace tenon
