#include "jni/pressure.h"

#include <algorithm>

namespace tenon::jni {
namespace {

std::atomic<int> next_stripe{0};
thread_local const int own_stripe = next_stripe.fetch_add(1, std::memory_order_relaxed);
thread_local int64_t since_look = 0;

}  // namespace

Pressure& Pressure::get() noexcept {
  static Pressure pressure;
  return pressure;
}

Pressure::Stripe& Pressure::stripe() noexcept { return stripes_[own_stripe % kStripes]; }

bool Pressure::add(int64_t bytes) noexcept {
  stripe().bytes.fetch_add(bytes, std::memory_order_relaxed);
  since_look += bytes;
  if (since_look < kLook) return false;
  since_look = 0;
  const int64_t now = held();
  const int64_t floor = floor_.load(std::memory_order_relaxed);
  if (now < floor / 4) setFloor(floor / 2);
  return now > trigger_.load(std::memory_order_relaxed);
}

void Pressure::remove(int64_t bytes) noexcept {
  stripe().bytes.fetch_sub(bytes, std::memory_order_relaxed);
}

void Pressure::collected(int64_t dead, std::chrono::nanoseconds took, int64_t most_step) noexcept {
  constexpr int kMuch = 8, kLittle = 32;  // parts of the time
  const auto now = std::chrono::steady_clock::now();
  const auto since = now - collected_at_;
  collected_at_ = now;
  int64_t step = step_.load(std::memory_order_relaxed);
  if (took > since / kMuch) {
    step = std::min(2 * step, most_step);
  } else if (took < since / kLittle) {
    step /= 2;
  }
  step_.store(std::max(step, kStep), std::memory_order_relaxed);
  setFloor(std::max<int64_t>(held() - dead, 0));
}

void Pressure::setFloor(int64_t held) noexcept {
  floor_.store(held, std::memory_order_relaxed);
  trigger_.store(held + std::max(step_.load(std::memory_order_relaxed), held / 2),
                 std::memory_order_relaxed);
}

int64_t Pressure::held() const noexcept {
  int64_t sum = 0;
  for (const Stripe& stripe : stripes_) sum += stripe.bytes.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace tenon::jni
