// The dependency engine: tasks run when what they read has been written and what they write is no
// longer used.
//
// A task names the variables that it reads and writes. Per variable, tasks are ordered as pushed:
// reads between two writes may overlap, a write is alone. A cheap task whose variables are all idle
// runs at once on the pushing thread; others go to the workers of a lane. An error thrown by a task
// is kept on the variables it writes, poisons what depends on them, and is thrown where a person
// waits.
//
// Serial mode (setting TENON_ENGINE=naive) runs every task on the pushing thread, in the order of
// pushing: the oracle for the threaded engine and the debugger's friend.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/inline_function.h"
#include "device/device.h"
#include "device/runtime.h"
#include "engine/variable.h"

namespace tenon {

/// Which workers run a task.
enum class Lane : int32_t {
  kCompute = 0,  ///< the process's compute lane (shared by cpu(0), cpu(1), …); on a GPU, issue to
                 ///< its compute queue
  kCopy = 1,     ///< copies between devices; on a GPU, issue to its copy-in queue
  kIo = 2,       ///< files, decoding
  kCallback = 3,  ///< things that call out
  kCopyOut = 4,   ///< as kCopy; on a GPU, issue to its copy-out queue
};

/// Completes an asynchronous task from any thread. Copyable; completing twice is an internal error.
class TaskToken {
 public:
  void complete() const;
  void fail(const std::exception_ptr& error) const;

 private:
  friend class TaskAccess;
  std::shared_ptr<void> state_;
};

/// What a running task may ask for.
class TaskContext {
 public:
  virtual ~TaskContext() = default;
  /// The queue to issue work to; null on the CPU. Work issued there orders as if done by return,
  /// and after the work of other queues on the task's data.
  virtual Queue* queue() const noexcept = 0;
  /// Makes the task asynchronous: it is finished when the token is completed, not on return.
  virtual TaskToken token() = 0;
};

using TaskFunction = InlineFunction<void(TaskContext&), 96>;

struct TaskOptions {
  const char* name = "";  ///< for the profiler and for errors; must outlive the task
  Device device = Device::cpu();
  Lane lane = Lane::kCompute;
  int32_t priority = 0;  ///< higher first among tasks that are ready
  bool may_run_inline =
      false;  ///< cheap, never waits, has no parallel loop: may run on the pushing thread
  bool reads_on_host =
      false;  ///< on a queue: what it reads must be complete when it issues, as the host reads it
  bool runs_on_error = false;  ///< runs though an input is poisoned (freeing, callbacks)
};

/// Called around every task, on the thread that runs it. For profilers.
struct EngineHooks {
  void (*begin)(void* self, const TaskOptions& task) = nullptr;
  void (*end)(void* self, const TaskOptions& task, bool failed) = nullptr;
  void* self = nullptr;
};

class Engine {
 public:
  virtual ~Engine() = default;

  /// The process's engine; made on first use as the settings say, never destroyed.
  static Engine& get();

  /// Pushes a task. The function owns (by reference counts) whatever it touches; each variable must
  /// live until the task has let go of it, as waitToWrite tells: when the first of them can be
  /// read, others may still be held for a moment. A variable may stand once in `writes`, and not in
  /// both lists: duplicates in `reads`, and reads of what is also written, are dropped. Throws
  /// kInvalidState if the engine is stopped. In serial mode, or inline, the task's error is still
  /// kept on its variables and not thrown here.
  virtual void push(TaskFunction function, std::span<Variable* const> reads,
                    std::span<Variable* const> writes, const TaskOptions& options) = 0;

  /// Blocks until everything pushed so far that writes `variable` is done; throws the variable's
  /// error. Throws kInvalidState when called on an engine worker.
  virtual void waitToRead(Variable& variable) = 0;
  /// As waitToRead, and until nobody reads it any more.
  virtual void waitToWrite(Variable& variable) = 0;
  /// Until every task pushed so far is done; throws the first error not yet reported, once.
  virtual void waitAll() = 0;

  /// Finishes everything and ends the workers (before fork, at exit). `start` brings them back.
  virtual void stop() = 0;
  virtual void start() = 0;

  virtual void setHooks(const EngineHooks& hooks) = 0;
  /// Runs nothing inline on the pushing thread while false; for tests and benchmarks.
  virtual void setInlineExecution(bool enabled) = 0;
  virtual const char* kind() const noexcept = 0;

  /// True on a worker of any engine, and while a task runs inline.
  static bool insideTask() noexcept;

 protected:
  friend class InlineClaim;
  /// Whether tasks may take the shortest road (see inline_task.h).
  std::atomic<bool> inline_open_{false};
  /// Keeps the exception being handled as the error of a task of that road, on the variables that
  /// it writes (claimed).
  virtual void failInline(std::span<Variable* const> writes,
                          const TaskOptions& options) noexcept = 0;
  /// Ends a claim of that road on a variable for which other tasks wait.
  virtual void endInline(Variable& variable, bool write) noexcept = 0;
};

/// New engines for tests; `workers` compute workers.
std::unique_ptr<Engine> makeThreadedEngine(int workers);
std::unique_ptr<Engine> makeSerialEngine();

}  // namespace tenon
