// A pushed task and its places in the queues of its variables. Recycled: tasks are never given back
// to the system, so that a late wake-up of a finished one is harmless.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "engine/task_error.h"

namespace tenon {

struct Task;

/// A task's claim on one variable.
struct Dependency {
  Variable* variable = nullptr;
  Task* task = nullptr;
  Dependency* next = nullptr;  ///< in the variable's queue
  bool write = false;
  bool input = false;  ///< read (perhaps also written): its error is inherited
};

struct Task {
  static constexpr uint32_t kInlineDependencies = 6;

  TaskFunction function;
  TaskOptions options;
  /// Grants, then fences, that are missing; one more while the task is being pushed.
  std::atomic<int32_t> missing{0};
  /// A task of a waiting thread: has no function; set and notified when all is granted.
  std::atomic<uint32_t> granted{0};
  bool waiter = false;
  uint8_t phase = 0;  ///< see ThreadedEngine::waitAll
  uint32_t count = 0;
  uint32_t capacity = kInlineDependencies;
  Dependency* dependencies = inline_dependencies;
  Task* next = nullptr;   ///< in a list of ready or of unused tasks
  uint64_t sequence = 0;  ///< order among ready tasks of one priority
  Ref<TaskError> error;   ///< from a fence
  std::unique_ptr<Dependency[]> more_dependencies;
  Dependency inline_dependencies[kInlineDependencies];

  /// Fills the list, sorted by address, each variable once.
  void setDependencies(std::span<Variable* const> reads, std::span<Variable* const> writes);
  std::span<Dependency> list() noexcept { return {dependencies, count}; }
};

/// Takes an unused task.
Task* acquireTask();
/// Gives a task back whose function is gone.
void recycleTask(Task* task) noexcept;

/// Tasks in a row, linked by Task::next.
class TaskList {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  void add(Task* task) noexcept {
    task->next = nullptr;
    (first_ == nullptr ? first_ : last_->next) = task;
    last_ = task;
  }
  Task* take() noexcept {
    Task* task = first_;
    if (task != nullptr) first_ = task->next;
    return task;
  }

 private:
  Task* first_ = nullptr;
  Task* last_ = nullptr;
};

}  // namespace tenon
