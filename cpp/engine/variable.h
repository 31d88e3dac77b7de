// A variable stands for one piece of data in the engine's eyes. It lives inside its owner (a
// storage), idle when the owner dies: tasks own what they touch.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>

#include "device/runtime.h"

namespace tenon {

class MemoryPool;
struct Block;
struct VariableRecord;

/// State is private to the engine; see variable.cc for the queue's state machine.
class Variable {
 public:
  Variable() = default;
  ~Variable();
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

  /// No task pushed and not done; an instant's view.
  bool idle() const noexcept;

 private:
  friend class VariableAccess;
  std::atomic<uint64_t> state_{0};
  VariableRecord* record_ = nullptr;
  /// A hint for waiters: the last task pushed to write was for the processor's compute lane.
  std::atomic<bool> computed_{false};
};

/// For owners of memory, when nobody can push on `variable` any more: gives `block` back to `pool`
/// as soon as the device's work on it allows. With no work under way that is at once; it never
/// blocks. `ended(owner)`, if given, is called when `variable` is no longer looked at and before
/// the block goes back: for owners that live in it.
void releaseAfterUse(Variable& variable, Block block, MemoryPool& pool,
                     void (*ended)(void* owner) = nullptr, void* owner = nullptr) noexcept;
/// For memory that no variable stands for, such as a kernel's scratch memory: gives `block` back
/// when all work on it has been issued to `queue` (null: has been done).
void releaseIssued(Queue* queue, Block block, MemoryPool& pool) noexcept;
/// For new owners of a block of device memory, before anything is pushed on `variable`: what
/// the two above left under way on the block is waited for by its first writer. Nothing to do
/// for memory of the CPU.
void adoptBlock(Variable& variable, const Block& block);

}  // namespace tenon
