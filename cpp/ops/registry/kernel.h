// Kernels, in two phases: `prepare` once per signature, `run` per call. Kernels see views only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "device/random_stream.h"
#include "device/runtime.h"
#include "tensor/tensor_view.h"

namespace tenon {

class OpAttrs;
class Mover;
struct PluginKernel;

/// The CPU's, of ops/shape/strided_copy.cc.
Mover& cpuMover() noexcept;

/// What to do with an output. Values are MXNet's.
enum class Request : int32_t {
  kNull = 0,  ///< not wanted: do not touch
  kWrite = 1,
  kInplace = 2,  ///< write; the memory is that of an input
  kAdd = 3,      ///< add to what is there
};

/// A physical format chosen by a library: see TensorView::layout.
class Layout {
 public:
  virtual ~Layout() = default;
  /// Memory it needs (padding included).
  virtual size_t bytes() const = 0;
  virtual bool equals(const Layout& other) const = 0;
};
using LayoutPtr = std::shared_ptr<const Layout>;

/// What is known of an operand before there is memory.
struct TensorSpec {
  Shape shape;
  DType dtype = DType::kFloat32;
  LayoutPtr layout;  ///< null: row-major
};

/// What `prepare` found out: immutable, shared by threads.
class Prepared {
 public:
  virtual ~Prepared() = default;
  /// Only if the context left layouts free: how `run` wants its inputs and gives its outputs.
  /// Empty: all row-major; null entries: row-major.
  std::vector<LayoutPtr> input_layouts;
  std::vector<LayoutPtr> output_layouts;
  /// `run` takes a hundred microseconds at most: may run on the thread that issues.
  bool cheap = false;
};
using PreparedPtr = std::shared_ptr<const Prepared>;

struct PrepareContext {
  const OpAttrs& attrs;
  std::span<const TensorSpec> inputs;
  std::span<const TensorSpec> outputs;
  Device device;
  bool training = false;
  /// True in plans: the kernel may pick layouts (the plan inserts reorders), and inputs' specs say
  /// what they come in.
  bool layouts_free = false;
};

/// What a running kernel may ask for.
class KernelContext {
 public:
  virtual ~KernelContext() = default;

  const OpAttrs& attrs() const noexcept { return *attrs_; }
  /// Values of the dynamic parameters, in the schema's order.
  double dynamic(int index) const noexcept { return dynamic_[static_cast<size_t>(index)]; }
  std::span<const double> dynamics() const noexcept { return dynamic_; }
  const Prepared* prepared() const noexcept { return prepared_; }
  Device device() const noexcept { return device_; }
  /// Null on the CPU.
  Queue* queue() const noexcept { return queue_; }
  RandomState random() const noexcept { return random_; }
  bool training() const noexcept { return training_; }
  bool deterministic() const noexcept { return deterministic_; }
  /// Carries out the moves of kernels that are made of nothing else: see mover.h.
  Mover& mover() const noexcept { return *mover_; }

  /// Scratch memory, 64-byte aligned, until `run` returns (on a device: until what it issued is
  /// done). One call per run; ask for everything at once.
  virtual void* workspace(size_t bytes) = 0;
  /// For outputs whose shape depends on data: allocates output `index` and returns its view.
  virtual TensorView allocateOutput(int index, const Shape& shape) = 0;

 protected:
  const OpAttrs* attrs_ = nullptr;
  std::span<const double> dynamic_;
  const Prepared* prepared_ = nullptr;
  Device device_;
  Queue* queue_ = nullptr;
  RandomState random_;
  bool training_ = false;
  bool deterministic_ = false;

 private:
  friend class MoverScope;
  Mover* mover_ = &cpuMover();
};

using PrepareFunction = PreparedPtr (*)(const PrepareContext&);
using RunFunction = void (*)(KernelContext&, std::span<const TensorView> in,
                             std::span<const TensorView> out, std::span<const Request> requests);

struct Kernel {
  PrepareFunction prepare = nullptr;  ///< may be null: nothing to prepare
  RunFunction run = nullptr;
  bool adds = true;  ///< handles Request::kAdd itself; else exec adds by way of a temporary
  bool strided_inputs = false;  ///< accepts inputs that are not dense
  bool allocates = false;       ///< `run` allocates outputs, whose shapes depend on data
  bool picks_layouts = false;   ///< `prepare` uses layouts_free; else plans give it row-major data
  /// `run` touches elements through the context's mover only, and there is no `prepare`: a device
  /// library that can move runs it, too, unless it has a kernel of its own.
  bool moves = false;
  const PluginKernel* plugin = nullptr;  ///< behind the kernels of a device library
};

/// Copies between layouts of one logical array on one device; registered by whoever makes Layouts
/// for that device.
using ReorderFunction = void (*)(const TensorView& from, const TensorView& to, Queue* queue);
void registerReorder(DeviceType type, ReorderFunction reorder);
ReorderFunction reorderOf(DeviceType type);

}  // namespace tenon
