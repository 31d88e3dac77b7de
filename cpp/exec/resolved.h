// A run's operands as views with data pointers, worked out when bindings change: a step then costs
// no look-up.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/engine.h"
#include "exec/origin.h"
#include "exec/run.h"

namespace tenon {

/// Which of a plan's tasks an engine's task runs, and what it takes along from the issuing thread.
struct Step {
  int from = 0, to = 0;
  RandomState random;
  bool deterministic = false;
  Ref<const Origin> origin;
};

/// Immutable; owned by the tasks on their way as well as by the run.
class Resolved final : public RefCounted {
 public:
  Resolved(Ref<const Plan> plan, Ref<Storage> arena, Ref<Storage> marker,
           std::vector<NDArray> arrays, PackedWeights& packed);

  /// What the engine is told about a segment.
  struct Dependencies {
    std::vector<Variable*> reads, writes;
    std::vector<Storage*> written;  ///< storages whose versions grow
    std::vector<Ref<PackedWeight>> packed;
  };
  const Dependencies& dependencies(int segment) const { return dependencies_[segment]; }
  const Plan& plan() const noexcept { return *plan_; }
  const Ref<Storage>& arena() const noexcept { return arena_; }

  /// Runs tasks [from, to); an error names the operator.
  void run(const Step& step, Queue* queue, std::vector<TaskTime>* times) const;
  /// Copies a task's outputs that were computed to row-major arrays; undefined ones are skipped.
  void copyOutputs(int task, std::span<const NDArray> copies, Queue* queue) const;

 private:
  void runTask(const PlanTask& task, Queue* queue, const Step& step) const;
  TensorView viewOf(const Operand& operand) const;
  void findDependencies(int segment);

  const Ref<const Plan> plan_;
  const Ref<Storage> arena_;
  const Ref<Storage>
      marker_;  // written by forward, read by backward: carries forward's error there
  const std::vector<NDArray> arrays_;
  std::vector<Ref<PackedWeight>> packed_;  // per packed argument
  std::vector<TensorView> views_;          // per operand
  std::vector<Request> requests_;          // per operand
  Dependencies dependencies_[2];
};

}  // namespace tenon
