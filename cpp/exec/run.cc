#include "exec/run.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/settings.h"
#include "engine/engine.h"
#include "exec/resolved.h"
#include "exec/thread_state.h"
#include "memory/pool.h"

namespace tenon {
namespace {

constexpr const char* kSegmentNames[] = {"forward", "backward"};

/// "argument fc1_weight", "output 0".
std::string nameOf(const External& external) {
  switch (external.role) {
    case External::Role::kArgument:
      return "argument " + external.name;
    case External::Role::kAuxiliary:
      return "auxiliary state " + external.name;
    case External::Role::kOutput:
      return concat("output ", external.index);
    case External::Role::kGradient:
      return "gradient of " + external.name;
    case External::Role::kHeadGradient:
      return concat("gradient of output ", external.index);
  }
  return external.name;
}

}  // namespace

Ref<Storage> Arena::reserve(int64_t bytes) {
  const std::lock_guard lock(mutex_);
  if (!storage_ || static_cast<int64_t>(storage_->bytes()) < bytes) {
    const MakerScope maker("executor");
    storage_ = Storage::allocate(device_, static_cast<size_t>(bytes));
  }
  return storage_;
}

Run::Run(Ref<const Plan> plan, std::shared_ptr<Arena> arena, std::shared_ptr<PackedWeights> packed)
    : plan_(std::move(plan)), arena_(std::move(arena)), packed_(std::move(packed)) {
  marker_ = Storage::allocate(plan_->device, 1);
  arrays_.resize(plan_->externals.size());
}

Run::~Run() = default;

void Run::bind(int index, const NDArray& array) {
  const External& external = plan_->externals.at(static_cast<size_t>(index));
  NDArray& bound = arrays_[static_cast<size_t>(index)];
  TENON_CHECK(array.defined(), kInvalidArgument, nameOf(external), " is no array");
  TENON_CHECK(array.shape() == external.spec.shape && array.dtype() == external.spec.dtype,
              kInvalidArgument, nameOf(external), " is ", array.shape(), " ",
              tenon::nameOf(array.dtype()), ", expected ", external.spec.shape, " ",
              tenon::nameOf(external.spec.dtype));
  TENON_CHECK(array.device() == plan_->device, kInvalidArgument, nameOf(external), " is on ",
              array.device().toString(), ", expected ", plan_->device.toString());
  if (bound.defined() && bound.storage() == array.storage() &&
      bound.offsetBytes() == array.offsetBytes())
    return;
  bound = array;
  bound.setExtension(nullptr);
  resolved_ = nullptr;
}

const Ref<const Resolved>& Run::resolved() {
  const Ref<Storage> arena = arena_->reserve(plan_->memory.arena_bytes);
  if (resolved_ && resolved_->arena() == arena) return resolved_;
  for (size_t i = 0; i < arrays_.size(); ++i) {
    TENON_CHECK(arrays_[i].defined(), kInvalidState, nameOf(plan_->externals[i]), " is not bound");
  }
  resolved_ = Ref<const Resolved>(new Resolved(plan_, arena, marker_, arrays_, *packed_));
  return resolved_;
}

RandomState Run::reserve(int segment) const {
  const uint64_t count = plan_->segments[segment].random_count;
  return count > 0 ? reserveRandom(plan_->device, count) : RandomState{};
}

void Run::push(int segment) {
  const Segment& part = plan_->segments[segment];
  resolved();
  pushRange(segment, part.first_task, part.last_task, reserve(segment), {});
  if (settings().synchronous) Engine::get().waitToRead(resolved_->arena()->variable());
}

void Run::pushRange(int segment, int from, int to, RandomState random,
                    const std::vector<NDArray>& copies) {
  const Resolved::Dependencies& dependencies = resolved_->dependencies(segment);
  packed_->refresh(dependencies.packed);
  TaskOptions options;
  options.name = kSegmentNames[segment];
  options.device = plan_->device;
  Step step{from, to, random, isDeterministic(), currentOrigin()};
  if (copies.empty()) {
    Engine::get().push(
        [resolved = resolved_, times = times_, step = std::move(step)](TaskContext& context) {
          resolved->run(step, context.queue(), times.get());
        },
        dependencies.reads, dependencies.writes, options);
  } else {
    std::vector<Variable*> writes = dependencies.writes;
    for (const NDArray& copy : copies) {
      if (copy.defined()) writes.push_back(&copy.variable());
    }
    Engine::get().push(
        [resolved = resolved_, copies = std::vector<NDArray>(copies),
         step = std::move(step)](TaskContext& context) {
          resolved->run(step, context.queue(), nullptr);
          resolved->copyOutputs(step.from, copies, context.queue());
        },
        dependencies.reads, writes, options);
  }
  for (Storage* storage : dependencies.written) storage->bumpVersion();
}

void Run::pushWatched(int segment,
                      const std::function<void(const std::string& name, const NDArray&)>& watch) {
  const Segment& part = plan_->segments[segment];
  const Ref<const Resolved> held = resolved();
  const RandomState random = reserve(segment);
  for (int i = part.first_task; i < part.last_task; ++i) {
    const PlanTask& task = plan_->tasks[static_cast<size_t>(i)];
    const int visible = task.kind == PlanTask::Kind::kKernel ? task.attrs->numVisibleOutputs() : 0;
    std::vector<NDArray> copies(static_cast<size_t>(task.num_outputs));
    for (int j = 0; j < visible; ++j) {
      const Operand& output =
          plan_->operands[static_cast<size_t>(task.first_operand + task.num_inputs + j)];
      if (output.request == Request::kNull) continue;
      copies[static_cast<size_t>(j)] =
          NDArray::empty(output.spec.shape, output.spec.dtype, plan_->device);
    }
    pushRange(segment, i, i + 1, random, copies);
    for (int j = 0; j < visible; ++j) {
      if (copies[static_cast<size_t>(j)].defined()) {
        watch(task.node + "_" + task.attrs->outputName(j), copies[static_cast<size_t>(j)]);
      }
    }
  }
}

void Run::setProfiling(bool on) {
  times_ = on ? std::make_shared<std::vector<TaskTime>>(plan_->tasks.size()) : nullptr;
}

std::vector<TaskTime> Run::profile() {
  if (times_ == nullptr) return {};
  if (resolved_) Engine::get().waitToRead(resolved_->arena()->variable());
  return *times_;
}

}  // namespace tenon
