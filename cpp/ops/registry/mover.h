// Moves: what operators are made of that only carry elements from one place to another. Which moves
// an operator makes is said once, for all devices; a Mover carries them out.
//
// The CPU's (ops/shape/strided_copy.cc) does so at once, in parallel. A device library gets them
// through its table (plugin_kernels.h), for every kernel whose registration says `moves`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ops/registry/kernel.h"

namespace tenon {

/// One loop over two arrays: how often, and in elements the steps of source and target.
struct MoveLoop {
  int64_t extent;
  int64_t from;
  int64_t to;
};

/// A nest of loops over two arrays, outermost first. A step may be zero in the source (repetition)
/// and negative in either. Offsets are those of the first element visited.
class CopyNest {
 public:
  static constexpr int kMaxLoops = 2 * Shape::kMaxRank;

  /// Adds the next inner loop.
  void add(int64_t extent, int64_t from_stride, int64_t to_stride);
  void offsetFrom(int64_t elements) { from_offset_ += elements; }
  void offsetTo(int64_t elements) { to_offset_ += elements; }

  /// Drops loops of one, joins loops that walk both arrays as one, and puts the target's smallest
  /// stride inside. At least one loop is left.
  CopyNest simplified() const;
  /// True if there is no element to visit.
  bool empty() const;

  std::span<const MoveLoop> loops() const { return {loop_, static_cast<size_t>(loops_)}; }
  int64_t fromOffset() const { return from_offset_; }
  int64_t toOffset() const { return to_offset_; }

 private:
  int loops_ = 0;
  MoveLoop loop_[kMaxLoops] = {};
  int64_t from_offset_ = 0;
  int64_t to_offset_ = 0;
};

/// Carries moves out, in the order in which they are asked for, but for copies one after the other:
/// those may happen at once, unless `settle` stands between them. Source and target never overlap.
/// Pointers are the device's, elements of 1, 2, 4 or 8 bytes.
class Mover {
 public:
  virtual void copy(const CopyNest& nest, const void* from, void* to, size_t element_bytes) = 0;
  /// Sets all elements that the nest reaches in `to` to the one at `element`, in the host's memory.
  virtual void fill(const CopyNest& nest, const void* element, void* to, size_t element_bytes) = 0;
  /// Adds in the type of the elements: target elements that several loops reach (their step in the
  /// target is 0) receive the sum of their sources, accumulated in at least float. `adds`: to what
  /// is there; else it is overwritten.
  virtual void sum(const CopyNest& nest, const void* from, void* to, DType dtype, bool adds) = 0;
  /// Nothing if they are the same memory.
  virtual void copyBytes(const void* from, void* to, int64_t bytes) = 0;
  virtual void zero(void* to, int64_t bytes) = 0;
  void zero(const TensorView& view) { zero(view.data, view.bytes()); }
  /// What is asked for from now on sees all that was asked for before.
  virtual void settle() = 0;

 protected:
  ~Mover() = default;
};

/// Gives a kernel another mover for the length of a scope.
class MoverScope {
 public:
  MoverScope(KernelContext& context, Mover& mover) : context_(context), before_(context.mover_) {
    context.mover_ = &mover;
  }
  ~MoverScope() { context_.mover_ = before_; }
  MoverScope(const MoverScope&) = delete;
  MoverScope& operator=(const MoverScope&) = delete;

 private:
  KernelContext& context_;
  Mover* const before_;
};

}  // namespace tenon
