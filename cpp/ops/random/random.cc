// Operators that draw from one distribution: _random_uniform, _random_normal, _random_gamma,
// _random_exponential, _random_poisson, _random_negative_binomial,
// _random_generalized_negative_binomial, _random_randint; each also as _random_…_like, with shape
// and type of another array.
//
// Every element is a function of (seed, offset, its index): see base/philox.h. Uniform and normal
// draw in blocks, the rest gives each element a stream of its own.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>

#include "base/error.h"
#include "base/parallel.h"
#include "ops/cast/convert.h"
#include "ops/loops/draw_blocks.h"
#include "ops/random/distributions.h"
#include "ops/random/params.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

/// Results of fewer elements are drawn on the calling thread.
constexpr int64_t kInlineDraws = 1024;

void drawnShape(Shape& out, const Shape& given) { out = merge(out, given); }

void drawnType(DType& out, const Optional<DType>& given, DType otherwise) {
  if (given.has) {
    out = given.value;
  } else if (out == DType::kUnknown) {
    out = otherwise;
  }
}

/// Each element from its own stream.
template <class D>
void drawEach(const TensorView& out, RandomState random, float a, float b) {
  withType(out.dtype, [&]<class T>(T) {
    if constexpr (kIsReal<T>) {
      T* to = out.as<T>();
      parallelFor(out.size(), 512, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          Draws draws(random.seed, random.offset + static_cast<uint64_t>(i));
          to[i] = convertTo<T>(D::draw(draws, a, b));
        }
      });
    } else {
      fail(ErrorKind::kUnsupported, "a random array has type ", nameOf(out.dtype),
           ", expected a floating type");
    }
  });
}

template <class D>
void runDraws(const TensorView& out, RandomState random, float a, float b) {
  D::check(a, b);
  drawEach<D>(out, random, a, b);
}

/// Calls block(index, buffer) for each block and stores finish(buffer[i]).
template <class Block, class Finish>
void runBlocks(const TensorView& out, Block&& block, Finish&& finish) {
  withType(out.dtype, [&]<class T>(T) {
    if constexpr (kIsReal<T>) {
      T* to = out.as<T>();
      const int64_t size = out.size();
      parallelFor((size + kDrawBlock - 1) / kDrawBlock, 256, [&](int64_t begin, int64_t end) {
        alignas(64) float buffer[kDrawBlock];
        for (int64_t i = begin; i < end; ++i) {
          block(i, buffer);
          const int64_t first = i * kDrawBlock;
          if (size - first >= kDrawBlock) {
            for (int k = 0; k < kDrawBlock; ++k) to[first + k] = convertTo<T>(finish(buffer[k]));
          } else {
            for (int k = 0; k < size - first; ++k) to[first + k] = convertTo<T>(finish(buffer[k]));
          }
        }
      });
    } else {
      fail(ErrorKind::kUnsupported, "a random array has type ", nameOf(out.dtype),
           ", expected a floating type");
    }
  });
}

template <>
void runDraws<UniformDistribution>(const TensorView& out, RandomState random, float low,
                                   float high) {
  UniformDistribution::check(low, high);
  // Blocks have 24 bits.
  if (out.dtype == DType::kFloat64) return drawEach<UniformDistribution>(out, random, low, high);
  const float width = high - low;
  // Rounding must not reach the end.
  const float last = std::nextafter(high, low);
  runBlocks(
      out, [&](int64_t i, float* to) { drawUniform(random.seed, random.offset, i, to); },
      [=](float u) { return std::min(low + width * u, last); });
}

template <>
void runDraws<NormalDistribution>(const TensorView& out, RandomState random, float mean,
                                  float deviation) {
  NormalDistribution::check(mean, deviation);
  if (out.dtype == DType::kFloat64)
    return drawEach<NormalDistribution>(out, random, mean, deviation);
  runBlocks(
      out, [&](int64_t i, float* to) { drawNormal(random.seed, random.offset, i, to); },
      [=](float x) { return mean + deviation * x; });
}

template <class D>
void drawShape(const OpAttrs& attrs, std::span<Shape>, std::span<Shape> out) {
  drawnShape(out[0], attrs.params<DrawParams<D>>().shape);
}

template <class D>
void drawType(const OpAttrs& attrs, std::span<DType>, std::span<DType> out) {
  drawnType(out[0], attrs.params<DrawParams<D>>().dtype, DType::kFloat32);
  TENON_CHECK(isFloating(out[0]), kInvalidArgument, attrs.op().name, ": the result has type ",
              nameOf(out[0]), ", expected a floating type");
}

/// `Request::kAdd` goes through a temporary in exec.
template <class D, class P>
void runDrawOp(KernelContext& context, std::span<const TensorView>, std::span<const TensorView> out,
               std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.attrs().params<P>();
  runDraws<D>(out[0], context.random(), p.a, p.b);
}

template <class D>
OpBuilder drawOp(std::initializer_list<std::string_view> aliases) {
  return std::move(
      OpBuilder("_random_" + std::string(D::kName))
          .doc("Draws each element " + std::string(D::kDoc))
          .group("random")
          .alias(aliases)
          .template params<DrawParams<D>>()
          .shape(drawShape<D>)
          .type(drawType<D>)
          .random()
          .inlineBelow(kInlineDraws)
          .cpu({.prepare = nullptr, .run = runDrawOp<D, DrawParams<D>>, .adds = false}));
}

template <class D>
OpBuilder likeOp() {
  return std::move(
      OpBuilder("_random_" + std::string(D::kName) + "_like")
          .doc("Draws each element " + std::string(D::kDoc) + " Shape and type are those of data.")
          .group("random")
          .template params<LikeParams<D>>()
          .input("data", "An array of the result's shape and type; its elements are not used.")
          .shape(allSame)
          .type(allSame)
          .zeroGradient()
          .random()
          .inlineBelow(kInlineDraws)
          .cpu({.prepare = nullptr, .run = runDrawOp<D, LikeParams<D>>, .adds = false}));
}

const OpRegistration kUniform = drawOp<UniformDistribution>({"uniform", "random_uniform"});
const OpRegistration kUniformLike = likeOp<UniformDistribution>();
const OpRegistration kNormal = drawOp<NormalDistribution>({"normal", "random_normal"});
const OpRegistration kNormalLike = likeOp<NormalDistribution>();
const OpRegistration kGamma = drawOp<GammaDistribution>({"random_gamma"});
const OpRegistration kGammaLike = likeOp<GammaDistribution>();
const OpRegistration kExponential = drawOp<ExponentialDistribution>({"random_exponential"});
const OpRegistration kExponentialLike = likeOp<ExponentialDistribution>();
const OpRegistration kPoisson = drawOp<PoissonDistribution>({"random_poisson"});
const OpRegistration kPoissonLike = likeOp<PoissonDistribution>();
const OpRegistration kNegativeBinomial =
    drawOp<NegativeBinomialDistribution>({"random_negative_binomial"});
const OpRegistration kNegativeBinomialLike = likeOp<NegativeBinomialDistribution>();
const OpRegistration kGeneralized =
    drawOp<GeneralizedNegativeBinomialDistribution>({"random_generalized_negative_binomial"});
const OpRegistration kGeneralizedLike = likeOp<GeneralizedNegativeBinomialDistribution>();

// _random_randint: integers of [low, high).

void randintShape(const OpAttrs& attrs, std::span<Shape>, std::span<Shape> out) {
  const auto& p = attrs.params<RandintParams>();
  TENON_CHECK(p.low < p.high, kInvalidArgument, "_random_randint: low is ", p.low, " and high ",
              p.high, ", expected low below high");
  drawnShape(out[0], p.shape);
}

void randintType(const OpAttrs& attrs, std::span<DType>, std::span<DType> out) {
  drawnType(out[0], attrs.params<RandintParams>().dtype, DType::kInt32);
  TENON_CHECK(out[0] == DType::kInt32 || out[0] == DType::kInt64, kInvalidArgument,
              "_random_randint: the result has type ", nameOf(out[0]), ", expected int32 or int64");
}

__extension__ using Wide = unsigned __int128;

void runRandint(KernelContext& context, std::span<const TensorView>,
                std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const auto& p = context.attrs().params<RandintParams>();
  const RandomState random = context.random();
  const uint64_t count = static_cast<uint64_t>(p.high) - static_cast<uint64_t>(p.low);
  withType(out[0].dtype, [&]<class T>(T) {
    if constexpr (std::is_same_v<T, int32_t> || std::is_same_v<T, int64_t>) {
      parallelFor(out[0].size(), 4096, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          // 64 bits times the count: the upper half is even but for count·2^-64.
          const Philox4 r = philox(random.seed, random.offset + static_cast<uint64_t>(i));
          const uint64_t bits = static_cast<uint64_t>(r.x[0]) << 32 | r.x[1];
          const auto product = static_cast<Wide>(bits) * count;
          out[0].as<T>()[i] = static_cast<T>(p.low + static_cast<int64_t>(product >> 64));
        }
      });
    }
  });
}

const OpRegistration kRandint =
    OpBuilder("_random_randint")
        .doc("Draws each element evenly from the integers of [low, high).")
        .group("random")
        .alias("random_randint")
        .params<RandintParams>()
        .shape(randintShape)
        .type(randintType)
        .random()
        .inlineBelow(kInlineDraws)
        .cpu({.prepare = nullptr, .run = runRandint, .adds = false});

}  // namespace
}  // namespace tenon
