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

}  // namespace
}  // namespace tenon
