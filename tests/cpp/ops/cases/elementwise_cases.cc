// Cases of the operators in cpp/ops/elementwise.
#include <cmath>
#include <limits>

#include "support/op_case.h"

namespace tenon {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Unary = double (*)(double);
using Binary = double (*)(double, double);

OpCase::Reference each(Unary f) {
  return [f](const std::vector<HostArray>& in) {
    std::vector<double> result = in[0].values();
    for (double& x : result) x = f(x);
    return std::vector<std::vector<double>>{result};
  };
}

/// Over operands of one shape.
OpCase::Reference pairs(Binary f) {
  return [f](const std::vector<HostArray>& in) {
    std::vector<double> result;
    for (int64_t i = 0; i < in[0].size(); ++i) result.push_back(f(in[0].get(i), in[1].get(i)));
    return std::vector<std::vector<double>>{result};
  };
}

/// Over (2,3,1) against (4): (2,3,4).
OpCase::Reference grid(Binary f) {
  return [f](const std::vector<HostArray>& in) {
    std::vector<double> result;
    for (int64_t i = 0; i < in[0].size(); ++i) {
      for (int64_t j = 0; j < in[1].size(); ++j) result.push_back(f(in[0].get(i), in[1].get(j)));
    }
    return std::vector<std::vector<double>>{result};
  };
}

double floorMod(double a, double b) { return b == 0 ? 0 : a - b * std::floor(a / b); }

/// One function as its two operators.
class Pair : public OpCases {
 public:
  Pair(const char* elementwise, const char* broadcasting, Binary f,
       const Values& left = uniform(-2, 2), const Values& right = awayFromZero(0.3, 2),
       const char* steps = nullptr)
      : OpCases(
            {limit(OpCase(elementwise).input({3, 5}, left).input({3, 5}, right).reference(pairs(f)),
                   steps)
                 .infersInputs({1}),
             limit(OpCase(elementwise).input({70}, left).input({70}, right).reference(pairs(f)),
                   steps),
             limit(OpCase(broadcasting).input({2, 3, 1}, left).input({4}, right).reference(grid(f)),
                   steps),
             limit(OpCase(broadcasting).input({1}, left).input({5}, right).reference(pairs1(f)),
                   steps),
             limit(
                 OpCase(broadcasting).input({2, 3}, left).input({2, 3}, right).reference(pairs(f)),
                 steps)}) {}

 private:
  static OpCase& limit(OpCase& c, const char* steps) { return steps ? c.noGradient(steps) : c; }
  static OpCase::Reference pairs1(Binary f) {
    return [f](const std::vector<HostArray>& in) {
      std::vector<double> result;
      for (int64_t i = 0; i < in[1].size(); ++i) result.push_back(f(in[0].get(0), in[1].get(i)));
      return std::vector<std::vector<double>>{result};
    };
  }
};

const char* const kSteps = "the function has steps";

const Pair kAdd("elemwise_add", "broadcast_add", [](double a, double b) { return a + b; });
const Pair kSub("elemwise_sub", "broadcast_sub", [](double a, double b) { return a - b; });
const Pair kMul("elemwise_mul", "broadcast_mul", [](double a, double b) { return a * b; });
const Pair kDiv("elemwise_div", "broadcast_div", [](double a, double b) { return a / b; });
const Pair kPower(
    "_power", "broadcast_power", [](double a, double b) { return std::pow(a, b); },
    uniform(0.3, 2));
const Pair kMaximum(
    "_maximum", "broadcast_maximum", [](double a, double b) { return a > b ? a : b; },
    uniform(-2, 2), uniform(-2, 2));
const Pair kMinimum(
    "_minimum", "broadcast_minimum", [](double a, double b) { return a < b ? a : b; },
    uniform(-2, 2), uniform(-2, 2));
const Pair kHypot("_hypot", "broadcast_hypot",
                  [](double a, double b) { return std::sqrt(a * a + b * b); });
const Pair kEqual(
    "_equal", "broadcast_equal", [](double a, double b) { return a == b ? 1.0 : 0.0; },
    integers(0, 2), integers(0, 2), kSteps);
const Pair kNotEqual(
    "_not_equal", "broadcast_not_equal", [](double a, double b) { return a != b ? 1.0 : 0.0; },
    integers(0, 2), integers(0, 2), kSteps);
const Pair kGreater(
    "_greater", "broadcast_greater", [](double a, double b) { return a > b ? 1.0 : 0.0; },
    integers(0, 2), integers(0, 2), kSteps);
const Pair kGreaterEqual(
    "_greater_equal", "broadcast_greater_equal",
    [](double a, double b) { return a >= b ? 1.0 : 0.0; }, integers(0, 2), integers(0, 2), kSteps);
const Pair kLess(
    "_lesser", "broadcast_lesser", [](double a, double b) { return a < b ? 1.0 : 0.0; },
    integers(0, 2), integers(0, 2), kSteps);
const Pair kLessEqual(
    "_lesser_equal", "broadcast_lesser_equal",
    [](double a, double b) { return a <= b ? 1.0 : 0.0; }, integers(0, 2), integers(0, 2), kSteps);
const Pair kAnd(
    "_logical_and", "broadcast_logical_and",
    [](double a, double b) { return a != 0 && b != 0 ? 1.0 : 0.0; }, integers(0, 1), integers(0, 2),
    kSteps);
const Pair kOr(
    "_logical_or", "broadcast_logical_or",
    [](double a, double b) { return a != 0 || b != 0 ? 1.0 : 0.0; }, integers(0, 1), integers(0, 2),
    kSteps);
const Pair kXor(
    "_logical_xor", "broadcast_logical_xor",
    [](double a, double b) { return (a != 0) != (b != 0) ? 1.0 : 0.0; }, integers(0, 1),
    integers(0, 2), kSteps);

// mod has steps where the quotient is whole, so these stay between them.
const OpCases kMods = {
    OpCase("_mod")
        .input({4}, exactly({5, -5, 5, -5}), DType::kUnknown)
        .input({4}, exactly({3, 3, -3, -3}))
        .gives({2, 1, -1, -2}),
    OpCase("_mod")
        .input({2}, exactly({5, -7}))
        .input({2}, exactly({0, 2.5}))
        .noGradient("0 divides")
        .gives({0, 0.5}),
    OpCase("_mod")
        .input({3}, exactly({7, -7, 3}))
        .input({3}, exactly({3, 3, 0}))
        .types({DType::kFloat64, DType::kInt32, DType::kInt64, DType::kInt8})
        .noGradient("0 divides")
        .gives({1, 2, 0}),
    OpCase("broadcast_mod")
        .input({2, 3, 1}, uniform(1.1, 1.9))
        .input({4}, uniform(2.1, 2.9))
        .reference(grid(floorMod)),
};

// All dtypes; whole numbers that every one of them holds.
const OpCases kTypes = {
    OpCase("elemwise_add")
        .input({19}, integers(0, 5))
        .input({19}, integers(0, 5))
        .types(kNumberTypes),
    OpCase("elemwise_sub")
        .input({19}, integers(5, 9))
        .input({19}, integers(0, 5))
        .types(kNumberTypes),
    OpCase("elemwise_mul")
        .input({19}, integers(0, 5))
        .input({19}, integers(0, 5))
        .types(kNumberTypes),
    OpCase("_equal").input({19}, integers(0, 1)).input({19}, integers(0, 1)).types(kAllTypes),
    OpCase("_logical_xor").input({19}, integers(0, 1)).input({19}, integers(0, 1)).types(kAllTypes),
    OpCase("broadcast_maximum")
        .input({5, 1}, integers(0, 9))
        .input({3}, integers(0, 9))
        .types(kNumberTypes)
        .noGradient("equal operands are kinks"),
    OpCase("broadcast_power")
        .input({5, 1}, integers(1, 3))
        .input({3}, integers(0, 3))
        .types(kNumberTypes),
    OpCase("_plus_scalar").attr("scalar", "3").input({19}, integers(0, 5)).types(kNumberTypes),
    OpCase("_mul_scalar").attr("scalar", "3").input({19}, integers(0, 5)).types(kNumberTypes),
    OpCase("_rminus_scalar").attr("scalar", "9").input({19}, integers(0, 5)).types(kNumberTypes),
    OpCase("_power_scalar").attr("scalar", "2").input({19}, integers(0, 5)).types(kNumberTypes),
    OpCase("_greater_scalar").attr("scalar", "2").input({19}, integers(0, 5)).types(kNumberTypes),
    OpCase("abs").input({19}, integers(1, 5)).types(kNumberTypes),
    OpCase("square").input({19}, integers(0, 5)).types(kNumberTypes),
    OpCase("relu").input({19}, integers(1, 5)).types(kNumberTypes),
    OpCase("floor").input({19}, integers(0, 5)).types(kNumberTypes),
    OpCase("_copy").input({19}, integers(0, 1)).types(kAllTypes),
    OpCase("zeros_like").input({19}, integers(0, 1)).types(kAllTypes),
    OpCase("ones_like").input({19}, integers(0, 1)).types(kAllTypes),
    OpCase("logical_not").input({19}, integers(0, 1)).types(kAllTypes),
};

OpCase scalarCase(const char* op, const char* scalar, const Values& values = awayFromZero(0.3, 2)) {
  return OpCase(op).attr("scalar", scalar).input({3, 7}, values);
}

const OpCases kScalars = {
    scalarCase("_plus_scalar", "1.5").reference(each([](double x) { return x + 1.5; })),
    scalarCase("_minus_scalar", "1.5").reference(each([](double x) { return x - 1.5; })),
    scalarCase("_rminus_scalar", "1.5").reference(each([](double x) { return 1.5 - x; })),
    scalarCase("_mul_scalar", "-2.5").reference(each([](double x) { return -2.5 * x; })),
    scalarCase("_div_scalar", "4").reference(each([](double x) { return x / 4; })),
    scalarCase("_rdiv_scalar", "4").reference(each([](double x) { return 4 / x; })),
    scalarCase("_mod_scalar", "3", uniform(0.1, 2.9)).reference(each([](double x) {
      return floorMod(x, 3);
    })),
    scalarCase("_rmod_scalar", "3", uniform(1.6, 2.9)).reference(each([](double x) {
      return floorMod(3, x);
    })),
    scalarCase("_power_scalar", "1.5", uniform(0.2, 2)).reference(each([](double x) {
      return std::pow(x, 1.5);
    })),
    scalarCase("_power_scalar", "2").reference(each([](double x) { return x * x; })),
    scalarCase("_power_scalar", "0.5", uniform(0.2, 2)).reference(each([](double x) {
      return std::sqrt(x);
    })),
    scalarCase("_rpower_scalar", "1.5").reference(each([](double x) { return std::pow(1.5, x); })),
    scalarCase("_maximum_scalar", "0.1").reference(each([](double x) {
      return x > 0.1 ? x : 0.1;
    })),
    scalarCase("_minimum_scalar", "0.1").reference(each([](double x) {
      return x < 0.1 ? x : 0.1;
    })),
    scalarCase("_hypot_scalar", "2").reference(each([](double x) { return std::sqrt(x * x + 4); })),
    scalarCase("_equal_scalar", "1", integers(0, 2)).reference(each([](double x) {
      return x == 1 ? 1.0 : 0.0;
    })),
    scalarCase("_not_equal_scalar", "1", integers(0, 2)).reference(each([](double x) {
      return x != 1 ? 1.0 : 0.0;
    })),
    scalarCase("_greater_scalar", "1", integers(0, 2)).reference(each([](double x) {
      return x > 1 ? 1.0 : 0.0;
    })),
    scalarCase("_greater_equal_scalar", "1", integers(0, 2)).reference(each([](double x) {
      return x >= 1 ? 1.0 : 0.0;
    })),
    scalarCase("_lesser_scalar", "1", integers(0, 2)).reference(each([](double x) {
      return x < 1 ? 1.0 : 0.0;
    })),
    scalarCase("_lesser_equal_scalar", "1", integers(0, 2)).reference(each([](double x) {
      return x <= 1 ? 1.0 : 0.0;
    })),
    scalarCase("_logical_and_scalar", "1", integers(0, 2)).reference(each([](double x) {
      return x != 0 ? 1.0 : 0.0;
    })),
    scalarCase("_logical_or_scalar", "0", integers(0, 2)).reference(each([](double x) {
      return x != 0 ? 1.0 : 0.0;
    })),
    scalarCase("_logical_xor_scalar", "1", integers(0, 2)).reference(each([](double x) {
      return x == 0 ? 1.0 : 0.0;
    })),
};

OpCase unary(const char* op, Unary f, const Values& values = uniform(-2, 2)) {
  return OpCase(op).input({3, 23}, values).reference(each(f));
}

const OpCases kUnaries = {
    unary("abs", std::fabs, awayFromZero(0.1, 2)),
    unary(
        "sign", [](double x) { return x > 0 ? 1.0 : -1.0; }, awayFromZero(0.1, 2)),
    unary("rint", std::nearbyint),
    unary("round", std::round),
    unary("ceil", std::ceil),
    unary("floor", std::floor),
    unary("trunc", std::trunc),
    unary("fix", std::trunc),
    unary("square", [](double x) { return x * x; }),
    unary("sqrt", std::sqrt, uniform(0.2, 3)),
    unary(
        "rsqrt", [](double x) { return 1 / std::sqrt(x); }, uniform(0.2, 3)),
    unary("cbrt", std::cbrt, awayFromZero(0.2, 2)),
    unary(
        "rcbrt", [](double x) { return 1 / std::cbrt(x); }, awayFromZero(0.2, 2)),
    unary("exp", std::exp),
    unary("log", std::log, uniform(0.2, 5)),
    unary("log10", std::log10, uniform(0.2, 5)),
    unary("log2", std::log2, uniform(0.2, 5)),
    unary("log1p", std::log1p, uniform(-0.7, 5)),
    unary("expm1", std::expm1),
    unary("sin", std::sin),
    unary("cos", std::cos),
    unary("tan", std::tan, uniform(-1, 1)),
    unary("arcsin", std::asin, uniform(-0.8, 0.8)),
    unary("arccos", std::acos, uniform(-0.8, 0.8)),
    unary("arctan", std::atan),
    unary("sinh", std::sinh),
    unary("cosh", std::cosh),
    unary("tanh", std::tanh),
    unary("arcsinh", std::asinh),
    unary("arccosh", std::acosh, uniform(1.3, 4)).tolerance(4),
    unary("arctanh", std::atanh, uniform(-0.8, 0.8)),
    unary("degrees", [](double x) { return x * 180 / 3.14159265358979323846; }).tolerance(4),
    unary("radians", [](double x) { return x * 3.14159265358979323846 / 180; }),
    unary("sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); }),
    unary(
        "softsign", [](double x) { return x / (1 + std::fabs(x)); }, awayFromZero(0.1, 2)),
    unary(
        "relu", [](double x) { return x > 0 ? x : 0; }, awayFromZero(0.1, 2)),
    unary("erf", std::erf),
    unary("gamma", std::tgamma, uniform(0.5, 3)).tolerance(4),
    unary("gammaln", std::lgamma, uniform(0.5, 5)),
    unary(
        "reciprocal", [](double x) { return 1 / x; }, awayFromZero(0.3, 2)),
    unary("negative", [](double x) { return -x; }),
    unary(
        "logical_not", [](double x) { return x == 0 ? 1.0 : 0.0; }, integers(0, 2)),
    unary("_copy", [](double x) { return x; }),
    unary("BlockGrad", [](double x) { return x; }),
    unary("zeros_like", [](double) { return 0.0; }),
    unary("ones_like", [](double) { return 1.0; }),
    unary("make_loss", [](double x) { return x; })
        .noGradient("a loss: its gradient is 1 whatever arrives"),
    unary("hard_sigmoid",
          [](double x) { return std::fmin(1, std::fmax(0, double{0.2f} * x + 0.5)); }),
    OpCase("hard_sigmoid")
        .attr("alpha", "0.5")
        .attr("beta", "0.25")
        .input({4}, exactly({-3, 0.25, 0.5, 4}))
        .gives({0, 0.375, 0.5, 1}),
    OpCase("clip")
        .attr("a_min", "-1")
        .attr("a_max", "0.5")
        .input({5}, exactly({-3, -0.75, 0, 0.25, 2}))
        .gives({-1, -0.75, 0, 0.25, 0.5}),
    OpCase("clip")
        .attr("a_min", "-1.5")
        .attr("a_max", "2.5")
        .types({DType::kInt32, DType::kInt64, DType::kInt8})
        .input({3}, exactly({7, -7, 2}))
        .gives({2, -1, 2})
        .noGradient("integers"),
    OpCase("clip")
        .attr("a_min", "0")
        .attr("a_max", "1")
        .input({2}, exactly({kNaN, 3}))
        .gives({kNaN, 1})
        .noGradient("NaN"),
    OpCase("smooth_l1")
        .attr("scalar", "2")
        .input({6}, exactly({-3, -0.125, 0, 0.125, 0.5, 1}))
        .gives({2.875, 0.03125, 0, 0.03125, 0.375, 0.875}),
    OpCase("smooth_l1")
        .attr("scalar", "1")
        .input({3}, exactly({-3, 0.125, 2}))
        .gives({2.5, 0.0078125, 1.5}),
    OpCase("_identity_with_attr_like_rhs")
        .input({3}, exactly({1, 2, 3}))
        .input({3})
        .gives({1, 2, 3}),
    OpCase("erfinv")
        .input({4}, exactly({0, 0.5, -0.5, 0.984375}))
        .gives({0, 0.47693627620446987, -0.47693627620446987, 1.7094723742995115})
        .tolerance(8),
    OpCase("erfinv")
        .input({3}, exactly({1, -1, 2}))
        .noGradient("infinite")
        .gives({kInfinity, -kInfinity, kNaN}),
    OpCase("add_n").attr("num_args", "1").input({5}),
    OpCase("add_n")
        .input({3, 4}, integers(0, 3))
        .input({3, 4}, integers(0, 3))
        .input({3, 4}, integers(0, 3))
        .types(kNumberTypes)
        .reference([](const std::vector<HostArray>& in) {
          std::vector<double> sum = in[0].values();
          for (size_t i = 0; i < sum.size(); ++i) {
            const auto k = static_cast<int64_t>(i);
            sum[i] += in[1].get(k) + in[2].get(k);
          }
          return std::vector<std::vector<double>>{sum};
        }),
};

// The gradients of one pass, whose own gradients are the second derivatives.
const OpCases kSecond = {
    OpCase("_backward_tanh").input({3, 5}).input({3, 5}),
    OpCase("_backward_sigmoid").input({3, 5}).input({3, 5}, uniform(0.1, 0.9)),
    OpCase("_backward_relu").input({3, 5}).input({3, 5}, awayFromZero(0.1, 2)),
    OpCase("_backward_softsign").input({3, 5}).input({3, 5}, awayFromZero(0.1, 2)),
    OpCase("_backward_clip")
        .attr("a_min", "-0.5")
        .attr("a_max", "0.5")
        .input({4})
        .input({4}, exactly({-1, -0.25, 0.25, 1})),
    OpCase("_backward_hard_sigmoid")
        .input({4})
        .input({4}, exactly({0, 0.25, 0.75, 1}))
        .noGradient("y is at a kink", {1}),
    OpCase("_backward_smooth_l1")
        .attr("scalar", "2")
        .input({5})
        .input({5}, exactly({-1, -0.125, 0, 0.125, 1})),
    OpCase("_digamma")
        .input({5}, exactly({1, 0.5, 10.5, -0.5, 0}))
        .gives({-0.57721566490153286, -1.9635100260214235, 2.3030010342976586, 0.03648997397857652,
                kNaN}),
};

// Where the C library's functions have edges.
const OpCases kEdges = {
    OpCase("exp")
        .input({5}, exactly({kInfinity, -kInfinity, kNaN, 0, -0.0}))
        .gives({kInfinity, 0, kNaN, 1, 1})
        .noGradient("infinite"),
    OpCase("log")
        .input({5}, exactly({kInfinity, 0, kNaN, 1, -1}))
        .gives({kInfinity, -kInfinity, kNaN, 0, kNaN})
        .noGradient("infinite"),
    OpCase("log1p")
        .input({5}, exactly({kInfinity, -1, kNaN, 0, -2}))
        .gives({kInfinity, -kInfinity, kNaN, 0, kNaN})
        .noGradient("infinite"),
    OpCase("expm1")
        .input({4}, exactly({kInfinity, -kInfinity, kNaN, 0}))
        .gives({kInfinity, -1, kNaN, 0})
        .noGradient("infinite"),
    OpCase("tanh")
        .input({4}, exactly({kInfinity, -kInfinity, kNaN, 0}))
        .gives({1, -1, kNaN, 0})
        .noGradient("infinite"),
    OpCase("sigmoid")
        .input({4}, exactly({kInfinity, -kInfinity, kNaN, 0}))
        .gives({1, 0, kNaN, 0.5})
        .noGradient("infinite"),
    OpCase("relu")
        .input({3}, exactly({kNaN, -kInfinity, kInfinity}))
        .gives({kNaN, 0, kInfinity})
        .noGradient("infinite"),
    OpCase("round")
        .input({6}, exactly({0.5, 1.5, 2.5, -0.5, -1.5, 0.4375}))
        .gives({1, 2, 3, -1, -2, 0}),
    OpCase("rint").input({5}, exactly({0.5, 1.5, 2.5, -0.5, -1.5})).gives({0, 2, 2, -0.0, -2}),
    OpCase("sign").input({3}, exactly({kNaN, 0, -kInfinity})).gives({0, 0, -1}),
    OpCase("_maximum")
        .input({3}, exactly({kNaN, 1, 2}))
        .input({3}, exactly({1, kNaN, 3}))
        .gives({kNaN, kNaN, 3})
        .noGradient("NaN"),
    OpCase("_minimum")
        .input({3}, exactly({kNaN, 1, 2}))
        .input({3}, exactly({1, kNaN, 3}))
        .gives({kNaN, kNaN, 2})
        .noGradient("NaN"),
};

}  // namespace
}  // namespace tenon
