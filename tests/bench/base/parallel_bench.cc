// What a parallel loop costs to start, beside the same loop on one thread: the reason for a floor.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <vector>

#include "base/parallel.h"

namespace tenon {
namespace {

void scale(std::vector<float>& data, int64_t begin, int64_t end) {
  for (int64_t i = begin; i < end; ++i) data[static_cast<size_t>(i)] *= 1.0001f;
}

void scaleOnOneThread(benchmark::State& state) {
  std::vector<float> data(static_cast<size_t>(state.range(0)), 1.0f);
  for (auto _ : state) {
    scale(data, 0, state.range(0));
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(scaleOnOneThread)->RangeMultiplier(8)->Range(512, 16 << 20)->UseRealTime();

void scaleInParallel(benchmark::State& state) {
  std::vector<float> data(static_cast<size_t>(state.range(0)), 1.0f);
  for (auto _ : state) {
    parallelFor(state.range(0), 1, [&](int64_t begin, int64_t end) { scale(data, begin, end); });
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(scaleInParallel)->RangeMultiplier(8)->Range(512, 16 << 20)->UseRealTime();

}  // namespace
}  // namespace tenon
