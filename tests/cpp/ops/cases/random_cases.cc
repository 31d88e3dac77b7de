// Cases of the operators in cpp/ops/random.
#include "support/op_case.h"

namespace tenon {
namespace {

OpCase drawn(std::string op) { return OpCase(std::move(op)).attr("shape", "(5,11)").isRandom(); }

/// One type: which numbers are drawn depends on it.
OpCase like(std::string op) {
  return OpCase(std::move(op)).input({5, 11}).types({DType::kFloat32}).isRandom();
}

const OpCases kDraws = {
    drawn("_random_uniform").attr("low", "-2").attr("high", "3"),
    drawn("_random_uniform").attr("dtype", "float16"),
    drawn("_random_normal").attr("loc", "1").attr("scale", "0.5"),
    drawn("_random_normal").attr("dtype", "float64"),
    drawn("_random_gamma").attr("alpha", "0.7").attr("beta", "2"),
    drawn("_random_exponential").attr("lam", "3"),
    drawn("_random_poisson").attr("lam", "4"),
    drawn("_random_poisson").attr("lam", "40"),
    drawn("_random_negative_binomial").attr("k", "3").attr("p", "0.4"),
    drawn("_random_generalized_negative_binomial").attr("mu", "2").attr("alpha", "0.3"),
    drawn("_random_randint").attr("low", "-3").attr("high", "100"),
    drawn("_random_randint").attr("low", "0").attr("high", "5000000000").attr("dtype", "int64"),
    like("_random_uniform_like"),
    like("_random_normal_like"),
    like("_random_normal_like").types({DType::kBFloat16}),
    like("_random_gamma_like"),
    like("_random_exponential_like"),
    like("_random_poisson_like"),
    like("_random_negative_binomial_like").attr("p", "0.5"),
    like("_random_generalized_negative_binomial_like"),
};

OpCase sampled(std::string op) {
  return OpCase(std::move(op)).attr("shape", "(4,)").types({DType::kFloat32}).isRandom();
}

const OpCases kSamples = {
    sampled("_sample_uniform")
        .input({2, 3}, uniform(0, 1))
        .input({2, 3}, uniform(1, 2))
        .infersInputs({1}),
    sampled("_sample_normal").input({3}).input({3}, uniform(1, 2)),
    sampled("_sample_gamma").input({3}, uniform(1, 2)).input({3}, uniform(1, 2)),
    sampled("_sample_exponential").input({3}, uniform(1, 2)),
    sampled("_sample_poisson").input({3}, uniform(1, 20)),
    sampled("_sample_negative_binomial").input({3}, uniform(1, 20)).input({3}, uniform(0.1, 0.9)),
    sampled("_sample_generalized_negative_binomial")
        .input({3}, uniform(1, 20))
        .input({3}, uniform(0.1, 0.9)),
    OpCase("_sample_multinomial").attr("shape", "(50,)").input({3, 4}, uniform(0.1, 1)).isRandom(),
    OpCase("_sample_multinomial")
        .attr("shape", "(5,)")
        .attr("get_prob", "True")
        .attr("dtype", "float32")
        .input({3, 4}, uniform(0.1, 1))
        .isRandom(),
    OpCase("_shuffle").input({50, 3}, distinct()).types(kAllTypes).isRandom(),
};

}  // namespace
}  // namespace tenon
