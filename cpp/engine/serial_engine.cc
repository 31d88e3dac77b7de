// The engine that runs every task on the thread that pushes it, in the order of pushing: the oracle
// and the debugger's friend. Nothing is shared with the threaded engine's queues: who may run is
// decided under one lock.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/task_state.h"
#include "engine/variable_record.h"

namespace tenon {
namespace {

struct SerialTask {
  TaskFunction function;
  std::vector<Variable*> reads;   ///< those that are not written
  std::vector<Variable*> inputs;  ///< all that are read: their errors are inherited
  std::vector<Variable*> writes;
  TaskOptions options;
};

/// Pushes made inside a task run when it has ended, as they would wait for it in the threaded
/// engine.
thread_local std::deque<SerialTask>* deferred = nullptr;

/// Lets the pushing thread wait for a token.
class WaitedCompletion final : public Completion {
 public:
  void complete(std::exception_ptr error) override {
    {
      std::scoped_lock lock(mutex_);
      TENON_CHECK(!done_, kInternal, "a task's token was completed twice");
      done_ = true;
      error_ = std::move(error);
    }
    changed_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
    if (error_) std::rethrow_exception(error_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  std::exception_ptr error_;
};

class SerialContext final : public TaskContext {
 public:
  explicit SerialContext(Queue* queue) : queue_(queue) {}
  Queue* queue() const noexcept override { return queue_; }
  TaskToken token() override {
    if (!completion_) completion_ = std::make_shared<WaitedCompletion>();
    return TaskAccess::makeToken(completion_);
  }
  /// Waits for whatever the task left running.
  void finish() {
    if (completion_) completion_->wait();
    if (queue_ != nullptr) queue_->synchronize();
  }

 private:
  Queue* queue_;
  std::shared_ptr<WaitedCompletion> completion_;
};

class SerialEngine final : public Engine {
 public:
  void push(TaskFunction function, std::span<Variable* const> reads,
            std::span<Variable* const> writes, const TaskOptions& options) override {
    SerialTask task{std::move(function),
                    {},
                    {reads.begin(), reads.end()},
                    {writes.begin(), writes.end()},
                    options};
    const auto contains = [](const std::vector<Variable*>& list, const Variable* variable) {
      return std::find(list.begin(), list.end(), variable) != list.end();
    };
    for (Variable* read : reads) {
      if (!contains(task.writes, read) && !contains(task.reads, read)) task.reads.push_back(read);
    }
    {
      std::scoped_lock lock(mutex_);
      TENON_CHECK(!stopped_, kInvalidState, "the engine is stopped: no task can be pushed");
    }
    if (deferred != nullptr) {
      deferred->push_back(std::move(task));
      return;
    }
    std::deque<SerialTask> todo;
    todo.push_back(std::move(task));
    deferred = &todo;
    while (!todo.empty()) {
      SerialTask next = std::move(todo.front());
      todo.pop_front();
      run(next);
    }
    deferred = nullptr;
  }

  void waitToRead(Variable& variable) override { wait(variable, "waitToRead", false); }
  void waitToWrite(Variable& variable) override { wait(variable, "waitToWrite", true); }

  void waitAll() override {
    checkMayWait("waitAll");
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return running_ == 0; });
    }
    errors_.throwFirst();
  }

  void stop() override {
    checkMayWait("stop");
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return running_ == 0; });
    stopped_ = true;
  }
  void start() override {
    std::scoped_lock lock(mutex_);
    stopped_ = false;
  }

  void setHooks(const EngineHooks& hooks) override {
    std::scoped_lock lock(mutex_);
    hooks_ = hooks;
  }
  void setInlineExecution(bool) override {}
  const char* kind() const noexcept override { return "naive"; }

 protected:
  // Never called: this engine never opens that road.
  void failInline(std::span<Variable* const>, const TaskOptions&) noexcept override {}
  void endInline(Variable&, bool) noexcept override {}

 private:
  static constexpr uint64_t kWriter = VariableAccess::kWriter;
  static constexpr uint64_t kReader = VariableAccess::kReader;

  static uint64_t users(Variable& variable) {
    return VariableAccess::state(variable).load() &
           ~(VariableAccess::kRecord | VariableAccess::kLocked);
  }
  static void change(Variable& variable, uint64_t by) {
    const uint64_t state = VariableAccess::lock(variable);
    VariableAccess::unlock(variable, state + by);
  }
  static bool mayRun(const SerialTask& task) {
    return std::all_of(task.writes.begin(), task.writes.end(),
                       [](Variable* v) { return users(*v) == 0; }) &&
           std::all_of(task.reads.begin(), task.reads.end(),
                       [](Variable* v) { return (users(*v) & kWriter) == 0; });
  }

  void run(SerialTask& task) {
    EngineHooks hooks;
    {
      std::unique_lock lock(mutex_);
      // Only a task of another thread can be in the way.
      changed_.wait(lock, [&] { return mayRun(task); });
      for (Variable* variable : task.writes) change(*variable, kWriter);
      for (Variable* variable : task.reads) change(*variable, kReader);
      ++running_;
      hooks = hooks_;
    }
    if (hooks.begin != nullptr) hooks.begin(hooks.self, task.options);
    Ref<TaskError> error = inheritedError(task);
    if (!error || task.options.runs_on_error) error = call(task, error);
    if (hooks.end != nullptr) hooks.end(hooks.self, task.options, static_cast<bool>(error));
    {
      std::scoped_lock lock(mutex_);
      for (Variable* variable : task.reads) change(*variable, -kReader);
      for (Variable* variable : task.writes) {
        uint64_t state = VariableAccess::lock(*variable) - kWriter;
        VariableAccess::setError(*variable, state, error);
        VariableAccess::unlock(*variable, state);
      }
    }
    task.function.reset();  // before anybody hears of the end: it owns what the task used
    {
      std::scoped_lock lock(mutex_);
      --running_;
    }
    changed_.notify_all();
  }

  static Ref<TaskError> inheritedError(const SerialTask& task) {
    for (Variable* variable : task.inputs) {
      const uint64_t state = VariableAccess::lock(*variable);
      Ref<TaskError> error = VariableAccess::error(*variable);
      VariableAccess::unlock(*variable, state);
      if (error) return error;
    }
    return nullptr;
  }

  Ref<TaskError> call(SerialTask& task, Ref<TaskError> inherited) {
    const InsideTask inside;
    try {
      SerialContext context(queueFor(task.options));
      task.function(context);
      context.finish();
      return inherited;
    } catch (...) {
      Ref<TaskError> error = currentError(task.options);
      errors_.add(error);
      return error;
    }
  }

  void wait(Variable& variable, const char* function, bool readers_too) {
    checkMayWait(function);
    Ref<TaskError> error;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [&] {
        return readers_too ? users(variable) == 0 : (users(variable) & kWriter) == 0;
      });
      const uint64_t state = VariableAccess::lock(variable);
      error = VariableAccess::error(variable);
      VariableAccess::unlock(variable, state);
    }
    if (error) error->report();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  int running_ = 0;
  bool stopped_ = false;
  EngineHooks hooks_;
  UnreportedErrors errors_;
};

}  // namespace

std::unique_ptr<Engine> makeSerialEngine() { return std::make_unique<SerialEngine>(); }

}  // namespace tenon
