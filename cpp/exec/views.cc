#include "exec/views.h"

#include <string>

#include "base/error.h"
#include "exec/intern.h"
#include "exec/invoke.h"
#include "exec/tape.h"
#include "exec/thread_state.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

bool isRecorded(const NDArray& array) { return threadState().recording && array.extension(); }

/// Puts `view` on the tape as what that operator made of `inputs`.
void record(NDArray& view, std::span<const NDArray* const> inputs, const char* op,
            const AttrMap& attrs) {
  recordCall(internedAttrs(findOp(op), attrs, static_cast<int>(inputs.size())), inputs,
             std::span(&view, 1), {});
}

}  // namespace

NDArray slice(const NDArray& array, int64_t begin, int64_t end) {
  NDArray view = array.slice(begin, end);
  if (isRecorded(array)) {
    const NDArray* const inputs[] = {&array};
    record(view, inputs, "slice_axis",
           {{"axis", "0"}, {"begin", std::to_string(begin)}, {"end", std::to_string(end)}});
  }
  return view;
}

NDArray at(const NDArray& array, int64_t index) {
  const NDArray row = array.at(index);
  return reshape(slice(array, index, index + 1), row.shape());
}

NDArray reshape(const NDArray& array, const Shape& shape) {
  NDArray view = array.reshaped(shape);
  if (isRecorded(array)) {
    // Not Reshape, whose attribute gives extents of 0 and shapes of rank 0 another meaning.
    const NDArray like = view;
    const NDArray* const inputs[] = {&array, &like};
    record(view, inputs, "reshape_like", {});
  }
  return view;
}

void copy(const NDArray& from, NDArray& to) {
  if (!isRecorded(from)) return from.copyTo(to);
  TENON_CHECK(from.device() == to.device(), kUnsupported, "a copy from ", from.device().toString(),
              " to ", to.device().toString(),
              " cannot be recorded: detach the array first, or copy it while not recording");
  TENON_CHECK(from.size() == to.size(), kInvalidArgument, "cannot copy shape ", from.shape(),
              " to shape ", to.shape());
  const NDArray source = from.shape() == to.shape() ? from : reshape(from, to.shape());
  const NDArray* const inputs[] = {&source};
  invoke(internedAttrs(findOp("_copy"), {}, 1), inputs, std::span(&to, 1));
}

NDArray detach(const NDArray& array) { return detached(array); }

}  // namespace tenon
