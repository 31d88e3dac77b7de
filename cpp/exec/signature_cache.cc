#include "exec/signature_cache.h"

#include <algorithm>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/error.h"
#include "device/runtime.h"
#include "exec/kernel_runner.h"

namespace tenon {
namespace {

constexpr size_t kFrontSlots = 256;  // a power of two

class Hash {
 public:
  void add(uint64_t value) { state_ = (state_ ^ value) * 0x9E3779B97F4A7C15u; }
  void add(const Shape& shape) {
    add(static_cast<uint64_t>(shape.rank()));
    for (int64_t dim : shape) add(static_cast<uint64_t>(dim));
  }
  uint64_t value() const { return state_ ^ (state_ >> 29); }

 private:
  uint64_t state_ = 0xCBF29CE484222325u;
};

uint64_t hashOf(const OpAttrs& attrs, std::span<const NDArray* const> inputs,
                std::span<const NDArray> given, Device device, bool training) {
  Hash hash;
  hash.add(attrs.id() * 2 + (training ? 1 : 0));
  hash.add(static_cast<uint64_t>(device.type) << 32 | static_cast<uint32_t>(device.id));
  for (const NDArray* input : inputs) {
    hash.add(input->shape());
    hash.add(static_cast<uint64_t>(input->dtype()));
  }
  if (inputs.empty()) {
    for (const NDArray& output : given) {
      if (!output.defined()) continue;
      hash.add(output.shape());
      hash.add(static_cast<uint64_t>(output.dtype()));
    }
  }
  return hash.value();
}

TensorView specOf(const NDArray& array) {
  TensorView view;
  if (array.defined()) view = denseView(nullptr, array.shape(), array.dtype(), array.device());
  return view;
}

/// Least recently used first; looked into only when a thread's front cache misses.
class SharedCache {
 public:
  Ref<const Signature> find(uint64_t hash, const auto& fits) {
    const std::lock_guard lock(mutex_);
    const auto [from, to] = by_hash_.equal_range(hash);
    for (auto it = from; it != to; ++it) {
      if (!fits(**it->second)) continue;
      order_.splice(order_.end(), order_, it->second);
      return *it->second;
    }
    return nullptr;
  }

  void insert(const Ref<const Signature>& signature) {
    Ref<const Signature> dropped;  // released after the lock
    const std::lock_guard lock(mutex_);
    if (order_.size() >= kSignatureCacheCapacity) {
      dropped = order_.front();
      const auto [from, to] = by_hash_.equal_range(dropped->hash);
      by_hash_.erase(
          std::find_if(from, to, [&](const auto& item) { return *item.second == dropped; }));
      order_.pop_front();
    }
    by_hash_.emplace(signature->hash, order_.insert(order_.end(), signature));
  }

  size_t size() {
    const std::lock_guard lock(mutex_);
    return order_.size();
  }

 private:
  std::mutex mutex_;
  std::list<Ref<const Signature>> order_;
  std::unordered_multimap<uint64_t, std::list<Ref<const Signature>>::iterator> by_hash_;
};

SharedCache& sharedCache() {
  static SharedCache* const cache =
      new SharedCache;  // never destroyed: threads may outlive static destruction
  return *cache;
}

using FrontCache = std::vector<CallSlot>;

thread_local constinit FrontCache* front_cache = nullptr;

FrontCache& makeFrontCache() {
  thread_local FrontCache owned(kFrontSlots);
  front_cache = &owned;
  return owned;
}

void fill(CallSlot& slot, Ref<const Signature> signature) {
  slot.views = signature->views;
  slot.requests.assign(static_cast<size_t>(signature->num_outputs), Request::kWrite);
  slot.signature = std::move(signature);
}

}  // namespace

Signature::Signature(const OpAttrsPtr& call_attrs, std::span<const NDArray* const> inputs,
                     std::span<const NDArray> given, Device on, bool train, uint64_t key_hash)
    : attrs(call_attrs), op(call_attrs->op()), device(on), training(train), hash(key_hash) {
  num_inputs = attrs->numInputs();
  num_outputs = attrs->numOutputs();
  num_visible = attrs->numVisibleOutputs();
  for (const NDArray* input : inputs) views.push_back(specOf(*input));
  if (inputs.empty()) {
    for (const NDArray& output : given) given_.push_back(specOf(output));
  }
  checkDevice(device);
  try {
    infer(inputs, given);
    prepareKernel();
  } catch (...) {
    throw currentErrorWithin(describeCall(*attrs, inputViews()));
  }
}

void Signature::infer(std::span<const NDArray* const> inputs, std::span<const NDArray> given) {
  std::vector<Shape> in_shapes, out_shapes(static_cast<size_t>(num_outputs));
  std::vector<DType> in_types, out_types(static_cast<size_t>(num_outputs), DType::kUnknown);
  for (const NDArray* input : inputs) {
    in_shapes.push_back(input->shape());
    in_types.push_back(input->dtype());
  }
  if (inputs.empty()) {
    for (size_t i = 0; i < given.size(); ++i) {
      if (!given[i].defined()) continue;
      out_shapes[i] = given[i].shape();
      out_types[i] = given[i].dtype();
    }
  }
  op.infer_type(*attrs, in_types, out_types);
  op.infer_shape(*attrs, in_shapes, out_shapes);
  nothing_to_do = num_outputs > 0;
  for (size_t i = 0; i < out_shapes.size(); ++i) {
    TENON_CHECK(out_types[i] != DType::kUnknown, kInvalidArgument, "the dtype of output ",
                attrs->outputName(static_cast<int>(i)),
                " does not follow from the inputs; give one");
    TensorView view;
    view.dtype = out_types[i];
    view.device = device;
    if (out_shapes[i].known()) {
      out_shapes[i].checkedSize();
      view = denseView(nullptr, out_shapes[i], out_types[i], device);
      nothing_to_do = nothing_to_do && view.size() == 0;
    } else {
      data_dependent = true;
      nothing_to_do = false;
    }
    views.push_back(view);
  }
  for (int i = 0; i < num_inputs; ++i) mutates = mutates || attrs->mutates(i);
  nothing_to_do = nothing_to_do && !mutates;
}

void Signature::prepareKernel() {
  kernel = op.kernel(device.type);
  TENON_CHECK(kernel != nullptr && kernel->run != nullptr, kUnsupported, "no kernel for ",
              device.toString());
  TENON_CHECK(!data_dependent || kernel->allocates, kInvalidArgument,
              "the shape of the result does not follow from inputs and parameters; give one");
  if (nothing_to_do) return;
  may_run_inline = op.inline_below > 0 && !data_dependent;
  for (const TensorView& view : views) {
    may_run_inline = may_run_inline && view.shape.known() && view.size() < op.inline_below;
  }
  if (kernel->prepare != nullptr && !data_dependent) {
    std::vector<TensorSpec> specs;
    for (const TensorView& view : views) specs.push_back({view.shape, view.dtype, nullptr});
    const auto in = std::span(specs).first(static_cast<size_t>(num_inputs));
    const auto out = std::span(specs).subspan(static_cast<size_t>(num_inputs));
    prepared = kernel->prepare(
        {.attrs = *attrs, .inputs = in, .outputs = out, .device = device, .training = training});
    may_run_inline = may_run_inline || (prepared != nullptr && prepared->cheap);
  }
  if (op.random) {
    std::vector<Shape> shapes;
    for (const TensorView& view : outputViews()) shapes.push_back(view.shape);
    random_count =
        op.random_count
            ? op.random_count(*attrs, shapes)
            : static_cast<uint64_t>(shapes.empty() || !shapes[0].known() ? 1 : shapes[0].size());
  }
}

bool Signature::fits(const OpAttrs& call_attrs, std::span<const NDArray* const> inputs,
                     std::span<const NDArray> given, Device on, bool train) const noexcept {
  if (attrs.get() != &call_attrs && attrs->id() != call_attrs.id()) return false;
  if (training != train || !(device == on) || inputs.size() != static_cast<size_t>(num_inputs))
    return false;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (views[i].dtype != inputs[i]->dtype() || !(views[i].shape == inputs[i]->shape()))
      return false;
  }
  if (!inputs.empty()) return true;
  if (given.size() != given_.size()) return false;
  for (size_t i = 0; i < given.size(); ++i) {
    const TensorView wanted = specOf(given[i]);
    if (given_[i].dtype != wanted.dtype || !(given_[i].shape == wanted.shape)) return false;
  }
  return true;
}

CallSlot& findSignature(const OpAttrsPtr& attrs, std::span<const NDArray* const> inputs,
                        std::span<const NDArray> given, Device device, bool training) {
  const uint64_t hash = hashOf(*attrs, inputs, given, device, training);
  FrontCache& front = front_cache != nullptr ? *front_cache : makeFrontCache();
  CallSlot& slot = front[hash & (kFrontSlots - 1)];
  if (slot.signature && slot.signature->hash == hash &&
      slot.signature->fits(*attrs, inputs, given, device, training)) {
    return slot;
  }
  Ref<const Signature> found = sharedCache().find(
      hash, [&](const Signature& s) { return s.fits(*attrs, inputs, given, device, training); });
  if (!found) {
    // Two threads may work it out at the same time; both results are good.
    found = Ref<const Signature>(new Signature(attrs, inputs, given, device, training, hash));
    sharedCache().insert(found);
  }
  fill(slot, std::move(found));
  return slot;
}

size_t signatureCacheSize() { return sharedCache().size(); }

}  // namespace tenon
