// How much native memory hangs on Java's handles, and when that is reason to ask for a garbage
// collection.
//
// The Java heap does not see native memory: a program that closes nothing would fill the machine
// before its small wrappers fill the heap. A collection is due when the bytes held have grown,
// since the last one, by a step or by half of what survived it, whichever is more: a program that
// really holds much is seldom asked. The step doubles where collections take much of the time, as
// those of a large Java heap do, and halves again where they take little.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tenon::jni {

class Pressure {
 public:
  /// What an array costs besides its elements: slot, storage, a block's rounding.
  static constexpr int64_t kOverhead = 352;
  /// The least step.
  static constexpr int64_t kStep = int64_t{192} << 20;

  static Pressure& get() noexcept;

  /// Counts new bytes; true if a collection is due, said once per kLook bytes and thread.
  bool add(int64_t bytes) noexcept;
  void remove(int64_t bytes) noexcept;
  /// `dead`: bytes counted as held that are known to be so no longer.
  bool due(int64_t dead) noexcept {
    return held() - dead > trigger_.load(std::memory_order_relaxed);
  }
  /// A collection has run that took `took` of the time since the last one. The step never exceeds
  /// `most_step`, or kStep if that is more. One call at a time.
  void collected(int64_t dead, std::chrono::nanoseconds took, int64_t most_step) noexcept;
  int64_t held() const noexcept;

 private:
  static constexpr int kStripes = 16;
  static constexpr int64_t kLook = int64_t{1} << 20;

  struct alignas(64) Stripe {
    std::atomic<int64_t> bytes{0};
  };

  Stripe& stripe() noexcept;
  void setFloor(int64_t held) noexcept;

  Stripe stripes_[kStripes];
  std::atomic<int64_t> floor_{0};
  std::atomic<int64_t> trigger_{kStep};
  std::atomic<int64_t> step_{kStep};
  std::chrono::steady_clock::time_point collected_at_ = std::chrono::steady_clock::now();
};

}  // namespace tenon::jni
