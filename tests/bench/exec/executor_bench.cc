// Training steps through the bound executor, with the optimizer's updates, as a Module issues them.
// TENON_BENCH_PROFILE=1 prints the time of each operator.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "exec/executor.h"
#include "exec/invoke.h"
#include "graph/symbol.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

Symbol apply(const char* op, const char* name, const Symbol& input, const AttrMap& attrs = {}) {
  return Symbol::apply(findOp(op), attrs, name, std::span(&input, 1));
}

Symbol lenet() {
  const AttrMap pool = {{"kernel", "(2, 2)"}, {"stride", "(2, 2)"}, {"pool_type", "max"}};
  const AttrMap tanh = {{"act_type", "tanh"}};
  Symbol h = Symbol::variable("data");
  h = apply("Convolution", "conv1", h, {{"kernel", "(5, 5)"}, {"num_filter", "20"}});
  h = apply("Pooling", "pool1", apply("Activation", "tanh1", h, tanh), pool);
  h = apply("Convolution", "conv2", h, {{"kernel", "(5, 5)"}, {"num_filter", "50"}});
  h = apply("Pooling", "pool2", apply("Activation", "tanh2", h, tanh), pool);
  h = apply("FullyConnected", "fc1", apply("Flatten", "flatten", h), {{"num_hidden", "500"}});
  h = apply("Activation", "tanh3", h, tanh);
  h = apply("FullyConnected", "fc2", h, {{"num_hidden", "10"}});
  return apply("SoftmaxOutput", "softmax", h);
}

Symbol mlp() {
  const AttrMap relu = {{"act_type", "relu"}};
  Symbol h = Symbol::variable("data");
  h = apply("FullyConnected", "fc1", h, {{"num_hidden", "512"}});
  h = apply("Activation", "relu1", h, relu);
  h = apply("FullyConnected", "fc2", h, {{"num_hidden", "512"}});
  h = apply("Activation", "relu2", h, relu);
  h = apply("FullyConnected", "fc3", h, {{"num_hidden", "10"}});
  return apply("SoftmaxOutput", "softmax", h);
}

NDArray noise(const Shape& shape, uint32_t* state, float scale) {
  std::vector<float> values(static_cast<size_t>(shape.size()));
  for (float& value : values) {
    *state = *state * 1664525u + 1013904223u;
    value = (static_cast<float>(*state >> 8) / 8388608.0f - 1.0f) * scale;
  }
  NDArray array = NDArray::empty(shape, DType::kFloat32, Device::cpu());
  array.copyFromHost(values.data(), array.bytes());
  return array;
}

/// A symbol with parameters, gradients and momenta.
class Trainer {
 public:
  Trainer(const Symbol& symbol, const Shape& data) {
    const InferredShapes shapes = symbol.inferShapes({{"data", data}});
    const std::vector<std::string> names = symbol.listArguments();
    std::map<std::string, NDArray> arguments, gradients;
    uint32_t state = 1;
    for (size_t i = 0; i < names.size(); ++i) {
      NDArray array = noise(shapes.arguments[i], &state, 0.05f);
      if (names[i].ends_with("label")) {
        std::vector<float> labels(static_cast<size_t>(array.size()));
        for (size_t j = 0; j < labels.size(); ++j) labels[j] = static_cast<float>(j % 10);
        array.copyFromHost(labels.data(), array.bytes());
      } else if (names[i] != "data") {
        gradients[names[i]] = noise(shapes.arguments[i], &state, 0);
        updates_.push_back({array, gradients[names[i]], noise(shapes.arguments[i], &state, 0)});
      }
      arguments[names[i]] = array;
    }
    data_ = arguments.at("data");
    executor_ = Executor::bind(symbol, Device::cpu(), arguments, gradients, {}, {});
    if (std::getenv("TENON_BENCH_PROFILE") != nullptr) executor_->setProfiling(true);
  }

  void step() {
    executor_->forward(true);
    executor_->backward({});
    for (Update& u : updates_) {
      const NDArray* const inputs[] = {&u.weight, &u.gradient, &u.momentum};
      invoke(update_, inputs, std::span(&u.weight, 1));
    }
    Engine::get().waitAll();
  }
  void infer() {
    executor_->forward(false);
    executor_->outputs()[0].waitToRead();
  }

  ~Trainer() {
    std::vector<OperatorTime> times = executor_->profile();
    if (times.empty()) return;
    std::sort(times.begin(), times.end(), [](const OperatorTime& a, const OperatorTime& b) {
      return a.milliseconds > b.milliseconds;
    });
    for (const OperatorTime& time : times) {
      std::printf("%9.4f ms  %s\n", time.milliseconds / static_cast<double>(time.calls),
                  time.label.c_str());
    }
    const MemoryReport memory = executor_->memoryReport();
    std::printf("arena %.2f MiB, unshared %.2f MiB\n",
                static_cast<double>(memory.arena_bytes) / 1048576.0,
                static_cast<double>(memory.unshared_bytes) / 1048576.0);
  }

 private:
  struct Update {
    NDArray weight, gradient, momentum;
  };
  std::shared_ptr<Executor> executor_;
  std::vector<Update> updates_;
  NDArray data_;
  OpAttrsPtr update_ = findOp("sgd_mom_update")
                           .parse({{"lr", "0.05"}, {"momentum", "0.9"}, {"rescale_grad", "0.01"}});
};

void lenetTraining(benchmark::State& state) {
  Trainer trainer(lenet(), {100, 1, 28, 28});
  trainer.step();  // builds the plan
  for (auto _ : state) trainer.step();
}
BENCHMARK(lenetTraining)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

void lenetInference(benchmark::State& state) {
  Trainer trainer(lenet(), {100, 1, 28, 28});
  trainer.infer();  // builds the plan
  for (auto _ : state) trainer.infer();
}
BENCHMARK(lenetInference)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

void mlpTraining(benchmark::State& state) {
  Trainer trainer(mlp(), {128, 784});
  trainer.step();  // builds the plan
  for (auto _ : state) trainer.step();
}
BENCHMARK(mlpTraining)->Unit(benchmark::kMillisecond)->UseRealTime()->MeasureProcessCPUTime();

}  // namespace
}  // namespace tenon
