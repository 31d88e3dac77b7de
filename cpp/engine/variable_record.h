// What a variable carries while more than its state word is needed, and the functions that change either. Private to
// the engine; variable.cc has the state machine.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ref_counted.h"
#include "device/runtime.h"
#include "engine/task_error.h"
#include "engine/variable.h"

namespace tenon {

struct Dependency;

/// A fence and the queue in whose order it stands.
struct FenceMark {
  Queue* queue = nullptr;
  Ref<Fence> fence;

  bool pending() const noexcept { return fence && !fence->reached(); }
};

struct VariableRecord {
  Dependency* first = nullptr;      ///< tasks that wait for their turn, in the order of pushing
  Dependency* last = nullptr;
  Ref<TaskError> error;             ///< of the last write
  FenceMark written;                ///< of the last write
  std::vector<FenceMark> read;      ///< of the reads since, the newest of each queue

  bool empty() const noexcept { return first == nullptr && !error && !written.fence && read.empty(); }
};

class VariableAccess {
 public:
  static constexpr uint64_t kLocked = 1;  ///< one thread is changing state and record
  static constexpr uint64_t kRecord = 2;  ///< there is a record: a task waits, or an error or a fence is kept
  static constexpr uint64_t kWriter = 4;  ///< a write is running
  static constexpr uint64_t kReader = 8;  ///< times the number of reads that are running

  static std::atomic<uint64_t>& state(Variable& variable) noexcept { return variable.state_; }
  /// Takes the lock; returns the state without its bit.
  static uint64_t lock(Variable& variable) noexcept;
  /// Gives the lock back with a new state.
  static void unlock(Variable& variable, uint64_t state) noexcept {
    variable.state_.store(state, std::memory_order_release);
  }

  // The rest is for the holder of the lock.
  static VariableRecord* record(Variable& variable) noexcept { return variable.record_; }
  static VariableRecord& makeRecord(Variable& variable, uint64_t& state);
  static void dropEmptyRecord(Variable& variable, uint64_t& state) noexcept;
  /// Forgets fences that have been reached.
  static void forgetReached(Variable& variable, uint64_t& state) noexcept;
  static Ref<TaskError> error(Variable& variable) noexcept {
    return variable.record_ == nullptr ? nullptr : variable.record_->error;
  }
  /// A write has ended: its error (or none) replaces what was kept.
  static void setError(Variable& variable, uint64_t& state, const Ref<TaskError>& error);
};

}  // namespace tenon
