// Drawing from many distributions: _sample_… with an array of each parameter, _sample_multinomial.
//
// Every element is a function of (seed, offset, its index), the same integers as on the CPU. What
// only the data can show is wrong must not wait for the device: the draw is NaN, or the choice has
// no chance.
#include <cmath>

#include "device/scan.cuh"
#include "device/team.cuh"
#include "ops/index/indices.cuh"
#include "ops/index/sorted.h"
#include "ops/init/fill.cuh"
#include "ops/random/distributions.h"
#include "runtime/launch.cuh"

namespace tenon::cuda {
namespace {

struct Numbers {
  const void* data;
  DType dtype;
  __device__ __forceinline__ double operator[](int64_t i) const {
    return loadAny<double>(data, dtype, i);
  }
};

Numbers numbersOf(const TensorView& view) { return {.data = view.data, .dtype = view.dtype}; }

template <class D>
__global__ void __launch_bounds__(kThreads)
    sampleKernel(const RandomState random, const Numbers first, const Numbers second,
                 const int64_t each, void* out, const DType dtype, const int64_t size) {
  forEachItem(size, [&](int64_t i) {
    const double a = first[i / each];
    const double b = second.data == nullptr ? 0 : second[i / each];
    double value = __builtin_nan("");
    if (D::allows(a, b)) {
      Draws draws(random.seed, random.offset + static_cast<uint64_t>(i));
      value = D::draw(draws, a, b);
    }
    storeAny(out, dtype, i, value, false);
  });
}

template <class D>
void runSample(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  launchItems(context, sampleKernel<D>, out[0].size(), context.random(), numbersOf(in[0]),
              in.size() > 1 ? numbersOf(in[1]) : Numbers{.data = nullptr, .dtype = in[0].dtype},
              out[0].size() / in[0].size(), out[0].data, out[0].dtype, out[0].size());
}

// _sample_multinomial

/// A choice's probability; one that is none counts as 0.
__device__ __forceinline__ double chanceAt(const Numbers& data, int64_t i) {
  const double p = data[i];
  return p > 0 && p < HUGE_VAL ? p : 0;
}

/// sums[row, k] = the chances of the choices up to k; a block a row.
__global__ void __launch_bounds__(kThreads)
    chancesKernel(const Numbers data, const int64_t choices, double* sums) {
  __shared__ double shared[kThreads / 32];
  const int64_t row = static_cast<int64_t>(blockIdx.x) * choices;
  double before = 0;
  for (int64_t first = 0; first < choices; first += kThreads) {
    const int64_t k = first + static_cast<int64_t>(threadIdx.x);
    const double p = k < choices ? chanceAt(data, row + k) : 0;
    double total;
    const double sum = sumBefore(shared, p, total);
    if (k < choices) sums[row + k] = before + (sum + p);
    before += total;
  }
}

struct ChooseArgs {
  RandomState random;
  Numbers data;
  const double* sums;
  int64_t choices;
  int64_t each;  ///< draws of a row
  int64_t size;
  void* index;  ///< may be null
  DType index_dtype;
  void* log;  ///< may be null
  DType log_dtype;
};

__global__ void __launch_bounds__(kThreads) chooseKernel(const ChooseArgs args) {
  forEachItem(args.size, [&](int64_t i) {
    const int64_t row = i / args.each * args.choices;
    const double* sums = args.sums + row;
    Draws draws(args.random.seed, args.random.offset + static_cast<uint64_t>(i));
    const double u = draws.uniform() * sums[args.choices - 1];
    // The first sum above u.
    int64_t low = 0;
    int64_t high = args.choices - 1;
    while (low < high) {
      const int64_t middle = low + (high - low) / 2;
      if (sums[middle] > u) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    // Rounding of the sums may point at a choice that has no chance.
    while (low > 0 && chanceAt(args.data, row + low) == 0) --low;
    if (args.index != nullptr) storeAny(args.index, args.index_dtype, i, low, false);
    if (args.log != nullptr)
      storeAny(args.log, args.log_dtype, i, std::log(chanceAt(args.data, row + low)), false);
  });
}

void runMultinomial(Context& context, Views in, Views out, Requests requests) {
  const TensorView& data = in[0];
  if (data.size() == 0 || out[0].size() == 0) return;
  const int64_t choices = data.shape[data.shape.rank() - 1];
  const int64_t rows = data.size() / choices;
  const bool log_wanted = out.size() > 1 && requests[1] != Request::kNull;
  auto* const sums =
      static_cast<double*>(context.workspace(static_cast<size_t>(data.size()) * sizeof(double)));
  launchGrid(context, chancesKernel, dim3(gridOf(rows)), dim3(kThreads), 0, numbersOf(data),
             choices, sums);
  launchItems(context, chooseKernel, out[0].size(),
              ChooseArgs{.random = context.random(),
                         .data = numbersOf(data),
                         .sums = sums,
                         .choices = choices,
                         .each = out[0].size() / rows,
                         .size = out[0].size(),
                         .index = requests[0] == Request::kNull ? nullptr : out[0].data,
                         .index_dtype = out[0].dtype,
                         .log = log_wanted ? out[1].data : nullptr,
                         .log_dtype = log_wanted ? out[1].dtype : data.dtype});
}

/// The choice that each draw made, as its place in the data.
template <class P>
__global__ void __launch_bounds__(kThreads)
    choicePlacesKernel(const Indices draws, const int64_t choices, const int64_t each, P* places) {
  forEachItem(draws.count, [&](int64_t i) {
    const int64_t drawn = placed(indexAt(draws, i), choices, IndexMode::kClip);
    places[i] = static_cast<P>(i / each * choices + drawn);
  });
}

/// Where the places from `place` on begin.
template <class P>
__device__ __forceinline__ int64_t firstOf(const Sorted<P>& sorted, int64_t place) {
  int64_t low = 0;
  int64_t high = sorted.count;
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (sorted.places[middle] < place) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

/// Each choice adds up the heads of the draws that chose it, over its probability: a team of
/// threads for each, as draws are sorted by their choices.
template <int kOuts, class P>
__global__ void __launch_bounds__(kThreads)
    choiceGradientKernel(const Numbers head, const Numbers data, const Sorted<P> sorted, void* out,
                         const DType dtype, const int64_t size) {
  __shared__ double shared[kThreads];
  const Team<kOuts> team;
  const int64_t at = team.output;
  const bool exists = at < size;
  const int64_t begin = exists ? firstOf(sorted, at) : 0;
  const int64_t end = exists ? firstOf(sorted, at + 1) : 0;
  double sum = 0;
  for (int64_t i = begin + team.lane; i < end; i += Team<kOuts>::kEach) sum += head[sorted.from[i]];
  sum = team.fold(shared, sum, [](double a, double b) { return a + b; });
  if (exists && team.lane == 0) storeAny(out, dtype, at, begin < end ? sum / data[at] : 0.0, false);
}

// head, data, draws -> data's shape
void runMultinomialBack(Context& context, Views in, Views out, Requests requests) {
  if (requests[0] == Request::kNull || out[0].size() == 0) return;
  const Indices draws = indicesOf(in[2]);
  if (draws.count == 0) return fill(context, out[0], 0);
  const int64_t size = out[0].size();
  const int64_t choices = out[0].shape[out[0].shape.rank() - 1];
  const int64_t each = draws.count / (size / choices);
  withPlaceType(draws.count, size, [&]<class P>(P) {
    const auto make = [&](P* places, char*) {
      launchItems(context, choicePlacesKernel<P>, draws.count, draws, choices, each, places);
    };
    withSorted<P>(context, draws.count, size, 0, make, [&](const Sorted<P>& sorted, char*) {
      const auto launch = [&]<int kOuts>() {
        launchGrid(context, choiceGradientKernel<kOuts, P>, teamGrid<kOuts>(size), dim3(kThreads),
                   0, numbersOf(in[0]), numbersOf(in[1]), sorted, out[0].data, out[0].dtype, size);
      };
      // Few draws to a choice are one thread's.
      constexpr int64_t kFew = 32;
      if (each / choices < kFew) return launch.template operator()<kThreads>();
      withTeams(true, each / choices, launch);
    });
  });
}

template <class D>
constexpr Kernel kSample = {.run = runSample<D>, .adds = false};

const KernelRegistration kKernels = {
    {"_sample_uniform", kSample<UniformDistribution>},
    {"_sample_normal", kSample<NormalDistribution>},
    {"_sample_gamma", kSample<GammaDistribution>},
    {"_sample_exponential", kSample<ExponentialDistribution>},
    {"_sample_poisson", kSample<PoissonDistribution>},
    {"_sample_negative_binomial", kSample<NegativeBinomialDistribution>},
    {"_sample_generalized_negative_binomial", kSample<GeneralizedNegativeBinomialDistribution>},
    {"_sample_multinomial", {.run = runMultinomial, .adds = false}},
    {"_backward_sample_multinomial", {.run = runMultinomialBack, .adds = false}},
};

}  // namespace
}  // namespace tenon::cuda
