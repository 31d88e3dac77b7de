// Random numbers as functions of (seed, counter) for distributions that reject: a stream of its own
// for each element.
#pragma once

#include <cmath>
#include <cstdint>

#include "base/philox.h"

namespace tenon {

/// The stream of one element: as many integers as it takes.
class Draws {
 public:
  Draws(uint64_t seed, uint64_t counter) : seed_(seed), counter_(counter) {}

  uint32_t bits() {
    if (used_ == 4) {
      block_ = philox(seed_, counter_, ++stream_);
      used_ = 0;
    }
    return block_.x[used_++];
  }
  /// In (0, 1).
  double uniform() {
    const uint32_t high = bits();
    return unitDouble(high, bits()) + 0x1p-54;
  }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(6.283185307179586 * uniform());
  }
  /// By Marsaglia and Tsang's method; shape and scale are positive.
  double gamma(double shape, double scale);
  /// By multiplication below 10, above by Hörmann's transformed rejection.
  double poisson(double mean);

 private:
  uint64_t seed_;
  uint64_t counter_;
  uint64_t stream_ = 0;
  Philox4 block_{};
  int used_ = 4;
};

}  // namespace tenon
