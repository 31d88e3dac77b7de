// Parameters of softmax and its kin.
#pragma once

#include "base/params.h"
#include "ops/nn/axis_view.h"

namespace tenon {

enum class SoftmaxKind { kSoftmax, kLogSoftmax, kSoftmin };

struct SoftmaxParams {
  int32_t axis;
  Optional<double> temperature;
  Optional<DType> dtype;
  Optional<bool> use_length;
  static void describe(ParamSchema<SoftmaxParams>& s) {
    s.field("axis", &SoftmaxParams::axis, "The axis to normalise over.").defaultTo(-1);
    s.field("temperature", &SoftmaxParams::temperature, "Divides the input; 1 by default.");
    s.field("dtype", &SoftmaxParams::dtype, "The output's dtype; the input's by default.")
        .options({{"float16", DType::kFloat16},
                  {"float32", DType::kFloat32},
                  {"float64", DType::kFloat64}});
    s.field("use_length", &SoftmaxParams::use_length,
            "Take a second input, how many elements of each row count; the others' results are 0.")
        .defaultTo(false);
  }
  bool hasLength() const { return use_length.has && use_length.value; }
  double scale(SoftmaxKind kind) const {
    return (kind == SoftmaxKind::kSoftmin ? -1.0 : 1.0) /
           (temperature.has ? temperature.value : 1.0);
  }
};

enum class SoftmaxMode : int32_t { kInstance, kChannel };

struct SoftmaxActivationParams {
  SoftmaxMode mode;
  static void describe(ParamSchema<SoftmaxActivationParams>& s) {
    s.field("mode", &SoftmaxActivationParams::mode,
            "Normalise over everything of a sample (instance) or over axis 1 (channel).")
        .options({{"channel", SoftmaxMode::kChannel}, {"instance", SoftmaxMode::kInstance}})
        .defaultTo(SoftmaxMode::kInstance);
  }
};

inline AxisView activationView(const SoftmaxActivationParams& p, const Shape& shape) {
  if (p.mode == SoftmaxMode::kChannel) return viewAround(shape, 1);
  return {shape[0], shape.product(1, shape.rank()), 1};
}

}  // namespace tenon
