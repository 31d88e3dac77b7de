#include "exec/views.h"

#include <string>

#include "exec/intern.h"
#include "exec/tape.h"
#include "exec/thread_state.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

/// Puts `view` on the tape as what that operator made of `array`.
NDArray recorded(NDArray view, const NDArray& array, const char* op, const AttrMap& attrs) {
  if (!threadState().recording || !array.extension()) return view;
  const NDArray* const inputs[] = {&array};
  recordCall(internedAttrs(findOp(op), attrs, 1), inputs, std::span(&view, 1), {});
  return view;
}

}  // namespace

NDArray slice(const NDArray& array, int64_t begin, int64_t end) {
  return recorded(array.slice(begin, end), array, "slice_axis",
                  {{"axis", "0"}, {"begin", std::to_string(begin)}, {"end", std::to_string(end)}});
}

NDArray at(const NDArray& array, int64_t index) {
  const NDArray row = array.at(index);
  return reshape(slice(array, index, index + 1), row.shape());
}

NDArray reshape(const NDArray& array, const Shape& shape) {
  return recorded(array.reshaped(shape), array, "Reshape", {{"shape", shape.toString()}});
}

NDArray detach(const NDArray& array) { return detached(array); }

}  // namespace tenon
