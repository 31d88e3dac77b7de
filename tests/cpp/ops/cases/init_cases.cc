// Cases of the operators in cpp/ops/init and cpp/ops/cast.
#include <limits>

#include "support/op_case.h"

namespace tenon {
namespace {

const OpCases kInits = {
    OpCase("_zeros").attr("shape", "(2,3)").gives({0, 0, 0, 0, 0, 0}),
    OpCase("_ones").attr("shape", "(2,)").attr("dtype", "float16").gives({1, 1}),
    OpCase("_full")
        .attr("shape", "(2,)")
        .attr("value", "-2.5")
        .attr("dtype", "float64")
        .gives({-2.5, -2.5}),
    OpCase("_full")
        .attr("shape", "(2,)")
        .attr("value", "300")
        .attr("dtype", "uint8")
        .gives({255, 255}),
    OpCase("_set_value").attr("src", "2.5").into({3}).gives({2.5, 2.5, 2.5}),
    OpCase("_arange").attr("start", "3").gives({0, 1, 2}),
    OpCase("_arange").attr("start", "1").attr("stop", "2.2").attr("step", "0.5").gives({1, 1.5, 2}),
    OpCase("_arange")
        .attr("start", "5")
        .attr("stop", "1")
        .attr("step", "-2")
        .attr("repeat", "2")
        .attr("dtype", "int64")
        .gives({5, 5, 3, 3}),
    OpCase("_linspace")
        .attr("start", "0")
        .attr("stop", "1")
        .attr("num", "5")
        .gives({0, 0.25, 0.5, 0.75, 1}),
    OpCase("_linspace")
        .attr("start", "0")
        .attr("stop", "1")
        .attr("num", "4")
        .attr("endpoint", "False")
        .gives({0, 0.25, 0.5, 0.75}),
    OpCase("_eye").attr("N", "2").attr("M", "3").attr("k", "1").gives({0, 1, 0, 0, 0, 1}),
    OpCase("_eye").attr("N", "2").attr("k", "-1").gives({0, 0, 1, 0}),
};

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

const OpCases kCasts = {
    OpCase("Cast").attr("dtype", "float32").input({3, 5}).types(kAllTypes).noGradient("rounds"),
    OpCase("Cast").attr("dtype", "float64").input({3, 5}).types(kAllTypes),
    OpCase("Cast").attr("dtype", "float16").input({37}, uniform(-100, 100)).noGradient("rounds"),
    OpCase("Cast").attr("dtype", "bfloat16").input({37}, uniform(-100, 100)).noGradient("rounds"),
    OpCase("Cast")
        .attr("dtype", "int32")
        .input({6}, exactly({1.9, -1.9, 1e10, -kInfinity, kNaN, 0.5}))
        .types({DType::kFloat64})
        .noGradient("steps")
        .gives({1, -1, 2147483647.0, -2147483648.0, 0, 0}),
    OpCase("Cast")
        .attr("dtype", "uint8")
        .input({4}, exactly({-1, 255.5, 256, kInfinity}))
        .types({DType::kFloat64})
        .noGradient("steps")
        .gives({0, 255, 255, 255}),
    OpCase("Cast")
        .attr("dtype", "int8")
        .input({3}, exactly({127, 128, -129}))
        .types({DType::kInt32})
        .noGradient("integers")
        .gives({127, -128, 127}),
    OpCase("Cast")
        .attr("dtype", "bool")
        .input({4}, exactly({0, 0.25, -3, kNaN}))
        .types({DType::kFloat64})
        .noGradient("steps")
        .gives({0, 1, 1, 1}),
};

}  // namespace
}  // namespace tenon
