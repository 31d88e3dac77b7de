// What a small imperative call costs: look-up, allocation, engine, kernel, release.
#include <benchmark/benchmark.h>

#include <vector>

#include "exec/invoke.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

NDArray four(float value) {
  NDArray array = NDArray::empty({4}, DType::kFloat32, Device::cpu());
  const std::vector<float> values(4, value);
  array.copyFromHost(values.data(), 16);
  return array;
}

/// `a + b` of four elements into a new array, which is dropped at once.
void smallAdd(benchmark::State& state) {
  const NDArray a = four(1), b = four(2);
  const OpAttrsPtr add = findOp("elemwise_add").parse({});
  const NDArray* const inputs[] = {&a, &b};
  for (auto _ : state) {
    NDArray out;
    invoke(add, inputs, std::span(&out, 1));
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(smallAdd);

/// `a += b`.
void smallAddInPlace(benchmark::State& state) {
  NDArray a = four(1);
  const NDArray b = four(0);
  const OpAttrsPtr add = findOp("elemwise_add").parse({});
  const NDArray* const inputs[] = {&a, &b};
  for (auto _ : state) invoke(add, inputs, std::span(&a, 1));
  benchmark::DoNotOptimize(a);
}
BENCHMARK(smallAddInPlace);

/// Only the memory of it.
void smallArray(benchmark::State& state) {
  for (auto _ : state) {
    NDArray out = NDArray::empty({4}, DType::kFloat32, Device::cpu());
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(smallArray);

}  // namespace
}  // namespace tenon
