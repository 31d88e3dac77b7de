#include "engine/variable.h"

#include <algorithm>

#include "engine/pause.h"
#include "engine/variable_record.h"
#include "memory/pool.h"

namespace tenon {

uint64_t VariableAccess::lock(Variable& variable) noexcept {
  SpinWait wait;
  for (;;) {
    uint64_t state = variable.state_.load(std::memory_order_relaxed);
    if ((state & kLocked) == 0 && variable.state_.compare_exchange_weak(state, state | kLocked, std::memory_order_acquire,
                                                                       std::memory_order_relaxed)) {
      return state;
    }
    wait.pause();
  }
}

VariableRecord& VariableAccess::makeRecord(Variable& variable, uint64_t& state) {
  if (variable.record_ == nullptr) {
    variable.record_ = new VariableRecord;
    state |= kRecord;
  }
  return *variable.record_;
}

void VariableAccess::dropEmptyRecord(Variable& variable, uint64_t& state) noexcept {
  if (variable.record_ != nullptr && variable.record_->empty()) {
    delete variable.record_;
    variable.record_ = nullptr;
    state &= ~kRecord;
  }
}

void VariableAccess::forgetReached(Variable& variable, uint64_t& state) noexcept {
  VariableRecord* record = variable.record_;
  if (record == nullptr) return;
  if (record->written.fence && !record->written.pending()) record->written = {};
  std::erase_if(record->read, [](const FenceMark& mark) { return !mark.pending(); });
  dropEmptyRecord(variable, state);
}

void VariableAccess::setError(Variable& variable, uint64_t& state, const Ref<TaskError>& error) {
  if (error) {
    makeRecord(variable, state).error = error;
  } else if (variable.record_ != nullptr) {
    variable.record_->error = nullptr;
    dropEmptyRecord(variable, state);
  }
}

Variable::~Variable() { delete record_; }

bool Variable::idle() const noexcept {
  constexpr uint64_t kQuiet = VariableAccess::kRecord | VariableAccess::kLocked;
  return (state_.load(std::memory_order_acquire) & ~kQuiet) == 0;
}

void releaseAfterUse(Variable&, Block block, MemoryPool& pool) noexcept { pool.release(block); }

}  // namespace tenon
