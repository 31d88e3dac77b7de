#include "engine/worker_group.h"

#include <pthread.h>
#include <unistd.h>

#include <chrono>

#include "base/cpu.h"
#include "base/spin.h"

namespace tenon {
namespace {

/// Waking a sleeping thread takes the system some microseconds on either side: look that long
/// before sleeping.
constexpr std::chrono::microseconds kSpin{20};

}  // namespace

WorkerGroup::WorkerGroup(std::string name, int threads, void* self, Run run)
    : name_(std::move(name)), thread_count_(threads), self_(self), run_(run) {}

WorkerGroup::~WorkerGroup() { stop(); }

void WorkerGroup::push(Task* task) {
  Task* head = inbox_.load(std::memory_order_relaxed);
  do {
    task->next = head;
  } while (!inbox_.compare_exchange_weak(head, task, std::memory_order_seq_cst,
                                         std::memory_order_relaxed));
  if (!running_.load(std::memory_order_acquire)) [[unlikely]] {
    startThreads();
  }
  if (sleepers_.load(std::memory_order_seq_cst) > 0) wakeOne();
}

void WorkerGroup::startThreads() {
  std::scoped_lock lock(threads_mutex_);
  if (!open_ || running_.load(std::memory_order_relaxed)) return;
  for (int i = 0; i < thread_count_; ++i) {
    threads_.emplace_back([this] { work(); });
    pthread_setname_np(threads_.back().native_handle(), name_.substr(0, 15).c_str());
  }
  running_.store(true, std::memory_order_release);
}

void WorkerGroup::stop() {
  std::scoped_lock lock(threads_mutex_);
  open_ = false;
  stopping_.store(true, std::memory_order_seq_cst);
  epoch_.fetch_add(1, std::memory_order_seq_cst);
  epoch_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  running_.store(false, std::memory_order_release);
  stopping_.store(false, std::memory_order_relaxed);
}

void WorkerGroup::start() {
  {
    std::scoped_lock lock(threads_mutex_);
    open_ = true;
  }
  if (!empty()) startThreads();
}

void WorkerGroup::halt() noexcept {
  halting_.store(true, std::memory_order_seq_cst);
  epoch_.fetch_add(1, std::memory_order_seq_cst);
  epoch_.notify_all();
}

bool WorkerGroup::halted() noexcept {
  const std::unique_lock lock(threads_mutex_, std::try_to_lock);
  return lock && parked_.load(std::memory_order_acquire) >= static_cast<int>(threads_.size());
}

void WorkerGroup::park() noexcept {
  parked_.fetch_add(1, std::memory_order_release);
  for (;;) pause();
}

void WorkerGroup::work() {
  while (Task* task = take()) {
    at_work_.fetch_add(1, std::memory_order_relaxed);
    while (task != nullptr) {
      task = run_(self_, task, *this);
      if (halting_.load(std::memory_order_relaxed)) park();
    }
    at_work_.fetch_sub(1, std::memory_order_relaxed);
  }
}

Task* WorkerGroup::takeForWaiter() {
  if (empty() || at_work_.load(std::memory_order_relaxed) > 0 ||
      stopping_.load(std::memory_order_relaxed) || halting_.load(std::memory_order_relaxed)) {
    return nullptr;
  }
  Task* task = takeQueued();
  if (task != nullptr) at_work_.fetch_add(1, std::memory_order_relaxed);
  return task;
}

void WorkerGroup::doneHere() noexcept { at_work_.fetch_sub(1, std::memory_order_relaxed); }

Task* WorkerGroup::take() {
  for (;;) {
    if (halting_.load(std::memory_order_acquire)) park();
    if (Task* task = takeQueued()) {
      if (!empty() && sleepers_.load(std::memory_order_seq_cst) > 0) wakeOne();
      return task;
    }
    if (stopping_.load(std::memory_order_acquire)) return nullptr;
    if (!spin()) sleep();
  }
}

void WorkerGroup::drainInbox() {
  Task* newest = inbox_.exchange(nullptr, std::memory_order_acquire);
  Task* oldest = nullptr;
  while (newest != nullptr) {
    Task* before = newest->next;
    newest->next = oldest;
    oldest = newest;
    newest = before;
  }
  int64_t moved = 0;
  while (oldest != nullptr) {
    Task* after = oldest->next;
    oldest->sequence = sequence_++;
    if (oldest->options.priority == 0) {
      plain_.add(oldest);
    } else {
      ranked_.push(oldest);
    }
    ++moved;
    oldest = after;
  }
  if (moved > 0)
    queued_.store(queued_.load(std::memory_order_relaxed) + moved, std::memory_order_seq_cst);
}

Task* WorkerGroup::takeQueued() {
  if (empty()) return nullptr;
  std::scoped_lock lock(mutex_);
  if (inbox_.load(std::memory_order_relaxed) != nullptr) drainInbox();
  Task* task = nullptr;
  if (!ranked_.empty() && (ranked_.top()->options.priority > 0 || plain_.empty())) {
    task = ranked_.top();
    ranked_.pop();
  } else {
    task = plain_.take();
  }
  if (task != nullptr)
    queued_.store(queued_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
  return task;
}

bool WorkerGroup::spin() noexcept {
  static const bool worthwhile = processorCount() > 1;
  if (!worthwhile || spinning_.exchange(true, std::memory_order_acquire)) return false;
  bool found = false;
  const auto end = std::chrono::steady_clock::now() + kSpin;
  do {
    for (int i = 0; i < 16 && !found; ++i) {
      found = !empty() || stopping_.load(std::memory_order_relaxed) ||
              halting_.load(std::memory_order_relaxed);
      pauseProcessor();
    }
  } while (!found && std::chrono::steady_clock::now() < end);
  spinning_.store(false, std::memory_order_release);
  return found;
}

void WorkerGroup::sleep() noexcept {
  const uint32_t epoch = epoch_.load(std::memory_order_seq_cst);
  sleepers_.fetch_add(1, std::memory_order_seq_cst);
  // A push that saw the last sleeper just before it left may have set the flag since, for nobody.
  // If it does so after this line, the epoch differs and the wait below ends at once.
  waking_.store(false, std::memory_order_seq_cst);
  const bool work = inbox_.load(std::memory_order_seq_cst) != nullptr ||
                    queued_.load(std::memory_order_seq_cst) != 0 ||
                    stopping_.load(std::memory_order_seq_cst) ||
                    halting_.load(std::memory_order_seq_cst);
  if (!work) epoch_.wait(epoch, std::memory_order_seq_cst);
  sleepers_.fetch_sub(1, std::memory_order_seq_cst);
  // Before looking for work: a push that found the flag set relies on that.
  waking_.store(false, std::memory_order_seq_cst);
}

void WorkerGroup::wakeOne() noexcept {
  if (waking_.exchange(true, std::memory_order_seq_cst)) return;
  epoch_.fetch_add(1, std::memory_order_seq_cst);
  epoch_.notify_one();
}

}  // namespace tenon
