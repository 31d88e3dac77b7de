// a·b + a over 16M floats: through the engine with new arrays for the results, beside the same two
// passes as plain loops over arrays that were there before.
#include <benchmark/benchmark.h>

#include <vector>

#include "base/parallel.h"
#include "exec/invoke.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

constexpr int64_t kSize = 16 << 20;
constexpr int64_t kFloor = 1 << 16;

/// Bytes that two passes read and write: three arrays each.
void countBytes(benchmark::State& state) {
  state.counters["GB/s"] = benchmark::Counter(6.0 * kSize * sizeof(float) * 1e-9,
                                              benchmark::Counter::kIsIterationInvariantRate);
}

NDArray filled(float value) {
  NDArray array = NDArray::empty({kSize}, DType::kFloat32, Device::cpu());
  const std::vector<float> values(kSize, value);
  array.copyFromHost(values.data(), kSize * sizeof(float));
  return array;
}

void chain(benchmark::State& state) {
  const NDArray a = filled(1), b = filled(2);
  const OpAttrsPtr mul = findOp("elemwise_mul").parse({}), add = findOp("elemwise_add").parse({});
  for (auto _ : state) {
    NDArray product, sum;
    const NDArray* const factors[] = {&a, &b};
    invoke(mul, factors, std::span(&product, 1));
    const NDArray* const terms[] = {&product, &a};
    invoke(add, terms, std::span(&sum, 1));
    sum.waitToRead();
  }
  countBytes(state);
}
BENCHMARK(chain)->UseRealTime()->Unit(benchmark::kMillisecond);

void chainLoops(benchmark::State& state) {
  std::vector<float> a(kSize, 1), b(kSize, 2), product(kSize), sum(kSize);
  for (auto _ : state) {
    parallelFor(kSize, kFloor, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) product[i] = a[i] * b[i];
    });
    parallelFor(kSize, kFloor, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) sum[i] = product[i] + a[i];
    });
    benchmark::ClobberMemory();
  }
  countBytes(state);
}
BENCHMARK(chainLoops)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace tenon
