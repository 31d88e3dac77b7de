// Parameters of Dropout.
#pragma once

#include "base/params.h"

namespace tenon {

enum class DropoutMode : int32_t { kTraining, kAlways };

struct DropoutParams {
  float p;
  DropoutMode mode;
  Shape axes;
  Optional<bool> cudnn_off;
  static void describe(ParamSchema<DropoutParams>& s) {
    s.field("p", &DropoutParams::p, "Probability of setting an element to zero.")
        .defaultTo(0.5F)
        .range(0, 1);
    s.field("mode", &DropoutParams::mode, "Drop in training only, or always.")
        .options({{"always", DropoutMode::kAlways}, {"training", DropoutMode::kTraining}})
        .defaultTo(DropoutMode::kTraining);
    s.field("axes", &DropoutParams::axes,
            "Axes along which all elements are kept or dropped together.")
        .defaultTo(Shape::scalar())
        .atLeast(0);
    s.field("cudnn_off", &DropoutParams::cudnn_off, "Accepted for MXNet's sake.").defaultTo(false);
  }
};

}  // namespace tenon
