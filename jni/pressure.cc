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

void Pressure::collected(int64_t dead) noexcept { setFloor(std::max<int64_t>(held() - dead, 0)); }

void Pressure::setFloor(int64_t held) noexcept {
  floor_.store(held, std::memory_order_relaxed);
  trigger_.store(held + std::max(kStep, held / 2), std::memory_order_relaxed);
}

int64_t Pressure::held() const noexcept {
  int64_t sum = 0;
  for (const Stripe& stripe : stripes_) sum += stripe.bytes.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace tenon::jni
