// Arguments in a library's layout, kept until the argument is written again: packed once for
// inference, once an update in training. Shared by all runs over the same arguments.
#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "ops/registry/kernel.h"
#include "tensor/ndarray.h"

namespace tenon {

/// One argument in one layout. `memory` has its own engine variable: packing writes it, segments
/// read it.
struct PackedWeight final : RefCounted {
  NDArray source;
  LayoutPtr layout;
  Ref<Storage> memory;
  uint64_t version = 0;  ///< of the source's storage when it was packed
  bool filled = false;

  TensorView view() const;
};

class PackedWeights {
 public:
  /// That argument in that layout; shared with whoever asked before and still holds it.
  Ref<PackedWeight> find(const NDArray& source, const LayoutPtr& layout);
  /// Pushes the packing of those whose argument was written since. To be called before a task that
  /// reads them is pushed, on the same thread.
  void refresh(std::span<const Ref<PackedWeight>> weights);

 private:
  std::mutex mutex_;
  std::vector<Ref<PackedWeight>> weights_;
};

}  // namespace tenon
