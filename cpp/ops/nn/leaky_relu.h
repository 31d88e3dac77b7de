// Parameters of LeakyReLU and the functions of one element, compiled alike by g++ and nvcc.
#pragma once

#include <cmath>
#include <numbers>

#include "base/params.h"
#include "base/philox.h"
#include "ops/nn/channel_view.h"

namespace tenon {

enum class RectifierKind : int32_t { kLeaky, kPrelu, kRrelu, kElu, kSelu, kGelu };

struct LeakyReluParams {
  RectifierKind act_type;
  float slope, lower_bound, upper_bound;
  static void describe(ParamSchema<LeakyReluParams>& s) {
    s.field("act_type", &LeakyReluParams::act_type, "Which rectifier.")
        .options({{"elu", RectifierKind::kElu},
                  {"gelu", RectifierKind::kGelu},
                  {"leaky", RectifierKind::kLeaky},
                  {"prelu", RectifierKind::kPrelu},
                  {"rrelu", RectifierKind::kRrelu},
                  {"selu", RectifierKind::kSelu}})
        .defaultTo(RectifierKind::kLeaky);
    s.field("slope", &LeakyReluParams::slope,
            "Slope of the negative side (leaky), its limit (elu).")
        .defaultTo(0.25F);
    s.field("lower_bound", &LeakyReluParams::lower_bound, "Smallest slope that rrelu draws.")
        .defaultTo(0.125F);
    s.field("upper_bound", &LeakyReluParams::upper_bound, "Largest slope that rrelu draws.")
        .defaultTo(0.333999991F);
  }
  /// rrelu's slope outside of training.
  constexpr float meanSlope() const { return (lower_bound + upper_bound) / 2; }
  /// The slope that rrelu makes of random bits.
  TENON_HOST_DEVICE constexpr float drawnSlope(uint32_t bits) const {
    return lower_bound + (upper_bound - lower_bound) * unitFloat(bits);
  }
};

inline constexpr double kSeluScale = 1.0507009873554804934193349852946;
inline constexpr double kSeluAlpha = 1.6732632423543772848170429916717;

/// prelu's data around the axis that gamma's `count` slopes lie along: axis 1, or axis 0 of one
/// axis; one slope is for all.
inline ChannelView gammaView(const Shape& data, int64_t count) {
  if (count == 1) return {.outer = 1, .channels = 1, .inner = data.product(0, data.rank())};
  if (data.rank() == 1) return {.outer = 1, .channels = count, .inner = 1};
  return {.outer = data[0], .channels = count, .inner = data.product(2, data.rank())};
}

/// The rectifier's value at x, with the slope `a` where it has one.
template <class T>
TENON_HOST_DEVICE T rectified(RectifierKind kind, T x, T a) {
  switch (kind) {
    case RectifierKind::kElu:
      return x < T(0) ? a * std::expm1(x) : x;
    case RectifierKind::kSelu:
      return T(kSeluScale) * (x < T(0) ? T(kSeluAlpha) * std::expm1(x) : x);
    case RectifierKind::kGelu:
      return x * T(0.5) * (T(1) + std::erf(x / T(std::numbers::sqrt2)));
    default:
      return x < T(0) ? a * x : x;
  }
}

/// Its slope at x.
template <class T>
TENON_HOST_DEVICE T rectifierSlope(RectifierKind kind, T x, T a) {
  switch (kind) {
    case RectifierKind::kElu:
      return x < T(0) ? a * std::exp(x) : T(1);
    case RectifierKind::kSelu:
      return T(kSeluScale) * (x < T(0) ? T(kSeluAlpha) * std::exp(x) : T(1));
    case RectifierKind::kGelu:
      return T(0.5) * (T(1) + std::erf(x / T(std::numbers::sqrt2))) +
             x * std::exp(x * x / T(-2)) * T(0.5 * std::numbers::inv_sqrtpi * std::numbers::sqrt2);
    default:
      return x < T(0) ? a : T(1);
  }
}

}  // namespace tenon
