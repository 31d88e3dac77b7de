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

}  // namespace
}  // namespace tenon
