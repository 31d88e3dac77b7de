// Drawing from one distribution: _random_… and _random_…_like.
//
// Every element is a function of (seed, offset, its index), the same integers as on the CPU.
// Uniform and normal numbers come four to a counter, the rest gives each element a stream of its
// own.
#include <cmath>

#include "device/draw.cuh"
#include "device/pack.cuh"
#include "ops/random/params.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

struct DrawArgs {
  RandomState random;
  float a;
  float b;
  void* out;
  DType dtype;
  int64_t size;
  bool aligned;
};

/// low + (high - low) · u, never `last`'s successor: rounding must not reach the end.
__global__ void __launch_bounds__(kThreads) uniformKernel(const DrawArgs args, const float last) {
  forEachDrawn(args.random, args.size, args.aligned,
               [&](const Philox4& drawn, int64_t first, int64_t left, bool whole) {
                 float values[4];
#pragma unroll
                 for (int i = 0; i < 4; ++i) {
                   const float value = args.a + (args.b - args.a) * unitFloat(drawn.x[i]);
                   values[i] = value < last ? value : last;
                 }
                 storePack(args.out, args.dtype, values, first, left, whole);
               });
}

/// By Box and Muller's method, each pair of integers giving two.
__global__ void __launch_bounds__(kThreads) normalKernel(const DrawArgs args) {
  forEachDrawn(args.random, args.size, args.aligned,
               [&](const Philox4& drawn, int64_t first, int64_t left, bool whole) {
                 float values[4];
#pragma unroll
                 for (int pair = 0; pair < 4; pair += 2) {
                   // All 32 bits, so that the tails reach 6.6.
                   const uint32_t x = drawn.x[pair];
                   const float u = static_cast<float>(x >> 16) * 0x1p-16f +
                                   (static_cast<float>(x & 0xffffu) + 0.5f) * 0x1p-32f;
                   const float radius = sqrtf(-2.0f * logf(u));
                   float sine;
                   float cosine;
                   sincospif(2.0f * unitFloat(drawn.x[pair + 1]), &sine, &cosine);
                   values[pair] = args.a + args.b * (radius * cosine);
                   values[pair + 1] = args.a + args.b * (radius * sine);
                 }
                 storePack(args.out, args.dtype, values, first, left, whole);
               });
}

template <class D>
__global__ void __launch_bounds__(kThreads) eachKernel(const DrawArgs args) {
  forEachItem(args.size, [&](int64_t i) {
    Draws draws(args.random.seed, args.random.offset + static_cast<uint64_t>(i));
    storeAny(args.out, args.dtype, i, D::draw(draws, args.a, args.b), false);
  });
}

template <class D, class P>
void runDraw(Context& context, Views, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const auto& p = context.params<P>();
  D::check(p.a, p.b);
  const DrawArgs args{.random = context.random(),
                      .a = p.a,
                      .b = p.b,
                      .out = out[0].data,
                      .dtype = out[0].dtype,
                      .size = out[0].size(),
                      .aligned = isAlignedFor(out[0].data, out[0].dtype, 4)};
  const int64_t counters = (args.size + 3) / 4;
  // A counter's integers have 24 bits each: not enough for float64.
  if constexpr (std::is_same_v<D, UniformDistribution>) {
    if (args.dtype != DType::kFloat64) {
      return launchItems(context, uniformKernel, counters, args, std::nextafter(p.b, p.a));
    }
  }
  if constexpr (std::is_same_v<D, NormalDistribution>) {
    if (args.dtype != DType::kFloat64) return launchItems(context, normalKernel, counters, args);
  }
  launchItems(context, eachKernel<D>, args.size, args);
}

template <class T>
__global__ void __launch_bounds__(kThreads)
    randintKernel(const RandomState random, int64_t low, uint64_t count, T* out, int64_t size) {
  forEachItem(size, [&](int64_t i) {
    // 64 bits times the count: the upper half is even but for count·2^-64.
    const Philox4 drawn = philox(random.seed, random.offset + static_cast<uint64_t>(i));
    const uint64_t bits = static_cast<uint64_t>(drawn.x[0]) << 32 | drawn.x[1];
    out[i] = static_cast<T>(low + static_cast<int64_t>(__umul64hi(bits, count)));
  });
}

void runRandint(Context& context, Views, Views out, Requests requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.params<RandintParams>();
  const uint64_t count = static_cast<uint64_t>(p.high) - static_cast<uint64_t>(p.low);
  const auto launch = [&]<class T>(T) {
    launchItems(context, randintKernel<T>, out[0].size(), context.random(), p.low, count,
                out[0].as<T>(), out[0].size());
  };
  out[0].dtype == DType::kInt64 ? launch(int64_t{}) : launch(int32_t{});
}

template <class D>
constexpr Kernel kDraw = {.run = runDraw<D, DrawParams<D>>, .adds = false};
template <class D>
constexpr Kernel kLike = {.run = runDraw<D, LikeParams<D>>, .adds = false};

const KernelRegistration kKernels = {
    {"_random_uniform", kDraw<UniformDistribution>},
    {"_random_uniform_like", kLike<UniformDistribution>},
    {"_random_normal", kDraw<NormalDistribution>},
    {"_random_normal_like", kLike<NormalDistribution>},
    {"_random_gamma", kDraw<GammaDistribution>},
    {"_random_gamma_like", kLike<GammaDistribution>},
    {"_random_exponential", kDraw<ExponentialDistribution>},
    {"_random_exponential_like", kLike<ExponentialDistribution>},
    {"_random_poisson", kDraw<PoissonDistribution>},
    {"_random_poisson_like", kLike<PoissonDistribution>},
    {"_random_negative_binomial", kDraw<NegativeBinomialDistribution>},
    {"_random_negative_binomial_like", kLike<NegativeBinomialDistribution>},
    {"_random_generalized_negative_binomial", kDraw<GeneralizedNegativeBinomialDistribution>},
    {"_random_generalized_negative_binomial_like", kLike<GeneralizedNegativeBinomialDistribution>},
    {"_random_randint", {.run = runRandint, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
