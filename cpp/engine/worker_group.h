// Threads that run the ready tasks of one lane, highest priority first, equal ones in the order of
// becoming ready.
//
// Pushing is one exchange on a stack; workers move the stack into the sorted queue under a lock. A
// worker without work looks for a moment longer (one per group, on machines with more than one
// processor), then sleeps. A push wakes at most one sleeper, and none while one is on its way: it
// wakes the next if it finds more work than it can do.
#pragma once

#include <atomic>
#include <mutex>
#include <queue>
#include <string>
#include <thread>
#include <vector>

#include "engine/task.h"

namespace tenon {

class WorkerGroup {
 public:
  /// Runs a task and returns one that may be run right after it, or null.
  using Run = Task* (*)(void* self, Task* task, WorkerGroup& group);

  WorkerGroup(std::string name, int threads, void* self, Run run);
  ~WorkerGroup();

  /// From any thread; the threads are started by the first push after `start`.
  void push(Task* task);
  /// An instant's view.
  bool empty() const noexcept {
    return inbox_.load(std::memory_order_relaxed) == nullptr &&
           queued_.load(std::memory_order_relaxed) == 0;
  }
  /// For a thread that waits: takes the next task as a worker would, if no worker is at work and so
  /// the first that is woken would take it. Null if there is nothing to take; else `doneHere` must
  /// follow when it has run. A worker may take the next one meanwhile.
  Task* takeForWaiter();
  void doneHere() noexcept;
  /// Ends the threads; what is pushed meanwhile runs after `start`.
  void stop();
  void start();
  /// For the end of the process: threads take no more tasks, for good. Returns at once.
  void halt() noexcept;
  /// After `halt`: no thread runs a task any more.
  bool halted() noexcept;

 private:
  struct Later {
    bool operator()(const Task* a, const Task* b) const noexcept {
      if (a->options.priority != b->options.priority)
        return a->options.priority < b->options.priority;
      return a->sequence > b->sequence;
    }
  };

  void startThreads();
  [[noreturn]] void park() noexcept;
  void work();
  Task* take();
  Task* takeQueued();
  void drainInbox();
  bool spin() noexcept;
  void sleep() noexcept;
  void wakeOne() noexcept;

  const std::string name_;
  const int thread_count_;
  void* const self_;
  const Run run_;

  alignas(64) std::atomic<Task*> inbox_{nullptr};
  alignas(64) std::atomic<int> sleepers_{0};
  std::atomic<bool> waking_{false};
  std::atomic<bool> running_{false};  ///< threads are there
  std::atomic<bool> stopping_{false};
  std::atomic<bool> halting_{false};
  std::atomic<int> parked_{0};  ///< threads that have halted
  std::atomic<bool> spinning_{false};
  std::atomic<int> at_work_{0};     ///< threads that have a task
  std::atomic<uint32_t> epoch_{0};  ///< changes when sleepers should look again

  alignas(64) std::mutex mutex_;                                  ///< of the queue below
  TaskList plain_;                                                ///< priority 0
  std::priority_queue<Task*, std::vector<Task*>, Later> ranked_;  ///< other priorities
  uint64_t sequence_ = 0;
  std::atomic<int64_t> queued_{0};

  std::mutex threads_mutex_;
  bool open_ = true;
  std::vector<std::thread> threads_;
};

}  // namespace tenon
