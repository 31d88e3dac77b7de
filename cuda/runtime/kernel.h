// What kernels of the library are: a host function that issues work to a stream, registered for an
// operator that the core declares. The counterpart of cpp/ops/registry/kernel.h on this side of the
// edge.
//
//   void runFlip(Context& context, Views in, Views out, Requests requests) { … }
//   const KernelRegistration kFlip = {{"flip", {.run = runFlip, .adds = false}}};
#pragma once

#include <cuda_runtime_api.h>

#include <initializer_list>
#include <memory>
#include <span>
#include <type_traits>

#include "base/error.h"
#include "ops/registry/plugin_kernels.h"
#include "runtime/queue.h"

namespace tenon::cuda {

using Views = std::span<const TensorView>;
using Requests = std::span<const Request>;

/// What `prepare` found out: immutable, used by several threads at once. Derive from it.
class Prepared {
 public:
  virtual ~Prepared() = default;
};

class PrepareContext {
 public:
  explicit PrepareContext(const PluginPrepareCall& call) : call_(call) {}
  const char* op() const { return call_.op; }
  template <class P>
  const P& params() const {
    return *static_cast<const P*>(call_.params);
  }
  std::span<const PluginSpec> inputs() const {
    return {call_.inputs, static_cast<size_t>(call_.num_inputs)};
  }
  std::span<const PluginSpec> outputs() const {
    return {call_.outputs, static_cast<size_t>(call_.num_outputs)};
  }
  int device() const { return call_.device.id; }
  bool training() const { return call_.training; }

 private:
  const PluginPrepareCall& call_;
};

/// What a running kernel may ask for.
class Context {
 public:
  explicit Context(const PluginRunCall& call) : call_(call), queue_(Queue::of(call.queue)) {}

  const char* op() const { return call_.op; }
  /// The operator's parameter struct, from a header that the core's file of the operator includes
  /// too.
  template <class P>
  const P& params() const {
    static_assert(std::is_trivially_copyable_v<P>);
    return *static_cast<const P*>(call_.params);
  }
  /// Value of the dynamic parameter `index`, in the schema's order.
  double dynamic(int index) const { return call_.dynamics[index]; }
  std::span<const double> dynamics() const {
    return {call_.dynamics, static_cast<size_t>(call_.num_dynamics)};
  }
  template <class P>
  const P& prepared() const {
    return static_cast<const P&>(*reinterpret_cast<const Prepared*>(call_.prepared));
  }
  Queue& queue() const { return queue_; }
  cudaStream_t stream() const { return queue_.stream(); }
  int device() const { return queue_.device(); }
  RandomState random() const { return call_.random; }
  bool training() const { return call_.training; }
  bool deterministic() const { return call_.deterministic; }

  /// Scratch memory, 256-byte aligned, until what this kernel issues is done. One call per run: ask
  /// for everything at once.
  void* workspace(size_t bytes) const;
  /// For outputs whose shape depends on data: allocates output `index` and returns its view.
  TensorView allocateOutput(int index, const Shape& shape) const;
  /// Waits for the device and copies what it found to the host. For shapes and errors that depend
  /// on data: no other kernel waits.
  void fetch(void* to, const void* from, size_t bytes) const;

 private:
  const PluginRunCall& call_;
  Queue& queue_;
};

using PrepareFunction = std::unique_ptr<Prepared> (*)(const PrepareContext&);
using RunFunction = void (*)(Context&, Views in, Views out, Requests requests);

struct Kernel {
  PrepareFunction prepare = nullptr;  ///< may be null: nothing to prepare
  RunFunction run = nullptr;
  bool adds = true;  ///< handles Request::kAdd itself; else the core adds by way of a temporary
  bool strided_inputs = false;
  bool allocates = false;  ///< allocates outputs, whose shapes depend on data
};

/// Adds kernels to the table, in static initialisation. Names are string literals.
class KernelRegistration {
 public:
  struct Entry {
    const char* op;
    Kernel kernel;
  };
  KernelRegistration(std::initializer_list<Entry> entries) noexcept;
};

/// Issues moves (see cpp/ops/registry/mover.h), in their order.
using MoveFunction = void (*)(const Context&, std::span<const PluginMove> moves);

/// Says how the library moves, in static initialisation.
class MoveRegistration {
 public:
  explicit MoveRegistration(MoveFunction move) noexcept;
};

/// All that are registered.
const PluginKernelTable& kernelTable();

}  // namespace tenon::cuda
