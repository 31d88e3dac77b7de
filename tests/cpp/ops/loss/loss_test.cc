// Gradients of loss layers. The numbers are MXNet 1.9.1's, whose native code gave them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.h"
#include "support/op_runner.h"

namespace tenon {
namespace {

using testing::DoubleNear;
using testing::Pointwise;

constexpr double kDigits = 6e-5;

/// The gradient of SoftmaxOutput's data.
std::vector<double> softmaxGradient(const HostArray& data, const HostArray& label,
                                    const AttrMap& attrs = {}, std::vector<HostArray> head = {}) {
  std::vector<HostArray> inputs = {runOp("SoftmaxOutput", {data, label}, attrs)[0], label};
  for (HostArray& array : head) inputs.push_back(array);
  return runOp("_backward_SoftmaxOutput", inputs, attrs)[0].values();
}

HostArray scores() { return HostArray::of({2, 3}, {1, 2, 3, 0, 0, 1}); }
HostArray labels(double first, double second) { return HostArray::of({2}, {first, second}); }

TEST(SoftmaxOutput, gradientIsProbabilitiesLessTheLabel) {
  EXPECT_THAT(softmaxGradient(scores(), labels(1, 2)),
              Pointwise(DoubleNear(kDigits), {0.09, -0.7553, 0.6652, 0.2119, 0.2119, -0.4239}));
  EXPECT_THAT(softmaxGradient(scores(), labels(1, 2), {{"grad_scale", "2"}}),
              Pointwise(DoubleNear(kDigits), {0.1801, -1.5105, 1.3305, 0.4239, 0.4239, -0.8478}));
  EXPECT_THAT(softmaxGradient(scores(), labels(1, 2), {{"smooth_alpha", "0.1"}}),
              Pointwise(DoubleNear(kDigits), {0.04, -0.6553, 0.6152, 0.1619, 0.1619, -0.3239}));
}

TEST(SoftmaxOutput, multipliesByTheOutputsGradientOnRequest) {
  EXPECT_THAT(softmaxGradient(scores(), labels(1, 2), {{"out_grad", "True"}},
                              {HostArray::of({2, 3}, {1, 1, 2, 0, 1, 3})}),
              Pointwise(DoubleNear(kDigits * 3), {0.09, -0.7553, 1.3305, 0., 0.2119, -1.2716}));
}

TEST(SoftmaxOutput, ignoresTheIgnoredLabelAndNormalisesByWhatCounts) {
  const auto gradient = [](const char* normalization) {
    return softmaxGradient(scores(), labels(1, -1),
                           {{"use_ignore", "True"}, {"normalization", normalization}});
  };
  EXPECT_THAT(gradient("null"),
              Pointwise(DoubleNear(kDigits), {0.09, -0.7553, 0.6652, 0., 0., 0.}));
  EXPECT_THAT(gradient("batch"),
              Pointwise(DoubleNear(kDigits), {0.045, -0.3776, 0.3326, 0., 0., 0.}));
  EXPECT_THAT(gradient("valid"),
              Pointwise(DoubleNear(kDigits), {0.09, -0.7553, 0.6652, 0., 0., 0.}));
}

TEST(SoftmaxOutput, takesLabelsThatAreNoClassForNone) {
  for (const double wrong : {-1.0, 7.0, std::nan(""), 1e30, -1e30}) {
    EXPECT_THAT(softmaxGradient(scores(), labels(1, wrong)),
                Pointwise(DoubleNear(kDigits), {0.09, -0.7553, 0.6652, 0.2119, 0.2119, 0.5761}));
  }
  EXPECT_THAT(softmaxGradient(scores(), labels(1, 1.7)),
              Pointwise(DoubleNear(kDigits), {0.09, -0.7553, 0.6652, 0.2119, -0.7881, 0.5761}));
}

TEST(SoftmaxOutput, takesProbabilitiesAsLabels) {
  EXPECT_THAT(softmaxGradient(scores(), HostArray::of({2, 3}, {.1, .2, .7, .3, .3, .4}),
                              {{"normalization", "batch"}}),
              Pointwise(DoubleNear(kDigits), {-0.01, 0.0447, -0.0348, -0.0881, -0.0881, 0.1761}));
}

TEST(SoftmaxOutput, averagesOverPositionsWithMultiOutput) {
  const HostArray data = HostArray::of({1, 2, 2}, {0, 1, 1, 0});
  const HostArray label = HostArray::of({1, 2}, {0, -1});
  const double p = 1 / (1 + std::exp(1.0)), q = 1 - p;
  AttrMap attrs = {{"multi_output", "True"}};
  EXPECT_THAT(softmaxGradient(data, label, attrs),
              Pointwise(DoubleNear(1e-6), {-q / 2, q / 2, q / 2, p / 2}));
  attrs["use_ignore"] = "True";
  EXPECT_THAT(softmaxGradient(data, label, attrs),
              Pointwise(DoubleNear(1e-6), {-q / 2, 0., q / 2, 0.}));
  attrs["normalization"] = "valid";
  EXPECT_THAT(softmaxGradient(data, label, attrs), Pointwise(DoubleNear(1e-6), {-q, 0., q, 0.}));
}

TEST(SoftmaxOutput, saysWhichLabelsItTakes) {
  expectError(ErrorKind::kInvalidArgument,
              "SoftmaxOutput: label has shape (3,), expected (2,) for data of shape (2,3)", [] {
                runOp("SoftmaxOutput", {scores(), HostArray::of({3}, {0, 0, 0})});
              });
}

TEST(RegressionOutputs, gradientsDivideByTheValuesOfASample) {
  const HostArray label = HostArray::of({2, 3}, {1, 1, 1, 2, 0, 1});
  const auto gradient = [&](const std::string& op, const AttrMap& attrs) {
    return runOp("_backward_" + op, {runOp(op, {scores(), label}, attrs)[0], label}, attrs)[0]
        .values();
  };
  EXPECT_THAT(gradient("LinearRegressionOutput", {}),
              Pointwise(DoubleNear(1e-6), {0., 1 / 3., 2 / 3., -2 / 3., 0., 0.}));
  EXPECT_THAT(gradient("LogisticRegressionOutput", {{"grad_scale", "2"}}),
              Pointwise(DoubleNear(1e-6),
                        {-0.17929427, -0.07946865, -0.03161725, -1., 0.33333334, -0.17929427}));
  EXPECT_THAT(gradient("MAERegressionOutput", {}),
              Pointwise(DoubleNear(1e-6), {-1 / 3., 1 / 3., 1 / 3., -1 / 3., -1 / 3., -1 / 3.}));
}

TEST(SvmOutput, gradientIsThatOfTheHingeLoss) {
  AttrMap attrs = {{"margin", "0.5"}, {"regularization_coefficient", "0.3"}};
  const auto gradient = [&] {
    return runOp("_backward_SVMOutput", {scores(), labels(1, 2)}, attrs)[0].values();
  };
  EXPECT_THAT(gradient(), Pointwise(DoubleNear(1e-6), {0.9, 0., 2.1, 0.3, 0.3, 0.}));
  attrs["use_linear"] = "True";
  EXPECT_THAT(gradient(), Pointwise(DoubleNear(1e-6), {0.3, 0., 0.3, 0.3, 0.3, 0.}));
}

}  // namespace
}  // namespace tenon
