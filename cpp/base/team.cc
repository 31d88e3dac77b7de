#include "base/team.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "base/cpu.h"
#include "base/spin.h"

namespace tenon {
namespace {

/// How long a helper looks for the next loop before it sleeps: the loops of one operator, and of
/// the next, follow each other closely, and waking a thread takes the system some 50 microseconds.
constexpr std::chrono::microseconds kSpin{200};

// What a helper's slot holds: one of these, or an assigned job's address with the helper's rank in
// the low bits.
constexpr uintptr_t kIdle = 0;
constexpr uintptr_t kBusy = 1;
constexpr uintptr_t kLeave = 2;
constexpr uintptr_t kRankMask = 255;

Team* the_team = nullptr;
bool stopped_for_fork = false;
thread_local bool inside = false;

}  // namespace

/// One loop; lives on its leader's stack.
struct alignas(kRankMask + 1) Team::Job {
  void* closure;
  Part part;
  int64_t count;
  int64_t lanes;  ///< lane i has the parts i, i + lanes, …
  std::atomic<int> finished{0};
  std::array<std::atomic<uint64_t>, (kMostHelpers + 1) / 64> taken{};

  /// Works on what is not yet taken, beginning with lane `first`.
  void work(int64_t first) {
    const bool outer = std::exchange(inside, true);
    for (int64_t i = 0; i < lanes; ++i) {
      const int64_t lane = first + i < lanes ? first + i : first + i - lanes;
      const uint64_t bit = uint64_t{1} << (lane % 64);
      std::atomic<uint64_t>& word = taken[static_cast<size_t>(lane / 64)];
      if ((word.load(std::memory_order_relaxed) & bit) != 0) continue;
      if ((word.fetch_or(bit, std::memory_order_relaxed) & bit) != 0) continue;
      for (int64_t index = lane; index < count; index += lanes) part(closure, index);
    }
    inside = outer;
  }
};

class Team::Helper {
 public:
  void start() {
    slot_.store(kIdle, std::memory_order_relaxed);
    thread_ = std::thread([this] { live(); });
    pthread_setname_np(thread_.native_handle(), "tenon-team");
  }

  /// For a leader; false if the helper is not idle. The job must not end before `retract` or the
  /// job's count of finished helpers says so.
  bool assign(Job& job, uintptr_t rank) {
    uintptr_t idle = kIdle;
    if (slot_.load(std::memory_order_relaxed) != kIdle ||
        !slot_.compare_exchange_strong(idle, reinterpret_cast<uintptr_t>(&job) | rank,
                                       std::memory_order_seq_cst, std::memory_order_relaxed)) {
      return false;
    }
    wake();
    return true;
  }

  /// True if the helper had not begun; it will not touch the job.
  bool retract(Job& job, uintptr_t rank) {
    uintptr_t assigned = reinterpret_cast<uintptr_t>(&job) | rank;
    return slot_.compare_exchange_strong(assigned, kIdle, std::memory_order_relaxed);
  }

  void stop() {
    uintptr_t idle = kIdle;
    while (!slot_.compare_exchange_weak(idle, kLeave, std::memory_order_seq_cst)) {
      idle = kIdle;
      std::this_thread::yield();
    }
    wake();
    thread_.join();
  }

 private:
  void wake() {
    if (!sleeping_.load(std::memory_order_seq_cst)) return;
    signal_.fetch_add(1, std::memory_order_seq_cst);
    signal_.notify_one();
  }

  void live() {
    for (;;) {
      uintptr_t given = await();
      if (given == kLeave) return;
      if (!slot_.compare_exchange_strong(given, kBusy, std::memory_order_acquire)) continue;
      Job& job = *reinterpret_cast<Job*>(given & ~kRankMask);
      job.work(static_cast<int64_t>(given & kRankMask));
      slot_.store(kIdle, std::memory_order_release);
      // The last touch: the leader's stack is gone soon.
      job.finished.fetch_add(1, std::memory_order_release);
    }
  }

  /// What is in the slot when it is not idle.
  uintptr_t await() {
    for (;;) {
      if (const uintptr_t given = spin(); given != kIdle) return given;
      const uint32_t signal = signal_.load(std::memory_order_seq_cst);
      sleeping_.store(true, std::memory_order_seq_cst);
      if (slot_.load(std::memory_order_seq_cst) == kIdle)
        signal_.wait(signal, std::memory_order_seq_cst);
      sleeping_.store(false, std::memory_order_relaxed);
    }
  }

  uintptr_t spin() const {
    const auto end = std::chrono::steady_clock::now() + kSpin;
    SpinWait wait;
    do {
      for (int i = 0; i < 64; ++i) {
        const uintptr_t given = slot_.load(std::memory_order_relaxed);
        if (given != kIdle) return given;
        wait.pause();
      }
    } while (std::chrono::steady_clock::now() < end);
    return kIdle;
  }

  alignas(64) std::atomic<uintptr_t> slot_{kIdle};
  std::atomic<bool> sleeping_{false};
  std::atomic<uint32_t> signal_{0};
  std::thread thread_;
};

Team::Team() {
  for (std::unique_ptr<Helper>& helper : helpers_) helper = std::make_unique<Helper>();
}

Team& Team::get() {
  static Team* const team = [] {
    the_team = new Team;
    // A fork copies only the thread that calls it.
    const auto resume = [] {
      if (std::exchange(stopped_for_fork, false)) the_team->mutex_.unlock();
    };
    pthread_atfork(
        [] {
          if (insidePart()) return;  // nothing can be done: the child has no team
          the_team->mutex_.lock();
          the_team->stopHelpers();
          stopped_for_fork = true;
        },
        resume, resume);
    return the_team;
  }();
  return *team;
}

bool Team::insidePart() noexcept { return inside; }

int Team::started(int wanted) {
  wanted = std::min(wanted, kMostHelpers);
  if (started_.load(std::memory_order_acquire) >= wanted) return wanted;
  std::scoped_lock lock(mutex_);
  int there = started_.load(std::memory_order_relaxed);
  try {
    for (; there < wanted; ++there) helpers_[static_cast<size_t>(there)]->start();
  } catch (const std::system_error&) {
    // The system has no more threads: the team is as large as it is.
  }
  started_.store(there, std::memory_order_release);
  return std::min(there, wanted);
}

void Team::stop() {
  std::scoped_lock lock(mutex_);
  stopHelpers();
}

void Team::stopHelpers() {
  const int there = started_.exchange(0, std::memory_order_acq_rel);
  for (int i = 0; i < there; ++i) helpers_[static_cast<size_t>(i)]->stop();
}

void Team::run(int64_t count, int threads, void* closure, Part part) {
  Job job{.closure = closure,
          .part = part,
          .count = count,
          .lanes = std::min<int64_t>(count, kMostHelpers + 1)};
  const int wanted = static_cast<int>(std::min<int64_t>(threads, job.lanes)) - 1;
  const int available = wanted > 0 ? started(wanted) : 0;
  struct Assigned {
    uint8_t helper, rank;
  };
  std::array<Assigned, kMostHelpers> assigned;
  int number = 0;
  for (int i = 0; i < available; ++i) {
    const auto rank = static_cast<uint8_t>(i + 1);
    if (!helpers_[static_cast<size_t>(i)]->assign(job, rank)) continue;
    assigned[static_cast<size_t>(number++)] = {static_cast<uint8_t>(i), rank};
  }
  job.work(0);
  int begun = 0;
  for (int i = 0; i < number; ++i) {
    const Assigned& one = assigned[static_cast<size_t>(i)];
    begun += helpers_[one.helper]->retract(job, one.rank) ? 0 : 1;
  }
  SpinWait wait;
  while (job.finished.load(std::memory_order_acquire) < begun) wait.pause();
}

}  // namespace tenon
