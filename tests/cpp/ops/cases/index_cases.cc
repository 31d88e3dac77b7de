// Cases of the operators in cpp/ops/index.
#include <limits>

#include "support/op_case.h"

namespace tenon {
namespace {

constexpr DType kInt = DType::kInt32;

const OpCases kLookups = {
    OpCase("take").input({4, 3}).input({2, 2}, integers(0, 3), kInt).types(kAllTypes),
    OpCase("take")
        .attr("axis", "1")
        .input({2, 3}, exactly({0, 1, 2, 3, 4, 5}))
        .input({4}, exactly({-5, 0, 2, 9}), kInt)
        .gives({0, 0, 2, 2, 3, 3, 5, 5}),
    OpCase("take")
        .attr("axis", "-1")
        .attr("mode", "wrap")
        .input({1, 3}, exactly({0, 1, 2}))
        .input({4}, exactly({-1, 3, 5, -4}), DType::kFloat32)
        .gives({2, 0, 2, 2}),
    OpCase("take").attr("mode", "raise").input({4, 2}).input({3}, exactly({3, 3, 0}), kInt),
    OpCase("Embedding")
        .attr("input_dim", "5")
        .attr("output_dim", "3")
        .input({2, 4}, integers(0, 4), kInt)
        .input({5, 3})
        .infersInputs({0, 1}),
    OpCase("batch_take").input({3, 4}).input({3}, exactly({0, 3, 2}), kInt).types(kAllTypes),
    OpCase("pick").input({3, 4}).input({3}, exactly({0, 3, 2}), kInt).types(kAllTypes),
    OpCase("pick")
        .attr("axis", "0")
        .attr("keepdims", "True")
        .attr("mode", "wrap")
        .input({3, 2}, exactly({0, 1, 2, 3, 4, 5}))
        .input({1, 2}, exactly({-1, 4}), kInt)
        .gives({4, 3}),
    OpCase("pick").attr("axis", "1").input({2, 3, 2}).input({2, 2}, integers(0, 2), kInt),
    OpCase("one_hot")
        .attr("depth", "3")
        .input({4}, exactly({0, 2, -1, 3}))
        .types(kFloatTypes)
        .gives({1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}),
    OpCase("one_hot")
        .attr("depth", "2")
        .attr("on_value", "5")
        .attr("off_value", "-1")
        .attr("dtype", "int32")
        .input({2}, exactly({1, 0}), kInt)
        .gives({-1, 5, 5, -1}),
};

const OpCases kTuples = {
    OpCase("gather_nd")
        .input({2, 2}, exactly({0, 1, 2, 3}))
        .input({2, 3}, exactly({1, 1, 0, 0, 1, 0}), kInt)
        .types(kAllTypes),
    OpCase("gather_nd").input({3, 4, 2}).input({1, 2, 2}, exactly({0, -1, 2, 2}), kInt),
    OpCase("scatter_nd")
        .attr("shape", "(2,2)")
        .input({3}, exactly({2, 3, 5}))
        .input({2, 3}, exactly({1, 1, 0, 0, 1, 0}), kInt)
        .types(kNumberTypes)
        .gives({5, 0, 2, 3}),
    OpCase("_backward_gather_nd")
        .attr("shape", "(2,2)")
        .input({3}, exactly({2, 3, 5}))
        .input({2, 3}, exactly({1, 1, 0, 1, 1, 0}), kInt)
        .types(kNumberTypes)
        .gives({5, 0, 0, 5}),
    OpCase("_scatter_set_nd")
        .attr("shape", "(3,)")
        .input({3}, exactly({1, 2, 3}))
        .input({2}, exactly({8, 9}))
        .input({1, 2}, exactly({2, 0}), kInt)
        .types(kNumberTypes)
        .gives({9, 2, 8}),
};

const OpCases kChoices = {
    OpCase("where").input({2, 3}, integers(0, 1)).input({2, 3}).input({2, 3}).types(kAllTypes),
    OpCase("where")
        .input({3}, exactly({1, 0, 2}), DType::kInt64)
        .input({3, 2}, exactly({0, 1, 2, 3, 4, 5}))
        .input({3, 2}, exactly({6, 7, 8, 9, 10, 11}))
        .gives({0, 1, 8, 9, 4, 5}),
};

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

const OpCases kMasks = {
    OpCase("_contrib_boolean_mask")
        .input({3, 2}, exactly({0, 1, 2, 3, 4, 5}))
        .input({3}, exactly({1, 0, 1}), kInt)
        .types(kNumberTypes)
        .gives({0, 1, 4, 5}),
    OpCase("_contrib_boolean_mask").input({3}).input({3}, exactly({0, 0, 0})),
};

const OpCases kOrders = {
    OpCase("topk")
        .input({2, 4}, exactly({1, 4, 2, 3, 8, 5, 8, 0}))
        .noGradient("indices")
        .types(kNumberTypes)
        .gives({1, 0}),
    OpCase("topk").attr("k", "2").attr("ret_typ", "value").input({3, 5}, distinct()),
    OpCase("topk")
        .attr("k", "2")
        .attr("ret_typ", "both")
        .attr("axis", "0")
        .attr("is_ascend", "True")
        .attr("dtype", "int32")
        .input({3, 2}, exactly({5, 1, 3, 2, 4, 0}))
        .reference([](const std::vector<HostArray>&) {
          return std::vector<std::vector<double>>{{3, 0, 4, 1}, {1, 2, 2, 0}};
        }),
    OpCase("topk")
        .attr("k", "3")
        .attr("ret_typ", "mask")
        .input({2, 3, 2}, distinct())
        .attr("axis", "1"),
    OpCase("topk")
        .attr("k", "3")
        .attr("axis", "None")
        .input({2, 3}, exactly({1, 6, 3, 2, 5, 4}))
        .gives({1, 4, 5}),
    OpCase("sort")
        .input({2, 3}, exactly({3, 1, 2, 4, 6, 5}))
        .types(kNumberTypes)
        .gives({1, 2, 3, 4, 5, 6}),
    OpCase("sort").attr("axis", "0").attr("is_ascend", "False").input({7, 3}, distinct()),
    OpCase("sort").attr("axis", "None").input({2, 5}, distinct()),
    OpCase("argsort")
        .attr("dtype", "int64")
        .input({6}, exactly({2, kNaN, 1, 2, -1, 0}))
        .types(kFloatTypes)
        .gives({4, 5, 2, 0, 3, 1}),
    OpCase("argsort").attr("axis", "1").attr("is_ascend", "False").input({2, 4, 3}, distinct()),
};

const OpCases kSequences = {
    OpCase("SequenceMask")
        .attr("use_sequence_length", "True")
        .attr("value", "-1")
        .input({3, 2}, exactly({1, 2, 3, 4, 5, 6}))
        .input({2}, exactly({1, 2}), kInt)
        .types({DType::kFloat64, DType::kInt32})
        .infersInputs({1})
        .gives({1, 2, -1, 4, -1, -1}),
    OpCase("SequenceMask")
        .attr("use_sequence_length", "True")
        .attr("axis", "1")
        .input({2, 4, 3})
        .input({2}, exactly({3, 0}), kInt),
    OpCase("SequenceMask").input({2, 3}),
    OpCase("SequenceLast")
        .attr("use_sequence_length", "True")
        .input({3, 2}, exactly({1, 2, 3, 4, 5, 6}))
        .input({2}, exactly({3, 2}), kInt)
        .types(kNumberTypes)
        .gives({5, 4}),
    OpCase("SequenceLast").attr("axis", "1").input({2, 3, 4}),
    OpCase("SequenceReverse")
        .attr("use_sequence_length", "True")
        .input({3, 2}, exactly({1, 2, 3, 4, 5, 6}))
        .input({2}, exactly({2, 3}), kInt)
        .types(kNumberTypes)
        .gives({3, 6, 1, 4, 5, 2}),
    OpCase("SequenceReverse").input({3, 2, 2}),
};

}  // namespace
}  // namespace tenon
