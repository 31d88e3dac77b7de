#include "engine/threaded_engine.h"

#include <chrono>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/spin.h"
#include "engine/fence_waiter.h"
#include "engine/inline_task.h"

namespace tenon {

/// Completes an asynchronous task when both its function has returned and its token was completed.
class ThreadedEngine::TokenCompletion final : public Completion {
 public:
  TokenCompletion(ThreadedEngine& engine, Task* task, Queue* queue)
      : engine_(engine), task_(task), queue_(queue) {}
  ~TokenCompletion() override {
    if (state_.load() != kReturned) return;
    end(std::make_exception_ptr(
        Error(ErrorKind::kInternal, "the task's token was dropped without being completed")));
  }

  void complete(std::exception_ptr error) override {
    State state = state_.load();
    for (;;) {
      if (state == kThrew) return;  // the task has ended with what its function threw
      TENON_CHECK(state == kRunning || state == kReturned, kInternal,
                  "a task's token was completed twice");
      if (state == kRunning) {
        std::scoped_lock lock(mutex_);
        error_ = error;
        if (state_.compare_exchange_strong(state, kCompletedEarly)) return;
      } else if (state_.compare_exchange_strong(state, kDone)) {
        end(error);
        return;
      }
    }
  }

  /// The function has returned; true if the task is finished, with `error`.
  bool returned(std::exception_ptr& error) {
    State running = kRunning;
    if (state_.compare_exchange_strong(running, kReturned)) return false;
    std::scoped_lock lock(mutex_);
    error = error_;
    state_.store(kDone);
    return true;
  }
  void threw() { state_.store(kThrew); }

 private:
  enum State { kRunning, kReturned, kCompletedEarly, kDone, kThrew };

  void end(const std::exception_ptr& error) {
    engine_.completing_.fetch_add(1);
    Ref<TaskError> kept;
    if (error) {
      try {
        std::rethrow_exception(error);
      } catch (...) {
        kept = engine_.keepError(currentError(task_->options));
      }
    }
    engine_.finish(task_, std::move(kept), queue_, nullptr);
    engine_.completing_.fetch_sub(1);
  }

  ThreadedEngine& engine_;
  Task* const task_;
  Queue* const queue_;
  std::atomic<State> state_{kRunning};
  std::mutex mutex_;
  std::exception_ptr error_;
};

class ThreadedEngine::Context final : public TaskContext {
 public:
  Context(ThreadedEngine& engine, Task* task, Queue* queue)
      : engine_(engine), task_(task), queue_(queue) {}
  Queue* queue() const noexcept override { return queue_; }
  TaskToken token() override {
    if (!completion_) completion_ = std::make_shared<TokenCompletion>(engine_, task_, queue_);
    return TaskAccess::makeToken(completion_);
  }
  TokenCompletion* completion() const noexcept { return completion_.get(); }
  std::shared_ptr<TokenCompletion> takeCompletion() noexcept { return std::move(completion_); }

 private:
  ThreadedEngine& engine_;
  Task* const task_;
  Queue* const queue_;
  std::shared_ptr<TokenCompletion> completion_;
};

namespace {

bool runsOnQueue(const TaskOptions& options) noexcept {
  return options.device.type != DeviceType::kCpu && options.lane != Lane::kIo &&
         options.lane != Lane::kCallback;
}

/// Whether fences must be reached before the task begins.
bool waitsOnHost(const TaskOptions& options) noexcept {
  return options.reads_on_host || !runsOnQueue(options);
}

}  // namespace

ThreadedEngine::ThreadedEngine(int compute_workers, bool inline_execution)
    : compute_workers_(compute_workers), inline_enabled_(inline_execution) {
  const auto make = [this](Lane lane, const char* name, int threads) {
    cpu_groups_[static_cast<size_t>(lane)] = std::make_unique<WorkerGroup>(
        name, threads, this, [](void* self, Task* task, WorkerGroup& group) {
          return static_cast<ThreadedEngine*>(self)->run(task, &group);
        });
  };
  make(Lane::kCompute, "tenon-compute", compute_workers);
  make(Lane::kCopy, "tenon-copy", 1);
  make(Lane::kCopyOut, "tenon-copy-out", 1);
  make(Lane::kIo, "tenon-io", 2);
  make(Lane::kCallback, "tenon-callback", 1);
  updateInline();
}

ThreadedEngine::~ThreadedEngine() {
  try {
    stop();
  } catch (const std::exception&) {
    // Only inside a task, where no engine may be destroyed.
    std::terminate();
  }
  SpinWait wait;
  while (completing_.load() > 0) wait.pause();
}

WorkerGroup& ThreadedEngine::groupOf(const TaskOptions& options) {
  if (!runsOnQueue(options)) return *cpu_groups_[static_cast<size_t>(options.lane)];
  std::scoped_lock lock(groups_mutex_);
  std::unique_ptr<WorkerGroup>& group =
      device_groups_[{options.device.type, options.device.id, options.lane}];
  if (!group) {
    group =
        std::make_unique<WorkerGroup>("tenon-" + options.device.toString(), 1, this,
                                      [](void* self, Task* task, WorkerGroup& own) {
                                        return static_cast<ThreadedEngine*>(self)->run(task, &own);
                                      });
  }
  return *group;
}

void ThreadedEngine::countPushed(Task* task) noexcept {
  task->phase = phase_.load(std::memory_order_seq_cst);
  counts_[task->phase].pushed.fetch_add(1, std::memory_order_seq_cst);
}

void ThreadedEngine::push(TaskFunction function, std::span<Variable* const> reads,
                          std::span<Variable* const> writes, const TaskOptions& options) {
  TENON_CHECK(!stopped_.load(std::memory_order_relaxed) || insideTask(), kInvalidState,
              "the engine is stopped: no task can be pushed");
  Task* task = acquireTask();
  task->function = std::move(function);
  task->options = options;
  task->setDependencies(reads, writes);
  countPushed(task);
  bool may_run = options.may_run_inline && inline_enabled_.load(std::memory_order_relaxed);
  if (!claim(task, &may_run)) return;
  if (may_run) {
    run(task, nullptr);
    return;
  }
  TaskList ready;
  ready.add(task);
  dispatch(ready, nullptr);
}

bool ThreadedEngine::claim(Task* task, bool* may_run) {
  const std::span<Dependency> claims = task->list();
  task->missing.store(static_cast<int32_t>(claims.size()) + 1, std::memory_order_relaxed);
  // All locks before the first claim: see variable.cc.
  constexpr size_t kFew = 16;
  uint64_t few_states[kFew];
  std::vector<uint64_t> many_states(claims.size() > kFew ? claims.size() : 0);
  uint64_t* const states = claims.size() > kFew ? many_states.data() : few_states;
  for (size_t i = 0; i < claims.size(); ++i) states[i] = VariableAccess::lock(*claims[i].variable);

  const bool host = waitsOnHost(task->options);
  const bool computed = !runsOnQueue(task->options) && task->options.lane == Lane::kCompute;
  int32_t granted = 1;
  for (size_t i = 0; i < claims.size(); ++i) {
    Variable& variable = *claims[i].variable;
    if (*may_run && host && VariableAccess::record(variable) != nullptr) {
      VariableAccess::forgetReached(variable, states[i]);
      const VariableRecord* record = VariableAccess::record(variable);
      *may_run = record == nullptr ||
                 (!record->written.fence && (!claims[i].write || record->read.empty()));
    }
    if (claims[i].write && !task->waiter)
      VariableAccess::computed(variable).store(computed, std::memory_order_relaxed);
    granted += VariableAccess::join(states[i], claims[i]) ? 1 : 0;
  }
  // Read before the locks go: a claim that waits may be granted, and the task end, as soon as they
  // do.
  for (size_t i = 0; i < claims.size(); ++i) VariableAccess::unlock(*claims[i].variable, states[i]);
  return task->missing.fetch_sub(granted, std::memory_order_acq_rel) == granted;
}

Task* ThreadedEngine::dispatch(TaskList& ready, WorkerGroup* group) {
  Task* own = nullptr;
  while (Task* task = ready.take()) {
    if (task->waiter) {
      task->granted.store(1, std::memory_order_release);
      task->granted.notify_one();
      continue;
    }
    if (waitsOnHost(task->options) && waitForFences(task)) continue;
    WorkerGroup& target = groupOf(task->options);
    if (own == nullptr && &target == group && group->empty()) {
      own = task;
    } else {
      target.push(task);
    }
  }
  return own;
}

bool ThreadedEngine::waitForFences(Task* task) {
  std::vector<std::pair<Variable*, FenceMark>> pending;
  std::vector<FenceMark> marks;
  const bool on_queue = runsOnQueue(task->options);
  for (const Dependency& claim : task->list()) {
    if (on_queue && claim.write) continue;  // its queue waits for them
    VariableAccess::pendingFences(claim, nullptr, marks);
    for (FenceMark& mark : marks) pending.emplace_back(claim.variable, std::move(mark));
    marks.clear();
  }
  if (pending.empty()) return false;
  task->missing.store(static_cast<int32_t>(pending.size()), std::memory_order_release);
  for (auto& [variable, mark] : pending) {
    FenceWaiter::get().add(
        mark, [this, task, variable = variable, fence = mark.fence](const std::exception_ptr& e) {
          if (e) VariableAccess::failWrite(*variable, fence, keepError(makeRef<TaskError>(e)));
          if (task->missing.fetch_sub(1, std::memory_order_acq_rel) == 1)
            groupOf(task->options).push(task);
        });
  }
  return true;
}

Ref<TaskError> ThreadedEngine::inheritedError(Task* task) {
  for (const Dependency& claim : task->list()) {
    Variable& variable = *claim.variable;
    if (!claim.input || (VariableAccess::state(variable).load(std::memory_order_acquire) &
                         VariableAccess::kRecord) == 0) {
      continue;
    }
    const uint64_t state = VariableAccess::lock(variable);
    Ref<TaskError> error = VariableAccess::error(variable);
    VariableAccess::unlock(variable, state);
    if (error) return error;
  }
  return nullptr;
}

Ref<TaskError> ThreadedEngine::keepError(Ref<TaskError> error) {
  errors_.add(error);
  return error;
}

void ThreadedEngine::prepareQueue(Task* task, Queue* queue) {
  std::vector<FenceMark> marks;
  for (const Dependency& claim : task->list()) VariableAccess::pendingFences(claim, queue, marks);
  for (const FenceMark& mark : marks) queue->waitFor(*mark.fence);
  const Device device = queue->device();
  std::atomic<uint64_t>& used =
      used_devices_[static_cast<size_t>(device.type) % used_devices_.size()];
  const uint64_t bit = uint64_t{1} << (device.id % 64);
  if ((used.load(std::memory_order_relaxed) & bit) == 0) used.fetch_or(bit);
}

Task* ThreadedEngine::run(Task* task, WorkerGroup* group) {
  const EngineHooks* hooks = hooks_.load(std::memory_order_acquire);
  Queue* issued = nullptr;  ///< where the task's work stands in order
  Ref<TaskError> error = inheritedError(task);
  bool finished = true;
  if (!error || task->options.runs_on_error) {
    if (hooks != nullptr && hooks->begin != nullptr) hooks->begin(hooks->self, task->options);
    const InsideTask inside;
    std::shared_ptr<TokenCompletion> completion;
    try {
      Queue* const queue = queueFor(task->options);
      if (queue != nullptr) prepareQueue(task, queue);
      issued = queue;
      Context context(*this, task, queue);
      try {
        task->function(context);
      } catch (...) {
        if (context.completion() != nullptr) context.completion()->threw();
        throw;
      }
      completion = context.takeCompletion();
    } catch (...) {
      error = keepError(currentError(task->options));
    }
    if (hooks != nullptr && hooks->end != nullptr)
      hooks->end(hooks->self, task->options, static_cast<bool>(error));
    if (completion) {
      std::exception_ptr failure;
      finished = completion->returned(failure);
      if (failure) {
        try {
          std::rethrow_exception(failure);
        } catch (...) {
          error = keepError(currentError(task->options));
        }
      }
    }
  }
  return finished ? finish(task, std::move(error), issued, group) : nullptr;
}

Task* ThreadedEngine::finish(Task* task, Ref<TaskError> error, Queue* queue,
                             WorkerGroup* group) noexcept {
  FenceMark mark;
  if (queue != nullptr) {
    try {
      mark = {queue, queue->record()};
    } catch (...) {
      if (!error) error = keepError(currentError(task->options));
    }
  }
  TaskList ready;
  for (Dependency& claim : task->list()) VariableAccess::leave(claim, error, mark, ready);
  // Before anybody hears of the end: the function owns what the task used.
  task->function.reset();
  const uint8_t phase = task->phase;
  recycleTask(task);
  Task* next = dispatch(ready, group);
  PhaseCount& count = counts_[phase];
  const int64_t finished = count.finished.fetch_add(1, std::memory_order_seq_cst) + 1;
  if (waiting_all_.load(std::memory_order_seq_cst) > 0 &&
      finished == count.pushed.load(std::memory_order_seq_cst)) {
    std::scoped_lock lock(finished_mutex_);
    finished_changed_.notify_all();
  }
  return next;
}

void ThreadedEngine::failInline(std::span<Variable* const> writes,
                                const TaskOptions& options) noexcept {
  const Ref<TaskError> error = keepError(currentError(options));
  for (Variable* variable : writes) {
    uint64_t state = VariableAccess::lock(*variable);
    VariableAccess::setError(*variable, state, error);
    VariableAccess::unlock(*variable, state);
  }
}

void ThreadedEngine::endInline(Variable& variable, bool write) noexcept {
  TaskList ready;
  VariableAccess::leaveUnchanged(variable, write, ready);
  dispatch(ready, nullptr);
}

std::unique_ptr<Engine> makeThreadedEngine(int workers) {
  TENON_CHECK(workers >= 1, kInvalidArgument, "an engine needs at least 1 worker, not ", workers);
  return std::make_unique<ThreadedEngine>(workers, true);
}

}  // namespace tenon
