// Cases of the operators in cpp/ops/shape.
#include "support/op_case.h"

namespace tenon {
namespace {

/// 0, 1, 2, …: so that where an element came from can be read off the result.
Values counting() {
  return [](int64_t size, std::mt19937&) {
    std::vector<double> values;
    for (int64_t i = 0; i < size; ++i) values.push_back(static_cast<double>(i));
    return values;
  };
}

const OpCases kReshapes = {
    OpCase("Reshape").attr("shape", "(4,-1)").input({2, 3, 4}).types(kAllTypes),
    OpCase("Reshape").attr("shape", "(-3,0,-4,-1,2)").input({2, 3, 5, 4}),
    OpCase("Reshape").attr("shape", "(0,-2)").input({2, 3, 4}).infersInputs({}),
    OpCase("Reshape").attr("shape", "(-1,0)").attr("reverse", "True").input({10, 5, 4}),
    OpCase("Reshape").attr("target_shape", "(0,6)").input({4, 3}),
    OpCase("Flatten").input({2, 3, 4}, counting()).types(kAllTypes),
    OpCase("Flatten").input({5}),
    OpCase("expand_dims").attr("axis", "1").input({2, 3}).types(kAllTypes).infersInputs({0}),
    OpCase("expand_dims").attr("axis", "-1").input({2, 3}).infersInputs({0}),
    OpCase("squeeze").input({1, 3, 1}).types(kAllTypes),
    OpCase("squeeze").attr("axis", "(0,-1)").input({1, 3, 1, 1}),
    OpCase("squeeze").attr("axis", "0").input({1}),
    OpCase("reshape_like").input({6, 2}).input({3, 4}).types(kAllTypes),
    OpCase("reshape_like")
        .attr("lhs_begin", "0")
        .attr("lhs_end", "2")
        .attr("rhs_begin", "1")
        .attr("rhs_end", "2")
        .input({2, 3, 5})
        .input({4, 6}),
};

const OpCases kPermutations = {
    OpCase("transpose")
        .input({2, 3}, counting())
        .types(kAllTypes)
        .infersInputs({0})
        .gives({0, 3, 1, 4, 2, 5}),
    OpCase("transpose").attr("axes", "(1,2,0)").input({2, 3, 4}).types(kAllTypes).infersInputs({0}),
    OpCase("transpose").attr("axes", "(0,2,1,3)").input({2, 3, 4, 5}),
    OpCase("transpose").attr("axes", "(0,-1,1)").input({2, 17, 35}),
    OpCase("transpose").input({2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 3}),
    OpCase("SwapAxis").attr("dim1", "0").attr("dim2", "2").input({2, 3, 4}).types(kAllTypes),
    OpCase("SwapAxis").input({3}),
    OpCase("depth_to_space")
        .attr("block_size", "2")
        .input({2, 12, 2, 3})
        .types(kAllTypes)
        .infersInputs({0}),
    OpCase("space_to_depth")
        .attr("block_size", "3")
        .input({1, 2, 6, 3})
        .types(kAllTypes)
        .infersInputs({0}),
};

const OpCases kSlices = {
    OpCase("slice")
        .attr("begin", "(1,)")
        .attr("end", "(3,)")
        .input({4, 2}, counting())
        .types(kAllTypes)
        .gives({2, 3, 4, 5}),
    OpCase("slice")
        .attr("begin", "(None,-1)")
        .attr("end", "(None,None)")
        .attr("step", "(-1,-2)")
        .input({2, 4}, counting())
        .gives({7, 5, 3, 1}),
    OpCase("slice").attr("begin", "(-100,2)").attr("end", "(100,1)").input({2, 4}),
    OpCase("slice")
        .attr("begin", "(0,1,0)")
        .attr("end", "(2,5,3)")
        .attr("step", "(1,3,None)")
        .input({3, 6, 4}),
    OpCase("slice_axis")
        .attr("axis", "-1")
        .attr("begin", "-3")
        .attr("end", "-1")
        .input({2, 4}, counting())
        .types(kAllTypes)
        .gives({1, 2, 5, 6}),
    OpCase("slice_axis").attr("axis", "0").attr("begin", "1").attr("end", "None").input({3, 2, 2}),
    OpCase("slice_like").input({4, 3}).input({2, 2}).types(kAllTypes),
    OpCase("slice_like").attr("axes", "(0,-1)").input({4, 3, 5}).input({2, 3, 4}),
    OpCase("_slice_assign")
        .attr("begin", "(0,1)")
        .attr("end", "(2,3)")
        .input({2, 3}, exactly({0, 1, 2, 3, 4, 5}))
        .input({2, 2}, exactly({6, 7, 8, 9}))
        .types(kAllTypes)
        .infersInputs({1}),
    OpCase("_slice_assign")
        .attr("begin", "(None,)")
        .attr("end", "(None,)")
        .attr("step", "(-2,)")
        .input({5}, counting())
        .input({3}, exactly({10, 11, 12}))
        .gives({12, 1, 11, 3, 10}),
    OpCase("_slice_assign_scalar")
        .attr("begin", "(1,None)")
        .attr("end", "(None,2)")
        .attr("scalar", "7")
        .input({2, 3}, counting())
        .types(kNumberTypes)
        .gives({0, 1, 2, 7, 7, 5}),
};

const OpCases kJoins = {
    OpCase("Concat")
        .attr("num_args", "2")
        .attr("dim", "1")
        .input({2, 2}, exactly({0, 1, 2, 3}))
        .input({2, 1}, exactly({4, 5}))
        .types(kAllTypes)
        .infersInputs({1})
        .gives({0, 1, 4, 2, 3, 5}),
    OpCase("Concat")
        .attr("num_args", "3")
        .attr("dim", "-2")
        .input({2, 3, 4})
        .input({2, 1, 4})
        .input({2, 2, 4})
        .infersInputs({2}),
    OpCase("Concat").attr("num_args", "1").attr("dim", "0").input({3}),
    OpCase("stack")
        .attr("num_args", "3")
        .attr("axis", "1")
        .input({2, 2})
        .input({2, 2})
        .input({2, 2})
        .types(kAllTypes)
        .infersInputs({0, 1, 2}),
    OpCase("stack").attr("num_args", "2").attr("axis", "-1").input({3}).input({3}),
    OpCase("SliceChannel")
        .attr("num_outputs", "3")
        .input({2, 6, 2})
        .types(kAllTypes)
        .infersInputs({0}),
    OpCase("SliceChannel")
        .attr("num_outputs", "2")
        .attr("axis", "-1")
        .attr("squeeze_axis", "True")
        .input({3, 2}, counting())
        .infersInputs({0})
        .reference([](const std::vector<HostArray>&) {
          return std::vector<std::vector<double>>{{0, 2, 4}, {1, 3, 5}};
        }),
    OpCase("_split_v2")
        .attr("indices", "(0,2,3)")
        .attr("axis", "0")
        .input({5, 2}, counting())
        .types(kAllTypes)
        .reference([](const std::vector<HostArray>&) {
          return std::vector<std::vector<double>>{{0, 1, 2, 3}, {4, 5}, {6, 7, 8, 9}};
        }),
    OpCase("_split_v2").attr("indices", "()").attr("sections", "2").input({2, 4}),
};

/// Every element of the padded array, looked up by itself.
OpCase::Reference paddedBy(bool reflect, std::vector<int64_t> widths) {
  return [=](const std::vector<HostArray>& inputs) {
    const HostArray& x = inputs[0];
    const int rank = x.shape().rank();
    int64_t size = 1;
    for (int i = 0; i < rank; ++i) size *= widths[2 * i] + x.shape()[i] + widths[2 * i + 1];
    std::vector<double> values;
    for (int64_t k = 0; k < size; ++k) {
      int64_t rest = k;
      int64_t at = 0;
      int64_t stride = 1;
      for (int i = rank - 1; i >= 0; --i) {
        const int64_t extent = x.shape()[i];
        const int64_t whole = widths[2 * i] + extent + widths[2 * i + 1];
        int64_t index = rest % whole - widths[2 * i];
        rest /= whole;
        if (index < 0) index = reflect ? -index : 0;
        if (index >= extent) index = reflect ? 2 * extent - 2 - index : extent - 1;
        at += index * stride;
        stride *= extent;
      }
      values.push_back(x.get(at));
    }
    return std::vector<std::vector<double>>{values};
  };
}

const OpCases kRepetitions = {
    OpCase("tile")
        .attr("reps", "(2,2)")
        .input({1, 2}, counting())
        .types(kAllTypes)
        .gives({0, 1, 0, 1, 0, 1, 0, 1}),
    OpCase("tile").attr("reps", "(2,1,3)").input({3, 2}),
    OpCase("tile").attr("reps", "(2,)").input({2, 3, 2}),
    OpCase("repeat")
        .attr("repeats", "2")
        .input({2, 2}, counting())
        .types(kAllTypes)
        .gives({0, 0, 1, 1, 2, 2, 3, 3}),
    OpCase("repeat")
        .attr("repeats", "3")
        .attr("axis", "-2")
        .input({2, 2}, counting())
        .gives({0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3}),
    OpCase("reverse")
        .attr("axis", "(0,)")
        .input({3, 2}, counting())
        .types(kAllTypes)
        .gives({4, 5, 2, 3, 0, 1}),
    OpCase("reverse").attr("axis", "(0,-1)").input({2, 3, 4}),
    OpCase("Pad")
        .attr("mode", "constant")
        .attr("pad_width", "(0,0,0,0,1,0,0,2)")
        .attr("constant_value", "9")
        .input({1, 1, 2, 2}, counting())
        .types(kNumberTypes)
        .infersInputs({0})
        .gives({9, 9, 9, 9, 0, 1, 9, 9, 2, 3, 9, 9}),
    OpCase("Pad")
        .attr("mode", "edge")
        .attr("pad_width", "(0,0,0,0,1,1,2,1)")
        .input({2, 1, 3, 2})
        .infersInputs({0})
        .types(kAllTypes)
        .reference(paddedBy(false, {0, 0, 0, 0, 1, 1, 2, 1})),
    OpCase("Pad")
        .attr("mode", "reflect")
        .attr("pad_width", "(0,0,1,0,3,2,1,2)")
        .input({2, 3, 4, 3})
        .infersInputs({0})
        .types(kAllTypes)
        .reference(paddedBy(true, {0, 0, 1, 0, 3, 2, 1, 2})),
    OpCase("Pad")
        .attr("mode", "reflect")
        .attr("pad_width", "(0,0,0,0,0,0,2,1)")
        .input({1, 1, 1, 4}, counting())
        .infersInputs({0})
        .gives({2, 1, 0, 1, 2, 3, 2}),
};

const OpCases kDiagonals = {
    OpCase("diag").input({2, 3}, counting()).types(kAllTypes).gives({0, 4}),
    OpCase("diag")
        .attr("k", "-1")
        .input({2}, exactly({5, 6}))
        .types(kNumberTypes)
        .gives({0, 0, 0, 5, 0, 0, 0, 6, 0}),
    OpCase("diag").attr("k", "1").attr("axis1", "-1").attr("axis2", "0").input({4, 2, 3}),
};

const OpCases kQueries = {
    OpCase("shape_array").input({2, 3, 4}).types(kAllTypes).gives({2, 3, 4}),
    OpCase("size_array").input({2, 3, 4}).types(kAllTypes).gives({24}),
};

}  // namespace
}  // namespace tenon
