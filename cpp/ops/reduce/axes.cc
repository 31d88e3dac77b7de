#include "ops/reduce/axes.h"

#include "base/error.h"

namespace tenon {

AxisMask reducedAxes(std::string_view op, const Shape& in, const Optional<IntList>& axis,
                     bool exclude) {
  AxisMask mask;
  if (!axis.has || axis.value.count == 0) {
    for (int i = 0; i < in.rank(); ++i) mask.reduced[i] = true;
    mask.count = in.rank();
    return mask;
  }
  for (int i = 0; i < axis.value.count; ++i) {
    const int at = in.axis(axis.value.values[i], op);
    TENON_CHECK(!mask.reduced[at], kInvalidArgument, op, ": axis ", axis.value.values[i],
                " is given twice for shape ", in);
    mask.reduced[at] = true;
  }
  for (int i = 0; i < in.rank(); ++i) {
    if (exclude) mask.reduced[i] = !mask.reduced[i];
    mask.count += mask.reduced[i] ? 1 : 0;
  }
  return mask;
}

Shape reducedShape(const Shape& in, const AxisMask& mask, bool keepdims) {
  Shape out = Shape::scalar();
  for (int i = 0; i < in.rank(); ++i) {
    if (!mask.reduced[i]) {
      out.append(in[i]);
    } else if (keepdims) {
      out.append(1);
    }
  }
  if (out.rank() == 0) out.append(1);
  return out;
}

}  // namespace tenon
