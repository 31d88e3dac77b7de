// Cases of the operators in cpp/ops/reduce.
#include <limits>

#include "support/op_case.h"

namespace tenon {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

const OpCases kReductions = {
    OpCase("sum").input({2, 3}, exactly({1, 2, 3, 4, 5, 6})).gives({21}),
    OpCase("sum").attr("axis", "()").input({2, 3}, exactly({1, 2, 3, 4, 5, 6})).gives({21}),
    OpCase("sum").attr("axis", "1").input({2, 3}, exactly({1, 2, 3, 4, 5, 6})).gives({6, 15}),
    OpCase("sum").attr("axis", "0").input({2, 3}, exactly({1, 2, 3, 4, 5, 6})).gives({5, 7, 9}),
    OpCase("sum")
        .attr("axis", "(0,)")
        .attr("exclude", "1")
        .input({2, 3}, exactly({1, 2, 3, 4, 5, 6}))
        .gives({6, 15}),
    OpCase("sum").attr("axis", "(0,2)").attr("keepdims", "1").input({2, 3, 4}),
    OpCase("sum").attr("axis", "(1,3)").input({2, 3, 4, 5}),
    OpCase("sum").attr("axis", "(-1,0)").input({2, 3, 1, 5}),
    OpCase("sum").attr("axis", "(0,2)").input({4, 3, 1100}).tolerance(20),
    OpCase("sum").input({19}, integers(0, 5)).types(kNumberTypes),
    OpCase("mean").input({2, 3}, exactly({1, 2, 3, 4, 5, 6})).gives({3.5}),
    OpCase("mean")
        .attr("axis", "0")
        .input({2, 3}, exactly({1, 2, 3, 4, 5, 6}))
        .gives({2.5, 3.5, 4.5}),
    OpCase("mean").attr("axis", "(0,2)").attr("exclude", "1").input({2, 3, 4}),
    OpCase("mean")
        .input({3}, exactly({1, 2, 4}))
        .types({DType::kInt32, DType::kInt64, DType::kInt8, DType::kUInt8})
        .gives({2})
        .noGradient("integers"),
    OpCase("prod").attr("axis", "1").input({2, 3}, exactly({1, 2, 3, 4, 5, 6})).gives({6, 120}),
    OpCase("prod").input({4}, awayFromZero(0.5, 2)),
    OpCase("nansum")
        .attr("axis", "1")
        .input({2, 3}, exactly({1, kNaN, 3, 4, 5, 6}))
        .gives({4, 15})
        .noGradient("differences of NaN"),
    OpCase("nansum").attr("axis", "1").input({2, 3}),
    OpCase("nanprod")
        .attr("axis", "1")
        .input({2, 3}, exactly({1, kNaN, 3, 4, 5, 6}))
        .gives({3, 120})
        .noGradient("differences of NaN"),
    OpCase("nanprod").attr("axis", "0").input({2, 3}, awayFromZero(0.5, 2)),
    OpCase("max").attr("axis", "1").input({2, 3}, exactly({1, 5, 3, 9, 5, 6})).gives({5, 9}),
    OpCase("max").attr("axis", "0").attr("keepdims", "1").input({7, 3}, distinct()),
    OpCase("max")
        .attr("axis", "1")
        .input({2, 3}, exactly({1, kNaN, 3, 9, 5, 6}))
        .gives({kNaN, 9})
        .noGradient("NaN"),
    OpCase("max")
        .input({19}, integers(0, 9))
        .types(kNumberTypes)
        .noGradient("equal elements are kinks"),
    OpCase("min").attr("axis", "1").input({2, 3}, exactly({1, 5, 3, 9, 5, 6})).gives({1, 5}),
    OpCase("min").attr("axis", "0").input({7, 3}, distinct()),
    OpCase("min")
        .attr("axis", "1")
        .input({2, 3}, exactly({1, kNaN, 3, 9, 5, 6}))
        .gives({kNaN, 5})
        .noGradient("NaN"),
    OpCase("norm").input({2, 2}, exactly({3, 4, 0, 12})).gives({13}),
    OpCase("norm").attr("axis", "1").input({2, 2}, exactly({3, 4, 5, 12})).gives({5, 13}),
    OpCase("norm")
        .attr("ord", "1")
        .attr("axis", "1")
        .input({2, 2}, exactly({3, -4, 5, 12}))
        .gives({7, 17}),
    OpCase("norm")
        .attr("axis", "(0,1)")
        .attr("keepdims", "1")
        .input({2, 3, 4}, awayFromZero(0.1, 1)),
    OpCase("norm").attr("out_dtype", "float64").input({2, 3}, awayFromZero(0.1, 1)),
    OpCase("norm")
        .input({3}, exactly({7, -7, 3}))
        .types({DType::kInt32, DType::kInt64})
        .gives({10})
        .noGradient("integers"),
    OpCase("argmax").attr("axis", "1").input({2, 3}, exactly({1, 5, 3, 9, 5, 6})).gives({1, 0}),
    OpCase("argmax")
        .attr("axis", "0")
        .attr("keepdims", "1")
        .input({2, 3}, exactly({1, 5, 3, 9, 5, 6}))
        .gives({1, 0, 1}),
    OpCase("argmax").input({2, 3}, exactly({1, 5, 3, 9, 5, 6})).gives({3}),
    OpCase("argmax")
        .attr("axis", "1")
        .input({2, 3}, exactly({1, 5, kNaN, kNaN, 2, kNaN}))
        .gives({2, 0}),
    OpCase("argmax").attr("axis", "-2").input({2, 7, 3}, integers(0, 20)).types(kNumberTypes),
    OpCase("argmin").attr("axis", "1").input({2, 3}, exactly({1, 5, 3, 9, 5, 6})).gives({0, 1}),
    OpCase("argmin").attr("axis", "1").input({2, 3}, exactly({1, 5, kNaN, 3, 2, 9})).gives({2, 1}),
    OpCase("argmax_channel").input({2, 3}, exactly({1, 5, 3, 9, 5, 6})).gives({1, 0}),
    OpCase("argmax_channel")
        .input({2, 2, 2}, exactly({1, 5, 3, 4, 5, 6, 7, 0}))
        .gives({1, 0, 1, 0}),
};

const OpCases kBroadcasts = {
    OpCase("broadcast_to")
        .attr("shape", "(2,0)")
        .input({1, 3}, exactly({1, 2, 3}))
        .gives({1, 2, 3, 1, 2, 3}),
    OpCase("broadcast_to").attr("shape", "(2,3,2)").input({2, 1, 2}).types(kFloatTypes),
    OpCase("broadcast_axis")
        .attr("axis", "(0,2)")
        .attr("size", "(2,2)")
        .input({1, 2, 1}, exactly({1, 2}))
        .gives({1, 1, 2, 2, 1, 1, 2, 2}),
    OpCase("broadcast_axis")
        .attr("axis", "1")
        .attr("size", "3")
        .input({2, 1}, integers(0, 1))
        .types(kAllTypes),
    OpCase("broadcast_like")
        .input({1, 3}, exactly({1, 2, 3}))
        .input({2, 3})
        .gives({1, 2, 3, 1, 2, 3}),
    OpCase("broadcast_like")
        .attr("lhs_axes", "(0,)")
        .attr("rhs_axes", "(-1,)")
        .input({1, 2})
        .input({3, 4}),
};

// The ways back.
const OpCases kBack = {
    OpCase("_sum_like").input({2, 3, 4}).input({3, 1}),
    OpCase("_sum_like").input({2, 3}).input({2, 3}),
    OpCase("_sum_like")
        .input({5, 2}, exactly({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}))
        .input({2})
        .gives({20, 25}),
    OpCase("_backward_sum")
        .attr("axis", "1")
        .input({2, 4}, exactly({0, 1, 2, 3, 4, 5, 6, 7}))
        .input({2, 2, 4}),
    OpCase("_backward_sum")
        .attr("axis", "(0,2)")
        .attr("keepdims", "1")
        .input({1, 3, 1})
        .input({2, 3, 4}),
    OpCase("_backward_mean")
        .attr("axis", "1")
        .attr("exclude", "1")
        .input({3}, exactly({8, 16, 24}))
        .input({2, 3, 4}),
    OpCase("_backward_mean").input({1}, exactly({6})).input({2, 3}).gives({1, 1, 1, 1, 1, 1}),
};

}  // namespace
}  // namespace tenon
