#include "exec/packed_weights.h"

#include <utility>

#include "engine/engine.h"
#include "exec/small_buffer.h"
#include "memory/pool.h"

namespace tenon {
namespace {

/// The packing of a few weights, on its way through the engine.
struct Packing final : RefCounted {
  std::vector<Ref<PackedWeight>> weights;

  void run(Queue* queue) const {
    for (const Ref<PackedWeight>& weight : weights) {
      reorderOf(weight->source.device().type)(weight->source.view(), weight->view(), queue);
    }
  }
};

}  // namespace

TensorView PackedWeight::view() const {
  TensorView view = denseView(memory->data(), source.shape(), source.dtype(), source.device());
  view.layout = layout.get();
  return view;
}

Ref<PackedWeight> PackedWeights::find(const NDArray& source, const LayoutPtr& layout) {
  const std::lock_guard lock(mutex_);
  std::erase_if(weights_, [](const Ref<PackedWeight>& weight) { return weight->unique(); });
  for (const Ref<PackedWeight>& weight : weights_) {
    const NDArray& known = weight->source;
    if (known.storage() == source.storage() && known.offsetBytes() == source.offsetBytes() &&
        known.dtype() == source.dtype() && known.shape() == source.shape() &&
        weight->layout->equals(*layout)) {
      return weight;
    }
  }
  const MakerScope maker("packed weights");
  Ref<PackedWeight> weight = makeRef<PackedWeight>();
  weight->source = source;
  weight->layout = layout;
  weight->memory = Storage::allocate(source.device(), layout->bytes());
  weights_.push_back(weight);
  return weight;
}

void PackedWeights::refresh(std::span<const Ref<PackedWeight>> weights) {
  const std::lock_guard lock(mutex_);
  Ref<Packing> packing;
  SmallBuffer<Variable*, 16> reads, writes;
  for (const Ref<PackedWeight>& weight : weights) {
    // Read before the push: a write that another thread pushes in between makes it stale again,
    // never stale unnoticed.
    const uint64_t version = weight->source.storage()->version();
    if (weight->filled && weight->version == version) continue;
    weight->version = version;
    weight->filled = true;
    if (!packing) packing = makeRef<Packing>();
    packing->weights.push_back(weight);
    reads.push_back(&weight->source.variable());
    writes.push_back(&weight->memory->variable());
  }
  if (!packing) return;
  TaskOptions options;
  options.name = "pack weights";
  options.device = packing->weights[0]->source.device();
  Engine::get().push([packing](TaskContext& context) { packing->run(context.queue()); },
                     reads.span(), writes.span(), options);
}

}  // namespace tenon
