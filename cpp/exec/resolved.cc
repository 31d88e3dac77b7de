#include "exec/resolved.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.h"
#include "exec/kernel_runner.h"

namespace tenon {
namespace {

template <class T>
void addOnce(std::vector<T>* list, T value) {
  if (std::find(list->begin(), list->end(), value) == list->end()) list->push_back(value);
}

int64_t now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void copyView(const TensorView& from, const TensorView& to, Queue* queue) {
  if (from.layout != nullptr || to.layout != nullptr) {
    reorderOf(to.device.type)(from, to, queue);
  } else if (to.bytes() > 0 && to.data != from.data) {
    runtimeOf(to.device.type)
        .copy(queue, to.data, to.device, from.data, from.device, static_cast<size_t>(to.bytes()));
  }
}

}  // namespace

Resolved::Resolved(Ref<const Plan> plan, Ref<Storage> arena, Ref<Storage> marker,
                   std::vector<NDArray> arrays, PackedWeights& packed)
    : plan_(std::move(plan)),
      arena_(std::move(arena)),
      marker_(std::move(marker)),
      arrays_(std::move(arrays)) {
  for (const PackedArgument& argument : plan_->packed) {
    packed_.push_back(
        packed.find(arrays_[static_cast<size_t>(argument.external)], argument.layout));
  }
  for (const Operand& operand : plan_->operands) {
    views_.push_back(viewOf(operand));
    requests_.push_back(operand.request);
  }
  findDependencies(Plan::kForward);
  findDependencies(Plan::kBackward);
}

TensorView Resolved::viewOf(const Operand& operand) const {
  TensorView view = denseView(nullptr, operand.spec.shape, operand.spec.dtype, plan_->device);
  view.layout = operand.spec.layout.get();
  switch (operand.place) {
    case Operand::Place::kNone:
      break;
    case Operand::Place::kArena:
      view.data = static_cast<char*>(arena_->data()) + operand.offset;
      break;
    case Operand::Place::kExternal:
      return arrays_[static_cast<size_t>(operand.index)].view();
    case Operand::Place::kPacked:
      return packed_[static_cast<size_t>(operand.index)]->view();
  }
  return view;
}

void Resolved::findDependencies(int which) {
  const Segment& segment = plan_->segments[which];
  Dependencies& all = dependencies_[which];
  all.writes.push_back(&arena_->variable());
  (which == Plan::kForward ? all.writes : all.reads).push_back(&marker_->variable());
  for (int external : segment.writes) {
    const NDArray& array = arrays_[static_cast<size_t>(external)];
    addOnce(&all.writes, &array.variable());
    addOnce(&all.written, array.storage().get());
  }
  for (int external : segment.reads)
    addOnce(&all.reads, &arrays_[static_cast<size_t>(external)].variable());
  for (int packed : segment.packed) {
    all.packed.push_back(packed_[static_cast<size_t>(packed)]);
    addOnce(&all.reads, &all.packed.back()->memory->variable());
  }
  for (Variable* write : all.writes) std::erase(all.reads, write);
}

void Resolved::run(const Step& step, Queue* queue, std::vector<TaskTime>* times) const {
  for (int i = step.from; i < step.to; ++i) {
    const PlanTask& task = plan_->tasks[static_cast<size_t>(i)];
    const int64_t start = times != nullptr ? now() : 0;
    try {
      runTask(task, queue, step);
    } catch (...) {
      throw currentErrorWithin("in " + task.label + issuedAt(step.origin));
    }
    if (times == nullptr) continue;
    TaskTime& time = (*times)[static_cast<size_t>(i)];
    ++time.calls;
    time.nanoseconds += now() - start;
  }
}

void Resolved::runTask(const PlanTask& task, Queue* queue, const Step& step) const {
  const auto first = static_cast<size_t>(task.first_operand);
  const std::span<const TensorView> in(views_.data() + first, static_cast<size_t>(task.num_inputs));
  const std::span<const TensorView> out(in.data() + in.size(),
                                        static_cast<size_t>(task.num_outputs));
  switch (task.kind) {
    case PlanTask::Kind::kReorder:
    case PlanTask::Kind::kCopy:
      copyView(in[0], out[0], queue);
      return;
    case PlanTask::Kind::kAccumulate:
      accumulate(out[0], in[0], plan_->device, queue);
      return;
    case PlanTask::Kind::kKernel:
      break;
  }
  KernelCall call;
  call.kernel = task.kernel;
  call.attrs = task.attrs.get();
  call.prepared = task.prepared.get();
  call.dynamic = task.dynamic;
  call.device = plan_->device;
  call.queue = queue;
  call.random = {step.random.seed, step.random.offset + task.random_offset};
  call.training = plan_->training;
  call.deterministic = step.deterministic;
  runKernel(call, in, out, {requests_.data() + first + in.size(), out.size()});
}

void Resolved::copyOutputs(int task_index, std::span<const NDArray> copies, Queue* queue) const {
  const PlanTask& task = plan_->tasks[static_cast<size_t>(task_index)];
  const size_t first = static_cast<size_t>(task.first_operand + task.num_inputs);
  for (size_t i = 0; i < copies.size(); ++i) {
    if (copies[i].defined()) copyView(views_[first + i], copies[i].view(), queue);
  }
}

}  // namespace tenon
