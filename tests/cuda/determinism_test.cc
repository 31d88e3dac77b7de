// The same operator on the same operands gives the same bits, however often it runs and whatever
// runs beside it: on the compute queue products of other shapes, on the copy queues transfers.
#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <thread>

#include "device_arrays.h"
#include "exec/invoke.h"

namespace tenon {
namespace {

constexpr int kRuns = 12;

/// Values whose sums depend on their order.
NDArray sample(const Shape& shape, DType type, unsigned seed) {
  std::vector<float> values(static_cast<size_t>(shape.size()));
  uint32_t state = seed;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) / static_cast<float>(1 << 23) - 1;
  }
  const NDArray wide = testing::arrayOn(Device::gpu(), values).reshaped(shape);
  return invoke("Cast", {{"dtype", std::string(nameOf(type))}}, {wide}).at(0);
}

std::vector<char> bitsOf(const NDArray& array) {
  std::vector<char> bits(static_cast<size_t>(array.bytes()));
  array.copyToHost(bits.data(), array.bytes());
  return bits;
}

/// Keeps all queues of the device busy from another thread.
class Traffic {
 public:
  Traffic() : thread_([this] { work(); }) {}
  ~Traffic() {
    ending_ = true;
    thread_.join();
  }
  Traffic(const Traffic&) = delete;
  Traffic& operator=(const Traffic&) = delete;

 private:
  void work() const {
    const std::vector<float> values(5000, 0.5f);
    while (!ending_) {
      const NDArray there = testing::arrayOn(Device::gpu(), values);
      const NDArray product =
          invoke("dot", {}, {there.reshaped({50, 100}), there.reshaped({100, 50})}).at(0);
      testing::valuesOf(product.reshaped({2500}));
    }
  }

  std::atomic<bool> ending_{false};
  std::thread thread_;
};

void expectSameBits(const char* op, const AttrMap& attrs, const std::vector<NDArray>& inputs) {
  std::vector<std::vector<char>> first;
  for (const NDArray& output : invoke(op, attrs, inputs)) first.push_back(bitsOf(output));
  const Traffic traffic;
  for (int run = 0; run < kRuns; ++run) {
    const std::vector<NDArray> outputs = invoke(op, attrs, inputs);
    ASSERT_EQ(outputs.size(), first.size());
    for (size_t i = 0; i < first.size(); ++i)
      ASSERT_EQ(bitsOf(outputs[i]), first[i]) << op << ", output " << i << ", run " << run;
  }
}

TEST(CudaDeterminism, productsGiveTheSameBits) {
  for (const DType type : {DType::kFloat32, DType::kFloat16, DType::kBFloat16}) {
    expectSameBits("dot", {}, {sample({65, 300}, type, 1), sample({300, 33}, type, 2)});
    expectSameBits("FullyConnected", {{"num_hidden", "48"}},
                   {sample({64, 256}, type, 3), sample({48, 256}, type, 4), sample({48}, type, 5)});
  }
}

TEST(CudaDeterminism, convolutionsGiveTheSameBits) {
  const AttrMap attrs = {{"kernel", "(3, 3)"}, {"num_filter", "8"}, {"pad", "(1, 1)"}};
  for (const DType type : {DType::kFloat32, DType::kFloat16}) {
    const NDArray data = sample({4, 8, 12, 12}, type, 1);
    const NDArray weight = sample({8, 8, 3, 3}, type, 2);
    const NDArray gradient = sample({4, 8, 12, 12}, type, 3);
    expectSameBits("Convolution", attrs, {data, weight, sample({8}, type, 4)});
    expectSameBits("_backward_Convolution_data", attrs, {gradient, weight, data});
    expectSameBits("_backward_Convolution_weight", attrs, {gradient, data});
  }
}

TEST(CudaDeterminism, foldsGiveTheSameBits) {
  const NDArray data = sample({700, 130}, DType::kFloat32, 1);
  for (const char* axis : {"0", "1", "(0, 1)"}) expectSameBits("sum", {{"axis", axis}}, {data});
  expectSameBits("softmax", {}, {data});
}

}  // namespace
}  // namespace tenon
