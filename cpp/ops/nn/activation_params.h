// Parameters of Activation.
#pragma once

#include "base/params.h"

namespace tenon {

enum class ActivationType : int32_t { kRelu, kSigmoid, kTanh, kSoftRelu, kSoftSign };

struct ActivationParams {
  ActivationType act_type;
  static void describe(ParamSchema<ActivationParams>& s) {
    s.field("act_type", &ActivationParams::act_type, "The function to apply.")
        .options({{"relu", ActivationType::kRelu},
                  {"sigmoid", ActivationType::kSigmoid},
                  {"softrelu", ActivationType::kSoftRelu},
                  {"softsign", ActivationType::kSoftSign},
                  {"tanh", ActivationType::kTanh}});
  }
};

}  // namespace tenon
