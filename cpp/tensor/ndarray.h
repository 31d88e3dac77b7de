// NDArray: a dense, row-major array on one device, shared by reference: storage, offset, shape,
// dtype.
//
// A value type of a few words whose copies share the storage. The engine variable and the version
// counter live on the storage, so all views of it are ordered together. Functions that read or
// write elements on the host wait for the engine; the others do not. Any thread may use any array.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>

#include "base/dtype.h"
#include "base/ref_counted.h"
#include "base/shape.h"
#include "device/device.h"
#include "engine/variable.h"
#include "memory/pool.h"
#include "tensor/tensor_view.h"

namespace tenon {

/// Memory with its engine variable. Frees itself to its pool when the last reference goes; tasks
/// hold references, so that happens after the last use. Where the host can reach it, a small
/// storage's memory follows the object in one block: one allocation, neighbouring cache lines.
class Storage final : public RefCounted {
 public:
  static Ref<Storage> allocate(Device device, size_t bytes);
  /// Foreign memory; `release` is called once, from any thread, when nobody uses it any more.
  static Ref<Storage> wrap(Device device, void* data, size_t bytes, std::function<void()> release);

  void* data() const noexcept { return data_; }
  size_t bytes() const noexcept { return bytes_; }
  Device device() const noexcept { return device_; }
  Variable& variable() noexcept { return variable_; }
  /// Grows with every task pushed that writes; for caches of derived data and for autograd's
  /// checks.
  uint64_t version() const noexcept { return version_.load(std::memory_order_relaxed); }
  void bumpVersion() noexcept { version_.fetch_add(1, std::memory_order_relaxed); }

 private:
  Storage(Device device, void* data, size_t bytes) : device_(device), data_(data), bytes_(bytes) {}
  ~Storage() override;
  void dispose() noexcept override;
  bool insideBlock() const noexcept { return block_.data == this; }

  Device device_;
  void* data_;
  Block block_;
  MemoryPool* pool_ = nullptr;  ///< null: foreign memory
  size_t bytes_;
  std::function<void()> release_;
  std::atomic<uint64_t> version_{0};
  Variable variable_;
};

/// What autograd hangs on an array; exec derives from it.
class ArrayExtension : public RefCounted {};

class NDArray {
 public:
  /// No array: `defined()` is false and nothing else may be asked.
  NDArray() = default;
  /// Uninitialised elements. Throws kInvalidArgument for an unknown shape or dtype, kOutOfMemory.
  static NDArray empty(const Shape& shape, DType dtype, Device device);
  /// Views `storage` from `offset_bytes`; checks that it fits.
  NDArray(Ref<Storage> storage, int64_t offset_bytes, const Shape& shape, DType dtype);

  bool defined() const noexcept { return static_cast<bool>(storage_); }
  const Shape& shape() const noexcept { return shape_; }
  DType dtype() const noexcept { return dtype_; }
  Device device() const noexcept { return storage_->device(); }
  int64_t size() const noexcept { return shape_.size(); }
  int64_t bytes() const noexcept { return size() * static_cast<int64_t>(sizeOf(dtype_)); }
  const Ref<Storage>& storage() const noexcept { return storage_; }
  int64_t offsetBytes() const noexcept { return offset_bytes_; }
  Variable& variable() const noexcept { return storage_->variable(); }
  /// For tasks: the memory itself.
  TensorView view() const;

  /// Views that share the storage; autograd-unaware (exec offers recorded ones). Rows [begin, end)
  /// of axis 0.
  NDArray slice(int64_t begin, int64_t end) const;
  /// Row `index` of axis 0, without that axis (of a 1-d array: shape (1,), as MXNet).
  NDArray at(int64_t index) const;
  /// Same elements, another shape of the same size (all extents known).
  NDArray reshaped(const Shape& shape) const;

  /// Waits, then copies all elements to host memory of exactly `bytes` bytes.
  void copyToHost(void* to, int64_t bytes) const;
  /// Waits until nobody uses the array, then copies exactly `bytes` bytes from host memory. Not
  /// recorded by autograd.
  void copyFromHost(const void* from, int64_t bytes) const;
  /// Pushes a copy of all elements into `to` (same shape size and dtype, any device).
  void copyTo(const NDArray& to) const;
  void waitToRead() const;
  void waitToWrite() const;

  const Ref<ArrayExtension>& extension() const noexcept { return extension_; }
  void setExtension(Ref<ArrayExtension> extension) { extension_ = std::move(extension); }

 private:
  // What the end of an array touches comes first, in one cache line.
  Ref<Storage> storage_;
  Ref<ArrayExtension> extension_;
  int64_t offset_bytes_ = 0;
  DType dtype_ = DType::kUnknown;
  Shape shape_;
};

}  // namespace tenon
