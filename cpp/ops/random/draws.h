// Random numbers as functions of (seed, counter) for distributions that reject: a stream of its own
// for each element. Compiled alike by g++ and nvcc.
#pragma once

#include <cmath>
#include <cstdint>

#include "base/philox.h"

namespace tenon {

/// The stream of one element: as many integers as it takes.
class Draws {
 public:
  TENON_HOST_DEVICE Draws(uint64_t seed, uint64_t counter) : seed_(seed), counter_(counter) {}

  TENON_HOST_DEVICE uint32_t bits() {
    if (used_ == 4) {
      block_ = philox(seed_, counter_, ++stream_);
      used_ = 0;
    }
    return block_.x[used_++];
  }
  /// In (0, 1).
  TENON_HOST_DEVICE double uniform() {
    const uint32_t high = bits();
    return unitDouble(high, bits()) + 0x1p-54;
  }
  TENON_HOST_DEVICE double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }
  /// By Marsaglia and Tsang's method; shape and scale are positive.
  TENON_HOST_DEVICE double gamma(double shape, double scale);
  /// By multiplication below 10, above by Hörmann's transformed rejection.
  TENON_HOST_DEVICE double poisson(double mean);

 private:
  uint64_t seed_;
  uint64_t counter_;
  uint64_t stream_ = 0;
  Philox4 block_{};
  int used_ = 4;
};

TENON_HOST_DEVICE inline double Draws::gamma(double shape, double scale) {
  // No draw would ever be accepted.
  if (!(shape > 0 && shape < HUGE_VAL)) return shape * scale;
  // Below 1: one of shape + 1, times a power of a uniform.
  const double boost = shape < 1 ? std::pow(uniform(), 1 / shape) : 1;
  const double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
  const double c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal();
    const double root = 1 + c * x;
    if (root <= 0) continue;
    const double v = root * root * root;
    if (std::log(uniform()) < 0.5 * x * x + d * (1 - v + std::log(v))) return boost * d * v * scale;
  }
}

TENON_HOST_DEVICE inline double Draws::poisson(double mean) {
  if (!(mean > 0)) return 0;
  if (!(mean < HUGE_VAL)) return mean;
  if (mean < 10) {
    const double limit = std::exp(-mean);
    int count = 0;
    for (double product = uniform(); product > limit; product *= uniform()) ++count;
    return count;
  }
  const double b = 0.931 + 2.53 * std::sqrt(mean);
  const double a = -0.059 + 0.02483 * b;
  const double log_mean = std::log(mean);
  const double inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  for (;;) {
    const double u = uniform() - 0.5;
    const double v = uniform();
    const double us = 0.5 - std::abs(u);
    const double k = std::floor((2 * a / us + b) * u + mean + 0.43);
    if (us >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return k;
    if (k < 0 || (us < 0.013 && v > us)) continue;
    if (std::log(v * inverse_alpha / (a / (us * us) + b)) <=
        k * log_mean - mean - std::lgamma(k + 1))
      return k;
  }
}

}  // namespace tenon
