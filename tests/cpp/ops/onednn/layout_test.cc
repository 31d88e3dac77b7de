// Layouts: what plans let kernels choose, and the changes between them.
#include "ops/onednn/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <thread>

#include "ops/linalg/product.h"
#include "support/op_runner.h"

namespace tenon {
namespace {

using onednn::channelsLast;
using onednn::dimsOf;
using onednn::layoutOf;

TEST(Layout, rowMajorIsNoLayout) {
  EXPECT_EQ(layoutOf(onednn::rowMajor({2, 3, 4, 5}, DType::kFloat32)), nullptr);
  EXPECT_EQ(layoutOf(channelsLast({2, 1, 4, 5}, DType::kFloat32)), nullptr)
      << "one channel is last and first";
  EXPECT_EQ(layoutOf(channelsLast({2, 3, 1, 1}, DType::kFloat32)), nullptr);
  EXPECT_NE(layoutOf(channelsLast({2, 3, 4, 5}, DType::kFloat32)), nullptr);
}

TEST(Layout, equalsByWhatItDescribes) {
  const LayoutPtr a = layoutOf(channelsLast({2, 3, 4, 5}, DType::kFloat32));
  const LayoutPtr b = layoutOf(channelsLast({2, 3, 4, 5}, DType::kFloat32));
  const LayoutPtr c = layoutOf(channelsLast({2, 3, 5, 4}, DType::kFloat32));
  EXPECT_TRUE(a->equals(*b));
  EXPECT_FALSE(a->equals(*c));
  EXPECT_EQ(a->bytes(), 2u * 3 * 4 * 5 * sizeof(float));
}

TEST(Reorder, putsChannelsLastAndBack) {
  HostArray from({1, 2, 2, 2}, DType::kFloat32), middle = from, back = from;
  for (int64_t i = 0; i < 8; ++i) from.set(i, static_cast<double>(i));
  const LayoutPtr last = layoutOf(channelsLast(dimsOf(from.shape()), DType::kFloat32));
  TensorView in_between = middle.view();
  in_between.layout = last.get();
  const ReorderFunction reorder = reorderOf(DeviceType::kCpu);
  ASSERT_NE(reorder, nullptr);
  reorder(from.view(), in_between, nullptr);
  EXPECT_THAT(middle.values(), testing::ElementsAre(0, 4, 1, 5, 2, 6, 3, 7));
  reorder(in_between, back.view(), nullptr);
  EXPECT_EQ(back.values(), from.values());
}

/// Runs an operator as a plan does: layouts are free, what the kernel wants otherwise is reordered.
class PlannedRun {
 public:
  PlannedRun(const std::string& name, const AttrMap& dict, std::vector<HostArray> inputs) {
    const Op& op = findOp(name);
    const OpAttrsPtr attrs = op.parse(dict, static_cast<int>(inputs.size()));
    std::vector<Shape> in_shapes, out_shapes(static_cast<size_t>(attrs->numOutputs()));
    std::vector<TensorSpec> in_specs, out_specs;
    for (HostArray& input : inputs) in_shapes.push_back(input.shape());
    op.infer_shape(*attrs, in_shapes, out_shapes);
    for (const Shape& shape : in_shapes) {
      // Images arrive with channels last, as from a convolution before.
      const bool image = shape.rank() == 4 && &shape != &in_shapes[1];
      in_specs.push_back(
          {shape, DType::kFloat32,
           image ? layoutOf(channelsLast(dimsOf(shape), DType::kFloat32)) : nullptr});
    }
    for (const Shape& shape : out_shapes) out_specs.push_back({shape, DType::kFloat32, nullptr});
    const Kernel& kernel = *op.kernel(DeviceType::kCpu);
    const PreparedPtr prepared =
        kernel.prepare({*attrs, in_specs, out_specs, Device::cpu(), true, true});

    std::vector<std::vector<float>> memory;
    const auto make = [&](const Shape& shape, const LayoutPtr& layout) {
      const size_t bytes =
          layout ? layout->bytes() : static_cast<size_t>(shape.size()) * sizeof(float);
      memory.emplace_back(bytes / sizeof(float) + 1);
      TensorView view = denseView(memory.back().data(), shape, DType::kFloat32, Device::cpu());
      view.layout = layout.get();
      return view;
    };
    const auto layoutAt = [](const std::vector<LayoutPtr>& layouts, size_t i) {
      return i < layouts.size() ? layouts[i] : nullptr;
    };
    memory.reserve(inputs.size() + out_shapes.size());
    std::vector<TensorView> in, out;
    for (size_t i = 0; i < inputs.size(); ++i) {
      in.push_back(make(in_shapes[i], layoutAt(prepared->input_layouts, i)));
      onednn::reorder(inputs[i].view(), in.back(), nullptr);
    }
    for (size_t i = 0; i < out_shapes.size(); ++i) {
      out.push_back(make(out_shapes[i], layoutAt(prepared->output_layouts, i)));
      changed_layout |= out.back().layout != nullptr;
    }
    RunOptions options;
    options.training = true;
    op_runner_detail::Context context(*attrs, options, prepared.get(), Device::cpu(), outputs);
    const std::vector<Request> requests(out.size(), Request::kWrite);
    kernel.run(context, in, out, requests);
    for (size_t i = 0; i < out.size(); ++i) {
      outputs.emplace_back(out_shapes[i], DType::kFloat32);
      onednn::reorder(out[i], outputs.back().view(), nullptr);
    }
  }

  std::vector<HostArray> outputs;
  bool changed_layout = false;
};

HostArray numbers(const Shape& shape, int seed) {
  HostArray array(shape, DType::kFloat32);
  for (int64_t i = 0; i < array.size(); ++i)
    array.set(i, static_cast<double>((i * 37 + seed * 11) % 101) / 50 - 1);
  return array;
}

void expectPlannedEqualsPlain(const std::string& op, const AttrMap& attrs,
                              const std::vector<HostArray>& inputs, bool changes_layout) {
  SCOPED_TRACE(op);
  RunOptions options;
  options.training = true;
  const std::vector<HostArray> plain = runOp(op, inputs, attrs, options);
  const PlannedRun planned(op, attrs, inputs);
  EXPECT_EQ(planned.changed_layout, changes_layout);
  for (size_t i = 0; i < plain.size(); ++i) {
    for (int64_t k = 0; k < plain[i].size(); ++k) {
      ASSERT_NEAR(planned.outputs[i].get(k), plain[i].get(k), 2e-5)
          << "output " << i << ", element " << k;
    }
  }
}

TEST(PlannedLayouts, changeNoResult) {
  const HostArray x = numbers({2, 6, 6, 4}, 1), w = numbers({4, 6, 3, 3}, 2), b = numbers({4}, 3);
  const AttrMap conv = {{"kernel", "(3,3)"}, {"num_filter", "4"}};
  const HostArray dy = numbers({2, 4, 4, 2}, 4);
  expectPlannedEqualsPlain("Convolution", conv, {x, w, b}, true);
  expectPlannedEqualsPlain("_backward_Convolution_data", conv, {dy, w, x}, true);
  expectPlannedEqualsPlain("_backward_Convolution_weight", conv, {dy, x}, false);

  const AttrMap grouped = {{"kernel", "(3,3)"}, {"num_filter", "4"}, {"num_group", "2"}};
  expectPlannedEqualsPlain("Convolution", grouped, {x, numbers({4, 3, 3, 3}, 5), b}, true);

  const AttrMap pool = {{"kernel", "(2,2)"}, {"stride", "(2,2)"}};
  const HostArray pooled = runOp("Pooling", {x}, pool)[0];
  expectPlannedEqualsPlain("Pooling", pool, {x}, true);
  const AttrMap tanh = {{"act_type", "tanh"}}, relu = {{"act_type", "relu"}};
  expectPlannedEqualsPlain("Activation", tanh, {x}, true);
  expectPlannedEqualsPlain("Activation", relu, {x}, true);
}

TEST(Product, isRunByManyThreadsAtOnce) {
  const Product product(DType::kFloat32, {.m = 33, .n = 17, .k = 65});
  HostArray a = numbers({33, 65}, 1), b = numbers({65, 17}, 2);
  const std::vector<double> expected = runOp("dot", {a, b})[0].values();
  std::vector<std::thread> threads;
  std::vector<HostArray> results(4, HostArray({33, 17}, DType::kFloat32));
  for (HostArray& result : results) {
    threads.emplace_back([&, a, b, target = &result]() mutable {
      std::vector<std::byte> scratch(product.workspaceBytes() + 64);
      const size_t shift = (64 - reinterpret_cast<uintptr_t>(scratch.data()) % 64) % 64;
      for (int i = 0; i < 200; ++i)
        product.run(a.data(), b.data(), target->data(), nullptr, scratch.data() + shift);
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const HostArray& result : results) EXPECT_EQ(result.values(), expected);
}

}  // namespace
}  // namespace tenon
