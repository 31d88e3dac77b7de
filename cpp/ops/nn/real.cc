#include "ops/nn/real.h"

namespace tenon {

void sameFloatingType(const OpAttrs& attrs, std::span<DType> in, std::span<DType> out) {
  DType common = DType::kUnknown;
  for (const std::span<DType> side : {in, out}) {
    for (const DType dtype : side) {
      if (common == DType::kUnknown) common = dtype;
    }
  }
  if (common == DType::kUnknown) return;
  TENON_CHECK(isFloating(common), kInvalidArgument, attrs.op().name, ": dtype ", nameOf(common),
              ", expected float32, float64, float16 or bfloat16");
  const auto settle = [&](DType& dtype, std::string_view what, size_t index) {
    TENON_CHECK(dtype == DType::kUnknown || dtype == common, kInvalidArgument, attrs.op().name,
                ": ", what, " ", index, " has dtype ", nameOf(dtype), ", expected ",
                nameOf(common));
    dtype = common;
  };
  for (size_t i = 0; i < in.size(); ++i) settle(in[i], "input", i);
  for (size_t i = 0; i < out.size(); ++i) settle(out[i], "output", i);
}

}  // namespace tenon
