// The shortest road through the engine, for small operators on the CPU: a few atomic operations per
// variable, no lock, no heap, no type erasure. `push` takes any task; this takes what needs no
// queue, or declines.
#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <utility>

#include "engine/engine.h"
#include "engine/variable_record.h"

namespace tenon {

/// While it lives, this thread is inside a task: waiting is refused.
class InsideTask {
 public:
  InsideTask() noexcept { ++depth; }
  ~InsideTask() { --depth; }
  InsideTask(const InsideTask&) = delete;
  InsideTask& operator=(const InsideTask&) = delete;

 private:
  friend class Engine;
  static constinit thread_local int depth;
};

/// The claims of one inline task on its variables; ends them when it goes.
class InlineClaim {
 public:
  /// Claims all variables if the engine allows, all are free for it and none carries an error or
  /// work of a device.
  InlineClaim(Engine& engine, std::span<Variable* const> reads,
              std::span<Variable* const> writes) noexcept
      : engine_(engine), reads_(reads), writes_(writes) {
    if (!engine.inline_open_.load(std::memory_order_relaxed)) return;
    for (size_t i = 0; i < writes.size(); ++i) {
      uint64_t idle = 0;
      if (!VariableAccess::state(*writes[i])
               .compare_exchange_strong(idle, VariableAccess::kWriter, std::memory_order_acquire,
                                        std::memory_order_relaxed)) {
        endWrites(i);
        return;
      }
    }
    for (size_t i = 0; i < reads.size(); ++i) {
      if (!claimRead(*reads[i])) {
        endReads(i);
        endWrites(writes.size());
        return;
      }
    }
    granted_ = true;
  }
  ~InlineClaim() {
    if (!granted_) return;
    endReads(reads_.size());
    endWrites(writes_.size());
  }
  InlineClaim(const InlineClaim&) = delete;
  InlineClaim& operator=(const InlineClaim&) = delete;

  bool granted() const noexcept { return granted_; }

  /// In a handler, while granted: keeps the error as the task's.
  void fail(const TaskOptions& options) noexcept { engine_.failInline(writes_, options); }

 private:
  static constexpr uint64_t kRecorded = VariableAccess::kLocked | VariableAccess::kRecord;

  bool written(const Variable* variable) const noexcept {
    for (const Variable* write : writes_) {
      if (write == variable) return true;
    }
    return false;
  }

  bool claimRead(Variable& variable) noexcept {
    std::atomic<uint64_t>& word = VariableAccess::state(variable);
    uint64_t state = word.load(std::memory_order_relaxed);
    do {
      if ((state & VariableAccess::kWriter) != 0 && written(&variable)) return true;
      if ((state & (kRecorded | VariableAccess::kWriter)) != 0) return false;
    } while (!word.compare_exchange_weak(state, state + VariableAccess::kReader,
                                         std::memory_order_acquire, std::memory_order_relaxed));
    return true;
  }

  void endReads(size_t count) noexcept {
    for (size_t i = 0; i < count; ++i) {
      if (!written(reads_[i])) end(*reads_[i], false);
    }
  }
  void endWrites(size_t count) noexcept {
    for (size_t i = 0; i < count; ++i) end(*writes_[i], true);
  }
  void end(Variable& variable, bool write) noexcept {
    const uint64_t held = write ? VariableAccess::kWriter : VariableAccess::kReader;
    if (!VariableAccess::leaveInline(variable, held)) engine_.endInline(variable, write);
  }

  Engine& engine_;
  std::span<Variable* const> reads_;
  std::span<Variable* const> writes_;
  bool granted_ = false;
};

/// Runs `function()` at once, on this thread, as a task of those variables; an exception is kept as
/// by `push`. False, with nothing done, if it would have to wait or the engine does not run inline:
/// then push it. For tasks that may run inline, on the CPU.
template <class F>
bool tryInline(Engine& engine, std::span<Variable* const> reads, std::span<Variable* const> writes,
               const TaskOptions& options, F&& function) {
  InlineClaim claim(engine, reads, writes);
  if (!claim.granted()) return false;
  const InsideTask inside;
  try {
    std::forward<F>(function)();
  } catch (...) {
    claim.fail(options);
  }
  return true;
}

}  // namespace tenon
