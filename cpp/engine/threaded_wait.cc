// The threaded engine's waits, and its stopping and starting, which wait too.
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "base/cpu.h"
#include "base/error.h"
#include "base/spin.h"
#include "engine/fence_waiter.h"
#include "engine/threaded_engine.h"

namespace tenon {
namespace {

/// What a task takes that was worth pushing is often less than what putting this thread to sleep
/// would.
constexpr std::chrono::microseconds kSpin{20};

}  // namespace

bool ThreadedEngine::help() {
  WorkerGroup& compute = *cpu_groups_[static_cast<size_t>(Lane::kCompute)];
  Task* task = compute.takeForWaiter();
  if (task == nullptr) return false;
  run(task, nullptr);
  compute.doneHere();
  return true;
}

void ThreadedEngine::waitGranted(Task* task, bool may_help) {
  const auto granted = [task] { return task->granted.load(std::memory_order_acquire) != 0; };
  while (may_help && !granted() && help()) {
  }
  if (processorCount() > 1) {
    auto end = std::chrono::steady_clock::now() + kSpin;
    do {
      for (int i = 0; i < 16; ++i) {
        if (granted()) return;
        pauseProcessor();
      }
      if (may_help && help()) end = std::chrono::steady_clock::now() + kSpin;
    } while (std::chrono::steady_clock::now() < end);
  }
  while (!granted()) task->granted.wait(0, std::memory_order_acquire);
}

void ThreadedEngine::waitToRead(Variable& variable) {
  checkMayWait("waitToRead");
  const uint64_t state = VariableAccess::state(variable).load(std::memory_order_acquire);
  constexpr uint64_t kBusy =
      VariableAccess::kLocked | VariableAccess::kRecord | VariableAccess::kWriter;
  if ((state & kBusy) != 0) wait(variable, false);
}

void ThreadedEngine::waitToWrite(Variable& variable) {
  checkMayWait("waitToWrite");
  if (VariableAccess::state(variable).load(std::memory_order_acquire) != 0) wait(variable, true);
}

void ThreadedEngine::wait(Variable& variable, bool write) {
  Task* task = acquireTask();
  task->waiter = true;
  task->granted.store(0, std::memory_order_relaxed);
  Variable* const variables[] = {&variable};
  task->setDependencies(write ? std::span<Variable* const>() : variables,
                        write ? variables : std::span<Variable* const>());
  bool may_run = false;
  if (!claim(task, &may_run))
    waitGranted(task, VariableAccess::computed(variable).load(std::memory_order_relaxed));

  std::vector<FenceMark> marks;
  VariableAccess::pendingFences(task->list()[0], nullptr, marks);
  for (const FenceMark& mark : marks) {
    try {
      mark.fence->wait();
    } catch (...) {
      VariableAccess::failWrite(variable, mark.fence,
                                keepError(makeRef<TaskError>(std::current_exception())));
    }
  }
  const uint64_t state = VariableAccess::lock(variable);
  const Ref<TaskError> error = VariableAccess::error(variable);
  VariableAccess::unlock(variable, state);

  TaskList ready;
  VariableAccess::leaveUnchanged(variable, write, ready);
  recycleTask(task);
  dispatch(ready, nullptr);
  if (error) error->report();
}

void ThreadedEngine::waitPhase(uint8_t phase) {
  while (help()) {
  }
  PhaseCount& count = counts_[phase];
  std::unique_lock lock(finished_mutex_);
  finished_changed_.wait(lock, [&] {
    const int64_t finished = count.finished.load(std::memory_order_seq_cst);
    return finished == count.pushed.load(std::memory_order_seq_cst);
  });
}

void ThreadedEngine::waitQuiet() {
  std::scoped_lock lock(wait_all_mutex_);
  waiting_all_.fetch_add(1, std::memory_order_seq_cst);
  // Twice: a push may have read the phase long ago and count itself only now. A task that is pushed
  // by a task is counted before its pusher ends, in the phase of now, which the second turn waits
  // for if need be.
  for (int turn = 0; turn < 2; ++turn) {
    const uint8_t old = phase_.load(std::memory_order_seq_cst);
    phase_.store(static_cast<uint8_t>(1 - old), std::memory_order_seq_cst);
    waitPhase(old);
  }
  waiting_all_.fetch_sub(1, std::memory_order_seq_cst);
}

void ThreadedEngine::synchronizeDevices() {
  for (size_t type = 0; type < used_devices_.size(); ++type) {
    const uint64_t used = used_devices_[type].load();
    for (int id = 0; id < 64; ++id) {
      const Device device{static_cast<DeviceType>(type), id};
      if ((used >> id & 1) == 0 || deviceCount(device.type) <= id) continue;
      for (const QueueKind kind : {QueueKind::kCompute, QueueKind::kCopyIn, QueueKind::kCopyOut}) {
        if (Queue* queue = runtimeOf(device.type).queue(id, kind)) queue->synchronize();
      }
    }
  }
}

void ThreadedEngine::waitAll() {
  checkMayWait("waitAll");
  waitQuiet();
  std::exception_ptr failure;
  try {
    synchronizeDevices();
  } catch (...) {
    failure = std::current_exception();
  }
  errors_.throwFirst();
  if (failure) std::rethrow_exception(failure);
}

void ThreadedEngine::stop() {
  checkMayWait("stop");
  std::scoped_lock lock(control_mutex_);
  if (stopped_.exchange(true)) return;
  updateInline();
  const auto count = [this](std::atomic<int64_t> PhaseCount::*member) {
    return (counts_[0].*member).load() + (counts_[1].*member).load();
  };
  // Tasks push tasks: until there are none.
  do {
    waitQuiet();
  } while (count(&PhaseCount::finished) != count(&PhaseCount::pushed));
  try {
    synchronizeDevices();
  } catch (const std::exception&) {
    // The failure stays where it happened: whoever waits for that data hears of it.
  }
  for (const std::unique_ptr<WorkerGroup>& group : cpu_groups_) group->stop();
  {
    std::scoped_lock groups_lock(groups_mutex_);
    for (auto& [key, group] : device_groups_) group->stop();
  }
  FenceWaiter::get().stop();
}

void ThreadedEngine::start() {
  std::scoped_lock lock(control_mutex_);
  if (!stopped_.load()) return;
  for (const std::unique_ptr<WorkerGroup>& group : cpu_groups_) group->start();
  {
    std::scoped_lock groups_lock(groups_mutex_);
    for (auto& [key, group] : device_groups_) group->start();
  }
  stopped_.store(false);
  updateInline();
}

void ThreadedEngine::halt(std::chrono::milliseconds patience) noexcept {
  std::vector<WorkerGroup*> groups;
  for (const std::unique_ptr<WorkerGroup>& group : cpu_groups_) groups.push_back(group.get());
  if (const std::unique_lock lock(groups_mutex_, std::try_to_lock); lock) {
    for (const auto& [key, group] : device_groups_) groups.push_back(group.get());
  }
  for (WorkerGroup* group : groups) group->halt();
  const auto end = std::chrono::steady_clock::now() + patience;
  for (WorkerGroup* group : groups) {
    while (!group->halted() && std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::microseconds(100));
    }
  }
}

void ThreadedEngine::setHooks(const EngineHooks& hooks) {
  std::scoped_lock lock(control_mutex_);
  if (hooks.begin == nullptr && hooks.end == nullptr) {
    hooks_.store(nullptr, std::memory_order_release);
  } else {
    all_hooks_.push_back(std::make_unique<const EngineHooks>(hooks));
    hooks_.store(all_hooks_.back().get(), std::memory_order_release);
  }
  updateInline();
}

void ThreadedEngine::setInlineExecution(bool enabled) {
  inline_enabled_.store(enabled);
  updateInline();
}

void ThreadedEngine::updateInline() noexcept {
  // The shortest road calls no hooks.
  inline_open_.store(inline_enabled_.load() && !stopped_.load() && hooks_.load() == nullptr,
                     std::memory_order_relaxed);
}

}  // namespace tenon
