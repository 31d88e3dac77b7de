// The queue of a variable.
//
// State word: kLocked | kRecord | kWriter | readers * kReader. Who holds kLocked may change
// everything; without it a thread may only add or take away its own claim, by compare-and-exchange,
// while neither kLocked nor kRecord is set.
//
//   idle       no kWriter, no readers, no waiting claims
//   reading    readers > 0, no kWriter
//   writing    kWriter, readers = 0
//
//   claim comes     read:   granted if not writing and no claim waits, else waits
//                   write:  granted if idle, else waits
//   claim ends      its bit or count goes; then, while the first waiting claim fits (a write: idle;
//   a read: not
//                   writing), it is granted and leaves the queue
//
// So claims are granted in the order of their coming, neighbouring reads overlap, a write is alone,
// and a claim waits only while another is granted. A task claims all of its variables in one step,
// holding all their locks, taken in the order of addresses: of two tasks that share variables one
// is before the other on all of them, hence no cycle of tasks that wait for each other.
//
// The record is there while it has content: waiting claims, the error of the last write, fences of
// work that has been issued to devices' queues and was not found reached.
#include "engine/variable.h"

#include <algorithm>
#include <cstddef>

#include "base/spin.h"
#include "engine/task.h"
#include "engine/variable_record.h"

namespace tenon {

uint64_t VariableAccess::lock(Variable& variable) noexcept {
  SpinWait wait;
  for (;;) {
    uint64_t state = variable.state_.load(std::memory_order_relaxed);
    if ((state & kLocked) == 0 &&
        variable.state_.compare_exchange_weak(state, state | kLocked, std::memory_order_acquire,
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

bool VariableAccess::mayGrant(Variable& variable, uint64_t state, bool write) noexcept {
  if (write) return state < kWriter;
  return (state & kWriter) == 0 &&
         (variable.record_ == nullptr || variable.record_->first == nullptr);
}

bool VariableAccess::join(uint64_t& state, Dependency& claim) {
  Variable& variable = *claim.variable;
  if (mayGrant(variable, state, claim.write)) {
    state += claim.write ? kWriter : kReader;
    return true;
  }
  VariableRecord& record = makeRecord(variable, state);
  claim.next = nullptr;
  (record.first == nullptr ? record.first : record.last->next) = &claim;
  record.last = &claim;
  return false;
}

void VariableAccess::grantNext(Variable& variable, uint64_t& state, TaskList& ready) noexcept {
  VariableRecord* record = variable.record_;
  if (record == nullptr) return;
  while (Dependency* claim = record->first) {
    if (claim->write ? state >= kWriter : (state & kWriter) != 0) break;
    state += claim->write ? kWriter : kReader;
    record->first = claim->next;
    // The claim may be gone as soon as its task misses nothing.
    if (claim->task->missing.fetch_sub(1, std::memory_order_acq_rel) == 1) ready.add(claim->task);
  }
  dropEmptyRecord(variable, state);
}

void VariableAccess::leave(Dependency& claim, const Ref<TaskError>& error, const FenceMark& mark,
                           TaskList& ready) {
  Variable& variable = *claim.variable;
  const uint64_t held = claim.write ? kWriter : kReader;
  if (!mark.fence && !(claim.write && error)) {
    uint64_t state = variable.state_.load(std::memory_order_relaxed);
    while ((state & (kLocked | kRecord)) == 0) {
      if (variable.state_.compare_exchange_weak(state, state - held, std::memory_order_release,
                                                std::memory_order_relaxed)) {
        return;
      }
    }
  }
  uint64_t state = lock(variable) - held;
  if (claim.write) {
    if (mark.fence) {
      // Earlier work comes before this one in its queue.
      VariableRecord& record = makeRecord(variable, state);
      record.written = mark;
      record.read.clear();
    } else {
      forgetReached(variable, state);  // a skipped task leaves some unreached
    }
    setError(variable, state, error);
  } else if (mark.fence) {
    std::vector<FenceMark>& read = makeRecord(variable, state).read;
    const auto same = std::find_if(read.begin(), read.end(), [&](const FenceMark& other) {
      return other.queue == mark.queue;
    });
    if (same != read.end()) {
      *same = mark;
    } else {
      read.push_back(mark);
    }
  }
  grantNext(variable, state, ready);
  unlock(variable, state);
}

void VariableAccess::leaveUnchanged(Variable& variable, bool write, TaskList& ready) noexcept {
  uint64_t state = lock(variable) - (write ? kWriter : kReader);
  forgetReached(variable, state);
  grantNext(variable, state, ready);
  unlock(variable, state);
}

void VariableAccess::pendingFences(const Dependency& claim, const Queue* queue,
                                   std::vector<FenceMark>& marks) {
  Variable& variable = *claim.variable;
  // Acquire: whoever forgot a fence had seen what comes before it.
  if ((variable.state_.load(std::memory_order_acquire) & kRecord) == 0) return;
  const uint64_t state = lock(variable);
  if (const VariableRecord* record = variable.record_) {
    const auto add = [&](const FenceMark& mark) {
      if ((queue == nullptr || mark.queue != queue) && mark.pending()) marks.push_back(mark);
    };
    add(record->written);
    if (claim.write) std::for_each(record->read.begin(), record->read.end(), add);
  }
  unlock(variable, state);
}

void VariableAccess::failWrite(Variable& variable, const Ref<Fence>& fence,
                               const Ref<TaskError>& error) {
  uint64_t state = lock(variable);
  if (variable.record_ != nullptr && variable.record_->written.fence == fence) {
    variable.record_->written = {};
    if (!variable.record_->error) setError(variable, state, error);
  }
  unlock(variable, state);
}

Variable::~Variable() { delete record_; }

bool Variable::idle() const noexcept {
  constexpr uint64_t kQuiet = VariableAccess::kRecord | VariableAccess::kLocked;
  return (state_.load(std::memory_order_acquire) & ~kQuiet) == 0;
}

}  // namespace tenon
