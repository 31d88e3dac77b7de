// A plan with an arena and arrays: what can be pushed. One thread at a time may use a run; many
// runs may share a plan, its packed weights and (one after the other) an arena.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "exec/packed_weights.h"
#include "exec/plan.h"

namespace tenon {

/// Memory for the inner values of runs that take turns. Grows to what the largest of them needs.
class Arena {
 public:
  explicit Arena(Device device) : device_(device) {}

  /// Memory of at least that size; runs that hold smaller memory keep it alive until they are
  /// resolved again.
  Ref<Storage> reserve(int64_t bytes);
  /// Marks whose values the arena holds from now on; returns the mark.
  uint64_t occupy() noexcept { return ++owner_; }
  /// Whose values it holds.
  uint64_t owner() const noexcept { return owner_.load(); }

 private:
  const Device device_;
  std::mutex mutex_;
  Ref<Storage> storage_;
  std::atomic<uint64_t> owner_{0};
};

/// Time spent in one task of a plan since profiling was switched on.
struct TaskTime {
  int64_t calls = 0;
  int64_t nanoseconds = 0;
};

class Resolved;

class Run {
 public:
  Run(Ref<const Plan> plan, std::shared_ptr<Arena> arena, std::shared_ptr<PackedWeights> packed);
  ~Run();

  const Plan& plan() const noexcept { return *plan_; }
  /// Binds an external; its shape, dtype and device must fit. All must be bound before `push`.
  void bind(int external, const NDArray& array);
  /// Pushes a segment as one task of the engine.
  void push(int segment);
  /// Pushes a segment task by task and gives a copy of each task's outputs to `watch`, on the
  /// calling thread.
  void pushWatched(int segment,
                   const std::function<void(const std::string& name, const NDArray&)>& watch);

  /// Measures each task from now on (or stops); on a device, the time to issue it.
  void setProfiling(bool on);
  /// Per task of the plan; waits for what was pushed.
  std::vector<TaskTime> profile();

 private:
  const Ref<const Resolved>& resolved();
  void pushRange(int segment, int from, int to, RandomState random,
                 const std::vector<NDArray>& copies);
  RandomState reserve(int segment) const;

  const Ref<const Plan> plan_;
  const std::shared_ptr<Arena> arena_;
  const std::shared_ptr<PackedWeights> packed_;
  Ref<Storage> marker_;          // see Resolved
  std::vector<NDArray> arrays_;  // per external
  Ref<const Resolved> resolved_;
  std::shared_ptr<std::vector<TaskTime>> times_;
};

}  // namespace tenon
