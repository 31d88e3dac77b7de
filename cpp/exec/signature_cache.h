// What one kind of call needs, worked out once: shapes and dtypes of the outputs, the kernel and
// what it prepared.
//
// Signatures are immutable and shared. A bounded cache for the process holds them; every thread has
// a small front cache before it, whose entries also carry ready-made views, so that a repeated call
// takes no lock and allocates nothing.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/ref_counted.h"
#include "ops/registry/op.h"
#include "tensor/ndarray.h"

namespace tenon {

class Signature final : public RefCounted {
 public:
  /// Infers and prepares. `given` are output arrays that the caller brings (some may be undefined):
  /// an operator without inputs takes its shape and dtype from them. Throws kInvalidArgument naming
  /// the operator and its inputs.
  Signature(const OpAttrsPtr& attrs, std::span<const NDArray* const> inputs,
            std::span<const NDArray> given, Device device, bool training, uint64_t hash);

  /// Whether it is the signature of this call.
  bool fits(const OpAttrs& call_attrs, std::span<const NDArray* const> inputs,
            std::span<const NDArray> given, Device on, bool train) const noexcept;

  const OpAttrsPtr attrs;
  const Op& op;
  const Device device;
  const bool training;
  const uint64_t hash;
  const Kernel* kernel = nullptr;
  PreparedPtr prepared;
  /// Inputs, then all outputs; without data.
  std::vector<TensorView> views;
  int num_inputs = 0;
  int num_outputs = 0;
  int num_visible = 0;
  uint64_t random_count = 0;    ///< counters to reserve for a call
  bool data_dependent = false;  ///< an output's shape is known only once the kernel has run
  bool nothing_to_do = false;   ///< every output is empty
  bool may_run_inline = false;
  bool mutates = false;  ///< some input is written

  std::span<const TensorView> inputViews() const {
    return std::span(views).first(static_cast<size_t>(num_inputs));
  }
  std::span<const TensorView> outputViews() const {
    return std::span(views).subspan(static_cast<size_t>(num_inputs));
  }

 private:
  void infer(std::span<const NDArray* const> inputs, std::span<const NDArray> given);
  void prepareKernel();

  std::vector<TensorView> given_;  ///< part of the key where there are no inputs
};

/// A thread's own copy of a signature's views, whose data pointers a call fills in.
struct CallSlot {
  Ref<const Signature> signature;
  std::vector<TensorView> views;
  std::vector<Request> requests;
};

/// The slot for this call in the calling thread's front cache: valid until the thread's next
/// look-up.
CallSlot& findSignature(const OpAttrsPtr& attrs, std::span<const NDArray* const> inputs,
                        std::span<const NDArray> given, Device device, bool training);

/// For tests: number of signatures in the process's cache, and its bound.
size_t signatureCacheSize();
constexpr size_t kSignatureCacheCapacity = 4096;

}  // namespace tenon
