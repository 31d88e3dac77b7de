// Cases of the operators in cpp/ops/nn. Where numbers are written down, they are MXNet 1.9.1's.
#include <cmath>

#include "support/op_case.h"

namespace tenon {
namespace {

const OpCases kFullyConnected = {
    OpCase("FullyConnected")
        .attr("num_hidden", "2")
        .input({2, 3}, exactly({1, 2, 3, 4, 5, 6}))
        .input({2, 3}, exactly({1, 0, -1, 2, 1, 0}))
        .input({2}, exactly({10, 20}))
        .infersInputs({1, 2})
        .gives({8, 24, 8, 33}),
    OpCase("FullyConnected")
        .attr("num_hidden", "5")
        .input({3, 2, 4})
        .input({5, 8})
        .input({5})
        .infersInputs({1, 2}),
    OpCase("FullyConnected")
        .attr("num_hidden", "5")
        .attr("flatten", "False")
        .attr("no_bias", "True")
        .input({3, 2, 4})
        .input({5, 4})
        .infersInputs({1}),
    OpCase("FullyConnected").attr("num_hidden", "1").input({70, 33}).input({1, 33}).input({1}),
};

const OpCases kConvolution = {
    OpCase("Convolution")
        .attr("kernel", "(3,2)")
        .attr("stride", "(2,1)")
        .attr("pad", "(1,1)")
        .attr("num_filter", "3")
        .input({2, 2, 5, 4})
        .input({3, 2, 3, 2})
        .input({3})
        .infersInputs({1, 2}),
    OpCase("Convolution")
        .attr("kernel", "(3,)")
        .attr("dilate", "(2,)")
        .attr("num_filter", "4")
        .attr("num_group", "2")
        .input({2, 4, 7})
        .input({4, 2, 3})
        .input({4})
        .infersInputs({1, 2}),
    OpCase("Convolution")
        .attr("kernel", "(2,2,2)")
        .attr("num_filter", "2")
        .attr("no_bias", "True")
        .input({1, 2, 3, 4, 3})
        .input({2, 2, 2, 2, 2})
        .infersInputs({1}),
    OpCase("Convolution")
        .attr("kernel", "(3,2)")
        .attr("num_filter", "6")
        .attr("num_group", "2")
        .attr("layout", "NHWC")
        .input({2, 5, 4, 4})
        .input({6, 3, 2, 2})
        .input({6})
        .infersInputs({1, 2}),
    OpCase("Convolution")
        .attr("kernel", "(3,3)")
        .attr("num_filter", "4")
        .attr("num_group", "4")
        .input({2, 4, 5, 5})
        .input({4, 1, 3, 3})
        .input({4}),
};

OpCase activation(const std::string& type, double tolerance = 1) {
  return OpCase("Activation")
      .attr("act_type", type)
      .input({5, 7}, awayFromZero(0.05, 4))
      .tolerance(tolerance);
}

const OpCases kActivation = {
    activation("relu"),
    activation("sigmoid"),
    activation("tanh"),
    activation("softrelu"),
    activation("softsign"),
    OpCase("Activation")
        .attr("act_type", "relu")
        .input({3}, exactly({-1, 0, 2}))
        .noGradient("has a kink")
        .gives({0, 0, 2}),
    OpCase("Activation")
        .attr("act_type", "tanh")
        .input({3, 40000})
        .types({DType::kFloat32, DType::kFloat64}),
};

OpCase pooling(const Shape& shape, const std::string& type) {
  return OpCase("Pooling").attr("pool_type", type).input(shape, distinct());
}

const OpCases kPooling = {
    pooling({2, 3, 6, 4}, "max").attr("kernel", "(2,2)").attr("stride", "(2,2)"),
    pooling({2, 3, 7, 5}, "max").attr("kernel", "(2,2)").attr("stride", "(2,2)"),
    pooling({2, 3, 7, 6}, "max")
        .attr("kernel", "(3,2)")
        .attr("stride", "(2,1)")
        .attr("pad", "(1,1)"),
    pooling({2, 3, 7, 6}, "avg")
        .attr("kernel", "(3,2)")
        .attr("stride", "(2,1)")
        .attr("pad", "(1,1)")
        .attr("pooling_convention", "full"),
    pooling({2, 3, 7, 6}, "avg")
        .attr("kernel", "(3,2)")
        .attr("stride", "(2,1)")
        .attr("pad", "(1,1)")
        .attr("count_include_pad", "False"),
    pooling({2, 3, 9}, "sum")
        .attr("kernel", "(3,)")
        .attr("stride", "(2,)")
        .attr("pooling_convention", "same"),
    pooling({1, 2, 4, 5, 3}, "max").attr("kernel", "(2,3,2)").attr("pad", "(1,1,0)"),
    pooling({2, 4, 5, 3}, "avg").attr("global_pool", "True"),
    pooling({2, 5, 3, 4}, "max").attr("kernel", "(2,2)").attr("layout", "NHWC"),
    OpCase("Pooling")
        .attr("pool_type", "lp")
        .attr("p_value", "2")
        .attr("kernel", "(2,2)")
        .input({2, 2, 3, 4}, uniform(0.5, 2)),
    OpCase("Pooling")
        .attr("kernel", "(2,2)")
        .attr("stride", "(2,2)")
        .input({1, 1, 2, 4}, exactly({1, 1, 0, 3, 1, 1, 4, 4}))
        .noGradient("has equal elements")
        .gives({1, 4}),
};

const OpCases kSoftmax = {
    OpCase("softmax").input({3, 5}),
    OpCase("softmax").attr("axis", "1").input({2, 4, 3}),
    OpCase("softmax")
        .attr("temperature", "2.0")
        .input({1, 3}, exactly({1, 2, 3}))
        .gives({0.18632372, 0.30719589, 0.50648039})
        .tolerance(10),
    OpCase("softmax").attr("dtype", "float64").input({2, 3}),
    OpCase("softmax")
        .attr("use_length", "True")
        .input({2, 3}, exactly({1, 2, 3, 1, 1, 5}))
        .input({2}, exactly({2, 0}), DType::kInt32)
        .tolerance(10)
        .gives({0.26894142, 0.73105858, 0, 0, 0, 0}),
    OpCase("log_softmax").input({3, 5}),
    OpCase("log_softmax").attr("axis", "0").attr("temperature", "0.5").input({4, 3}),
    OpCase("softmin")
        .input({1, 3}, exactly({1, 2, 3}))
        .tolerance(10)
        .gives({0.66524096, 0.24472847, 0.09003057}),
    OpCase("SoftmaxActivation").input({3, 2, 4}),
    OpCase("SoftmaxActivation").attr("mode", "channel").input({3, 2, 4}),
};

OpCase deconvolution(const Shape& data, const Shape& weight) {
  return OpCase("Deconvolution").input(data).input(weight);
}

const OpCases kDeconvolution = {
    OpCase("Deconvolution")
        .attr("kernel", "(3,3)")
        .attr("stride", "(2,2)")
        .attr("pad", "(1,1)")
        .attr("adj", "(1,1)")
        .attr("num_filter", "1")
        .input({1, 1, 2, 2}, exactly({1, 2, 3, 4}))
        .input({1, 1, 3, 3}, exactly({1, 2, 3, 4, 5, 6, 7, 8, 9}))
        .gives({5, 14, 10, 12, 14, 36, 24, 30, 15, 34, 20, 24, 24, 55, 32, 36}),
    OpCase("Deconvolution")
        .attr("kernel", "(3,3)")
        .attr("stride", "(2,2)")
        .attr("target_shape", "(4,4)")
        .attr("num_filter", "1")
        .input({1, 1, 2, 2}, exactly({1, 2, 3, 4}))
        .input({1, 1, 3, 3}, exactly({1, 2, 3, 4, 5, 6, 7, 8, 9}))
        .gives({5, 14, 10, 12, 14, 36, 24, 30, 15, 34, 20, 24, 24, 55, 32, 36}),
    deconvolution({2, 4, 3, 4}, {4, 3, 2, 3})
        .attr("kernel", "(2,3)")
        .attr("stride", "(2,1)")
        .attr("num_filter", "6")
        .attr("num_group", "2")
        .attr("no_bias", "False")
        .input({6})
        .infersInputs({1, 2}),
    deconvolution({2, 2, 5}, {2, 3, 3})
        .attr("kernel", "(3,)")
        .attr("dilate", "(2,)")
        .attr("num_filter", "3"),
};

const OpCases kLeakyRelu = {
    OpCase("LeakyReLU").input({4}, exactly({-2, -0.5, 0.5, 1.5})).gives({-0.5, -0.125, 0.5, 1.5}),
    OpCase("LeakyReLU")
        .attr("act_type", "elu")
        .input({4}, exactly({-2, -0.5, 0.5, 1.5}))
        .tolerance(1000)
        .gives({-0.216166, -0.098367, 0.5, 1.5}),
    OpCase("LeakyReLU")
        .attr("act_type", "selu")
        .input({3}, exactly({-2, -0.5, 1.5}))
        .tolerance(1000)
        .gives({-1.520167, -0.691758, 1.576051}),
    OpCase("LeakyReLU")
        .attr("act_type", "gelu")
        .input({3}, exactly({-2, -0.5, 1.5}))
        .tolerance(1000)
        .gives({-0.0455, -0.154269, 1.399789}),
    OpCase("LeakyReLU")
        .attr("act_type", "prelu")
        .input({2, 2}, exactly({-1, -2, 3, -4}))
        .input({2}, exactly({0.1, 0.2}))
        .infersInputs({1})
        .gives({-0.1, -0.4, 3, -0.8}),
    OpCase("LeakyReLU")
        .attr("act_type", "rrelu")
        .input({30, 3}, awayFromZero(0.05, 1))
        .inTraining()
        .isRandom(),
};

const OpCases kLayerNorm = {
    OpCase("LayerNorm").input({4, 5}).input({5}).input({5}).infersInputs({1, 2}).tolerance(20),
    OpCase("LayerNorm")
        .attr("axis", "1")
        .input({2, 3, 4})
        .input({3})
        .input({3})
        .infersInputs({1, 2})
        .tolerance(50),
};

// The moving statistics follow in training, so differences of a run change nothing else.
OpCase batchNorm(const Shape& shape, int64_t channels) {
  return OpCase("BatchNorm")
      .attr("fix_gamma", "False")
      .input(shape)
      .input({channels}, uniform(0.5, 2))
      .input({channels})
      .input({channels})
      .input({channels}, uniform(0.5, 2))
      .infersInputs({1, 2, 3, 4})
      .types({DType::kFloat32, DType::kFloat64})
      .tolerance(20);
}

// The second and third output carry no gradient.
const OpCases kBatchNorm = {
    batchNorm({4, 3, 5}, 3).inTraining(),
    batchNorm({5, 2, 3, 4}, 4)
        .attr("axis", "-1")
        .inTraining()
        .types({DType::kFloat32, DType::kFloat64}),
    batchNorm({4, 3, 5}, 3)
        .attr("use_global_stats", "True")
        .inTraining()
        .noGradient("its inputs are fixed", {3, 4}),
    batchNorm({4, 3}, 3).noGradient("its inputs are fixed", {3, 4}),
    OpCase("BatchNorm")
        .input({4, 3, 5})
        .input({3}, uniform(0.5, 2), DType::kFloat32)
        .input({3}, uniform(-1, 1), DType::kFloat32)
        .input({3}, uniform(-1, 1), DType::kFloat32)
        .input({3}, uniform(0.5, 2), DType::kFloat32)
        .types({DType::kFloat16, DType::kBFloat16})
        .noGradient("is checked in float64"),
    OpCase("BatchNorm")
        .input({3, 2, 4, 3})
        .input({2}, uniform(2, 3))
        .input({2})
        .input({2})
        .input({2}, uniform(0.5, 2))
        .inTraining()
        .types({DType::kFloat32, DType::kFloat64})
        .tolerance(20)
        .noGradient("gamma is taken for 1 and has a gradient of 0", {1}),
};

const OpCases kDropout = {
    OpCase("Dropout").input({30, 7}).inTraining().isRandom(),
    OpCase("Dropout")
        .attr("axes", "(1,)")
        .attr("p", "0.3")
        .input({30, 7, 2})
        .inTraining()
        .isRandom(),
    OpCase("Dropout").attr("mode", "always").attr("p", "0.9").input({301}).isRandom(),
};

}  // namespace
}  // namespace tenon
