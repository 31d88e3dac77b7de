// The engine with workers. A task's life: claim its variables (variable.cc), wait for the claims to
// be granted, wait for devices if it runs on the host, be taken by a worker of its lane, run, end
// its claims, which may make others ready.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>

#include "engine/engine.h"
#include "engine/task.h"
#include "engine/task_state.h"
#include "engine/variable_record.h"
#include "engine/worker_group.h"

namespace tenon {

class ThreadedEngine final : public Engine {
 public:
  ThreadedEngine(int compute_workers, bool inline_execution);
  ~ThreadedEngine() override;

  void push(TaskFunction function, std::span<Variable* const> reads,
            std::span<Variable* const> writes, const TaskOptions& options) override;
  void waitToRead(Variable& variable) override;
  void waitToWrite(Variable& variable) override;
  void waitAll() override;
  void stop() override;
  void start() override;
  void setHooks(const EngineHooks& hooks) override;
  void setInlineExecution(bool enabled) override;
  const char* kind() const noexcept override { return "threaded"; }

  /// For the end of the process: lets running tasks end, for so long at most, and runs no more.
  void halt(std::chrono::milliseconds patience) noexcept;

 protected:
  void failInline(std::span<Variable* const> writes, const TaskOptions& options) noexcept override;
  void endInline(Variable& variable, bool write) noexcept override;

 private:
  class Context;
  class TokenCompletion;
  /// Tasks are counted in one of two phases, so that waitAll can wait for those before it while
  /// others are pushed.
  struct alignas(64) PhaseCount {
    std::atomic<int64_t> pushed{0};
    alignas(64) std::atomic<int64_t> finished{0};
  };
  using GroupKey = std::tuple<DeviceType, int32_t, Lane>;

  /// Claims the task's variables; true if all are granted at once. With `may_run`, a task of the
  /// host that would have to wait for a device counts as not granted.
  bool claim(Task* task, bool* may_run);
  void countPushed(Task* task) noexcept;
  /// Runs a granted task here; returns one to run next if `group` is the worker's own.
  Task* run(Task* task, WorkerGroup* group);
  /// Orders what the task will issue to `queue` after what other queues do with its data.
  void prepareQueue(Task* task, Queue* queue);
  static Ref<TaskError> inheritedError(Task* task);
  Ref<TaskError> keepError(Ref<TaskError> error);
  Task* finish(Task* task, Ref<TaskError> error, Queue* queue, WorkerGroup* group) noexcept;
  /// Sends ready tasks on their way; keeps one for `group` and returns it, if nothing else waits
  /// there.
  Task* dispatch(TaskList& ready, WorkerGroup* group);
  /// True if the task waits for fences now and will be dispatched when they are reached.
  bool waitForFences(Task* task);
  WorkerGroup& groupOf(const TaskOptions& options);
  void wait(Variable& variable, bool write);
  void waitGranted(Task* task, bool may_help);
  /// Runs one ready task of the compute lane on this waiting thread, unless a worker is at work.
  /// Waking a worker takes longer than many a task.
  bool help();
  void waitPhase(uint8_t phase);
  void waitQuiet();
  void synchronizeDevices();
  void updateInline() noexcept;

  const int compute_workers_;
  std::atomic<bool> stopped_{false};
  std::atomic<bool> inline_enabled_;
  std::atomic<const EngineHooks*> hooks_{nullptr};
  std::vector<std::unique_ptr<const EngineHooks>>
      all_hooks_;  ///< kept: a worker may be calling the former ones

  std::array<std::unique_ptr<WorkerGroup>, 5> cpu_groups_;  ///< by lane
  std::mutex groups_mutex_;
  std::map<GroupKey, std::unique_ptr<WorkerGroup>> device_groups_;

  std::array<std::atomic<uint64_t>, 8> used_devices_{};  ///< ids with issued work, as bits, by type

  std::atomic<uint8_t> phase_{0};
  std::array<PhaseCount, 2> counts_;
  std::atomic<int> waiting_all_{0};
  std::atomic<int> completing_{0};  ///< threads that complete tokens, who are none of the engine's
  std::mutex wait_all_mutex_;       ///< one waitAll at a time turns the phase
  std::mutex finished_mutex_;
  std::condition_variable finished_changed_;
  std::mutex control_mutex_;  ///< of stop, start and setHooks
  UnreportedErrors errors_;
};

}  // namespace tenon
