// The distributions that operators draw from: names, documentation and parameters a and b of each,
// what they may be, and one draw.
#pragma once

#include <cmath>
#include <string_view>

#include "base/error.h"
#include "base/params.h"
#include "ops/random/draws.h"

namespace tenon {

struct UniformDistribution {
  static constexpr std::string_view kName = "uniform";
  static constexpr std::string_view kDoc = "evenly from [low, high).";
  static constexpr std::string_view kInputs[] = {"low", "high"};

  template <class P>
  static void describe(ParamSchema<P>& s) {
    s.field("low", &P::a, "The lowest value.").defaultTo(0.0f);
    s.field("high", &P::b, "The end, never reached unless it equals the lowest value.")
        .defaultTo(1.0f);
  }
  TENON_HOST_DEVICE static bool allows(double low, double high) { return low <= high; }
  static void check(double low, double high) {
    TENON_CHECK(allows(low, high), kInvalidArgument, "uniform: low is ", low, " and high ", high,
                ", expected low not above high");
  }
  TENON_HOST_DEVICE static double draw(Draws& draws, double low, double high) {
    return low + (high - low) * (draws.uniform() - 0x1p-54);
  }
};

struct NormalDistribution {
  static constexpr std::string_view kName = "normal";
  static constexpr std::string_view kDoc = "from the normal distribution.";
  static constexpr std::string_view kInputs[] = {"mu", "sigma"};

  template <class P>
  static void describe(ParamSchema<P>& s) {
    s.field("loc", &P::a, "The mean.").defaultTo(0.0f);
    s.field("scale", &P::b, "The standard deviation, not negative.").defaultTo(1.0f);
  }
  TENON_HOST_DEVICE static bool allows(double, double deviation) { return deviation >= 0; }
  static void check(double, double deviation) {
    TENON_CHECK(allows(0, deviation), kInvalidArgument, "normal: the standard deviation is ",
                deviation, ", expected at least 0");
  }
  TENON_HOST_DEVICE static double draw(Draws& draws, double mean, double deviation) {
    return mean + deviation * draws.normal();
  }
};

struct GammaDistribution {
  static constexpr std::string_view kName = "gamma";
  static constexpr std::string_view kDoc =
      "from the gamma distribution of shape alpha and scale beta.";
  static constexpr std::string_view kInputs[] = {"alpha", "beta"};

  template <class P>
  static void describe(ParamSchema<P>& s) {
    s.field("alpha", &P::a, "The shape, positive.").defaultTo(1.0f);
    s.field("beta", &P::b, "The scale, positive: the mean is alpha·beta.").defaultTo(1.0f);
  }
  TENON_HOST_DEVICE static bool allows(double alpha, double beta) {
    return alpha > 0 && beta > 0 && alpha < HUGE_VAL && beta < HUGE_VAL;
  }
  static void check(double alpha, double beta) {
    TENON_CHECK(allows(alpha, beta), kInvalidArgument, "gamma: alpha is ", alpha, " and beta ",
                beta, ", expected positive numbers");
  }
  TENON_HOST_DEVICE static double draw(Draws& draws, double alpha, double beta) {
    return draws.gamma(alpha, beta);
  }
};

struct ExponentialDistribution {
  static constexpr std::string_view kName = "exponential";
  static constexpr std::string_view kDoc = "from the exponential distribution of rate lam.";
  static constexpr std::string_view kInputs[] = {"lam"};

  template <class P>
  static void describe(ParamSchema<P>& s) {
    s.field("lam", &P::a, "The rate, positive: the mean is 1/lam.").defaultTo(1.0f);
  }
  TENON_HOST_DEVICE static bool allows(double lam, double) { return lam > 0; }
  static void check(double lam, double) {
    TENON_CHECK(allows(lam, 0), kInvalidArgument, "exponential: lam is ", lam,
                ", expected a positive number");
  }
  TENON_HOST_DEVICE static double draw(Draws& draws, double lam, double) {
    return -std::log(draws.uniform()) / lam;
  }
};

struct PoissonDistribution {
  static constexpr std::string_view kName = "poisson";
  static constexpr std::string_view kDoc = "from the Poisson distribution of mean lam.";
  static constexpr std::string_view kInputs[] = {"lam"};

  template <class P>
  static void describe(ParamSchema<P>& s) {
    s.field("lam", &P::a, "The mean, not negative.").defaultTo(1.0f);
  }
  TENON_HOST_DEVICE static bool allows(double lam, double) { return lam >= 0 && lam < HUGE_VAL; }
  static void check(double lam, double) {
    TENON_CHECK(allows(lam, 0), kInvalidArgument, "poisson: lam is ", lam,
                ", expected a number of at least 0");
  }
  TENON_HOST_DEVICE static double draw(Draws& draws, double lam, double) {
    return draws.poisson(lam);
  }
};

struct NegativeBinomialDistribution {
  static constexpr std::string_view kName = "negative_binomial";
  static constexpr std::string_view kDoc =
      "from the negative binomial distribution: failures before the k-th success, each of "
      "probability p.";
  static constexpr std::string_view kInputs[] = {"k", "p"};

  template <class P>
  static void describe(ParamSchema<P>& s) {
    s.field("k", &P::a, "How many successes end the trial, positive.").defaultTo(1.0f);
    s.field("p", &P::b, "Probability of a success, in (0, 1].").defaultTo(1.0f);
  }
  TENON_HOST_DEVICE static bool allows(double k, double p) {
    return k > 0 && k < HUGE_VAL && p > 0 && p <= 1;
  }
  static void check(double k, double p) {
    TENON_CHECK(allows(k, p), kInvalidArgument, "negative_binomial: k is ", k, " and p ", p,
                ", expected k positive and p in (0, 1]");
  }
  TENON_HOST_DEVICE static double draw(Draws& draws, double k, double p) {
    return p < 1 ? draws.poisson(draws.gamma(k, (1 - p) / p)) : 0;
  }
};

struct GeneralizedNegativeBinomialDistribution {
  static constexpr std::string_view kName = "generalized_negative_binomial";
  static constexpr std::string_view kDoc =
      "from the negative binomial distribution of mean mu and dispersion alpha.";
  static constexpr std::string_view kInputs[] = {"mu", "alpha"};

  template <class P>
  static void describe(ParamSchema<P>& s) {
    s.field("mu", &P::a, "The mean, not negative.").defaultTo(1.0f);
    s.field("alpha", &P::b, "The dispersion: the variance is mu + alpha·mu².").defaultTo(1.0f);
  }
  TENON_HOST_DEVICE static bool allows(double mu, double alpha) {
    return mu >= 0 && alpha >= 0 && mu * alpha < HUGE_VAL;
  }
  static void check(double mu, double alpha) {
    TENON_CHECK(allows(mu, alpha), kInvalidArgument, "generalized_negative_binomial: mu is ", mu,
                " and alpha ", alpha, ", expected numbers of at least 0");
  }
  TENON_HOST_DEVICE static double draw(Draws& draws, double mu, double alpha) {
    if (mu == 0) return 0;
    return draws.poisson(alpha > 0 ? draws.gamma(1 / alpha, mu * alpha) : mu);
  }
};

}  // namespace tenon
