// Cases of the operators in cpp/ops/loss. Their gradients are not those of their outputs:
// loss_test.cc checks them.
#include "support/op_case.h"

namespace tenon {
namespace {

constexpr const char* kLossLayer = "a loss layer's gradient is not its output's";

const OpCases kSoftmaxOutput = {
    OpCase("SoftmaxOutput")
        .input({2, 3}, exactly({1, 2, 3, 0, 0, 1}))
        .input({2}, exactly({1, 2}))
        .infersInputs({1})
        .noGradient(kLossLayer)
        .tolerance(10)
        .gives({0.09003057, 0.24472847, 0.66524096, 0.21194156, 0.21194156, 0.57611688}),
    OpCase("SoftmaxOutput")
        .attr("multi_output", "True")
        .input({2, 3, 4})
        .input({2, 4}, integers(0, 2))
        .infersInputs({1})
        .noGradient(kLossLayer),
    OpCase("SoftmaxOutput")
        .attr("preserve_shape", "True")
        .input({2, 3, 4})
        .input({2, 3}, integers(0, 3))
        .infersInputs({1})
        .noGradient(kLossLayer),
    OpCase("SoftmaxOutput")
        .input({2, 3, 2})
        .input({2, 3}, integers(0, 5))
        .infersInputs({1})
        .noGradient(kLossLayer),
};

OpCase regression(const std::string& op) {
  return OpCase(op)
      .input({2, 3}, exactly({1, 2, 3, 0, 0, 1}))
      .input({2, 3}, exactly({1, 1, 1, 2, 0, 1}))
      .infersInputs({1})
      .tolerance(10)
      .noGradient(kLossLayer);
}

const OpCases kRegression = {
    regression("LinearRegressionOutput").gives({1, 2, 3, 0, 0, 1}),
    regression("LogisticRegressionOutput")
        .gives({0.73105858, 0.88079708, 0.95257413, 0.5, 0.5, 0.73105858}),
    regression("MAERegressionOutput").gives({1, 2, 3, 0, 0, 1}),
    OpCase("LinearRegressionOutput")
        .input({4, 1})
        .input({4})
        .infersInputs({1})
        .noGradient(kLossLayer),
};

const OpCases kClassification = {
    OpCase("SVMOutput")
        .input({2, 3})
        .input({2}, integers(0, 2))
        .infersInputs({1})
        .noGradient(kLossLayer),
    OpCase("softmax_cross_entropy")
        .input({2, 3}, exactly({1, 2, 3, 0, 0, 1}))
        .input({2}, exactly({1, 2}))
        .infersInputs({1})
        .noGradient("labels are not continuous", {1})
        .tolerance(50)
        .gives({1.9590507}),
};

}  // namespace
}  // namespace tenon
