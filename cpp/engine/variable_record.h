// What a variable carries while more than its state word is needed, and the functions that change
// either. Private to the engine; variable.cc has the state machine.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ref_counted.h"
#include "device/runtime.h"
#include "engine/task_error.h"
#include "engine/variable.h"

namespace tenon {

struct Dependency;
class TaskList;

/// A fence and the queue in whose order it stands.
struct FenceMark {
  Queue* queue = nullptr;
  Ref<Fence> fence;

  bool pending() const noexcept { return fence && !fence->reached(); }
};

struct VariableRecord {
  Dependency* first = nullptr;  ///< tasks that wait for their turn, in the order of pushing
  Dependency* last = nullptr;
  Ref<TaskError> error;         ///< of the last write
  FenceMark written;            ///< of the last write
  std::vector<FenceMark> read;  ///< of the reads since, the newest of each queue

  bool empty() const noexcept {
    return first == nullptr && !error && !written.fence && read.empty();
  }
};

class VariableAccess {
 public:
  static constexpr uint64_t kLocked = 1;  ///< one thread is changing state and record
  static constexpr uint64_t kRecord =
      2;  ///< there is a record: a task waits, or an error or a fence is kept
  static constexpr uint64_t kWriter = 4;  ///< a write is running
  static constexpr uint64_t kReader = 8;  ///< times the number of reads that are running

  static std::atomic<uint64_t>& state(Variable& variable) noexcept { return variable.state_; }
  static std::atomic<bool>& computed(Variable& variable) noexcept { return variable.computed_; }
  /// Takes the lock; returns the state without its bit.
  static uint64_t lock(Variable& variable) noexcept;
  /// Gives the lock back with a new state.
  static void unlock(Variable& variable, uint64_t state) noexcept {
    variable.state_.store(state, std::memory_order_release);
  }

  // For the holder of the lock, with the state that `lock` returned.

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
  /// Whether a task that comes now would be granted at once.
  static bool mayGrant(Variable& variable, uint64_t state, bool write) noexcept;
  /// Grants the claim (true) or puts it last in the queue.
  static bool join(uint64_t& state, Dependency& claim);

  // Without the lock.

  /// Ends a granted claim. A write leaves `error` (or none) and `mark` (the point in its queue
  /// where it is done, or none) behind, a read only `mark`. Grants what has its turn now; adds
  /// tasks that miss nothing any more to `ready`.
  static void leave(Dependency& claim, const Ref<TaskError>& error, const FenceMark& mark,
                    TaskList& ready);
  /// Ends a claim of an inline task, unless others have queued up behind it: then that is for
  /// `leaveUnchanged`.
  static bool leaveInline(Variable& variable, uint64_t held) noexcept {
    uint64_t state = variable.state_.load(std::memory_order_relaxed);
    while ((state & (kLocked | kRecord)) == 0) {
      if (variable.state_.compare_exchange_weak(state, state - held, std::memory_order_release,
                                                std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
  /// Ends a granted claim that leaves error and fences as they are.
  static void leaveUnchanged(Variable& variable, bool write, TaskList& ready) noexcept;
  /// Fences that a task with this granted claim must find reached, if it runs elsewhere than on
  /// `queue`.
  static void pendingFences(const Dependency& claim, const Queue* queue,
                            std::vector<FenceMark>& marks);
  /// The work up to `fence` has failed: notes it, if that was the last write.
  static void failWrite(Variable& variable, const Ref<Fence>& fence, const Ref<TaskError>& error);

 private:
  static void grantNext(Variable& variable, uint64_t& state, TaskList& ready) noexcept;
};

}  // namespace tenon
