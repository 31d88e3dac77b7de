// Square matrix products: through the engine into new arrays, waited for one by one, beside
// oneDNN's primitive over buffers that were there before.
#include <benchmark/benchmark.h>

#include <vector>

#include "base/parallel.h"
#include "exec/invoke.h"
#include "ops/onednn/layout.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

NDArray filled(int64_t n, float value) {
  NDArray array = NDArray::empty({n, n}, DType::kFloat32, Device::cpu());
  const std::vector<float> values(static_cast<size_t>(n * n), value);
  array.copyFromHost(values.data(), static_cast<size_t>(n * n) * sizeof(float));
  return array;
}

void countFlops(benchmark::State& state) {
  const auto n = static_cast<double>(state.range(0));
  state.counters["GFLOP/s"] =
      benchmark::Counter(2 * n * n * n * 1e-9, benchmark::Counter::kIsIterationInvariantRate);
}

void matmul(benchmark::State& state) {
  const NDArray a = filled(state.range(0), 1), b = filled(state.range(0), 2);
  const OpAttrsPtr dot = findOp("dot").parse({});
  const NDArray* const inputs[] = {&a, &b};
  for (auto _ : state) {
    NDArray out;
    invoke(dot, inputs, std::span(&out, 1));
    out.waitToRead();
  }
  countFlops(state);
}

void matmulOneDnn(benchmark::State& state) {
  const int64_t n = state.range(0);
  const onednn::Desc desc = onednn::rowMajor({n, n}, DType::kFloat32);
  const auto chosen = onednn::preparing("preparing", [&] {
    return dnnl::matmul::primitive_desc(onednn::engine(), desc, desc, desc);
  });
  const dnnl::matmul product(chosen);
  std::vector<float> a(static_cast<size_t>(n * n), 1), b(a), c(a);
  const dnnl::memory left(desc, onednn::engine(), a.data());
  const dnnl::memory right(desc, onednn::engine(), b.data());
  const dnnl::memory result(desc, onednn::engine(), c.data());
  for (auto _ : state) {
    product.execute(onednn::stream(threadCount()),
                    {{DNNL_ARG_SRC, left}, {DNNL_ARG_WEIGHTS, right}, {DNNL_ARG_DST, result}});
  }
  countFlops(state);
}

void sizes(benchmark::internal::Benchmark* bench) {
  for (const int64_t n : {64, 128, 256, 1024, 4096}) bench->Arg(n);
  bench->UseRealTime()->Unit(benchmark::kMicrosecond);
}
BENCHMARK(matmul)->Apply(sizes);
BENCHMARK(matmulOneDnn)->Apply(sizes);

}  // namespace
}  // namespace tenon
