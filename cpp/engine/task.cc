#include "engine/task.h"

#include <algorithm>
#include <mutex>

namespace tenon {
namespace {

/// Unused tasks go from thread to thread in batches: the thread that pushes is seldom the one that
/// finishes.
constexpr int kBatch = 32;

struct Batch {
  Task* first = nullptr;
  int count = 0;
};

/// Leaked: workers recycle while the process exits.
struct SharedTasks {
  std::mutex mutex;
  std::vector<Batch> batches;
};

SharedTasks& shared() {
  static SharedTasks* const instance = new SharedTasks;
  return *instance;
}

void share(Batch batch) {
  if (batch.first == nullptr) return;
  std::scoped_lock lock(shared().mutex);
  shared().batches.push_back(batch);
}

struct LocalTasks {
  Batch current;
  Batch spare;
  bool* gone;
  explicit LocalTasks(bool* flag) : gone(flag) {}
  ~LocalTasks() {
    *gone = true;
    share(current);
    share(spare);
  }
};

thread_local bool local_gone = false;
thread_local LocalTasks local_tasks{&local_gone};

void sortByAddress(std::span<Dependency> list) {
  const auto before = [](const Dependency& a, const Dependency& b) {
    return std::less<>()(a.variable, b.variable);
  };
  if (list.size() > 16) {
    std::sort(list.begin(), list.end(), before);
    return;
  }
  for (size_t i = 1; i < list.size(); ++i) {
    const Dependency moving = list[i];
    size_t at = i;
    for (; at > 0 && before(moving, list[at - 1]); --at) list[at] = list[at - 1];
    list[at] = moving;
  }
}

}  // namespace

void Task::setDependencies(std::span<Variable* const> reads, std::span<Variable* const> writes) {
  const uint32_t wanted = static_cast<uint32_t>(reads.size() + writes.size());
  if (wanted > capacity) {
    more_dependencies = std::make_unique<Dependency[]>(wanted);
    dependencies = more_dependencies.get();
    capacity = wanted;
  }
  count = 0;
  for (Variable* variable : writes) dependencies[count++] = {variable, this, nullptr, true, false};
  for (Variable* variable : reads) dependencies[count++] = {variable, this, nullptr, false, true};
  if (count < 2) return;
  sortByAddress(list());
  uint32_t kept = 0;
  for (uint32_t i = 1; i < count; ++i) {
    if (dependencies[i].variable == dependencies[kept].variable) {
      dependencies[kept].write |= dependencies[i].write;
      dependencies[kept].input |= dependencies[i].input;
    } else {
      dependencies[++kept] = dependencies[i];
    }
  }
  count = kept + 1;
}

Task* acquireTask() {
  if (local_gone) return new Task;
  LocalTasks& local = local_tasks;
  if (local.current.first == nullptr) {
    std::swap(local.current, local.spare);
    if (local.current.first == nullptr) {
      std::scoped_lock lock(shared().mutex);
      if (!shared().batches.empty()) {
        local.current = shared().batches.back();
        shared().batches.pop_back();
      }
    }
    if (local.current.first == nullptr) return new Task;
  }
  Task* task = local.current.first;
  local.current.first = task->next;
  --local.current.count;
  return task;
}

void recycleTask(Task* task) noexcept {
  task->error = nullptr;
  task->waiter = false;
  if (local_gone) {
    task->next = nullptr;
    share({task, 1});
    return;
  }
  LocalTasks& local = local_tasks;
  if (local.current.count == kBatch) {
    if (local.spare.count == kBatch) {
      share(local.spare);
      local.spare = {};
    }
    std::swap(local.current, local.spare);
  }
  task->next = local.current.first;
  local.current.first = task;
  ++local.current.count;
}

}  // namespace tenon
