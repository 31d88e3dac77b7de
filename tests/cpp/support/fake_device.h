// A device for tests, of type gpu: each queue is a thread that works with random delays, memory is
// the host's and poisoned, and work can be made to fail. Like a real device's, a failure is sticky:
// all later fences of the queue, and of queues that wait for it, throw it until `clearFailures`.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/error.h"
#include "device/runtime.h"
#include "memory/pool.h"

namespace tenon::testing {

class FakeFence final : public Fence {
 public:
  bool reached() const noexcept override { return reached_.load(std::memory_order_acquire); }
  void wait() override { waitConst(); }
  void waitConst() const {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return done_; });
    if (error_) std::rethrow_exception(error_);
  }
  void reach(std::exception_ptr error) {
    std::scoped_lock lock(mutex_);
    error_ = std::move(error);
    done_ = true;
    if (!error_) reached_.store(true, std::memory_order_release);
    changed_.notify_all();
  }

 private:
  std::atomic<bool> reached_{false};
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool done_ = false;
  std::exception_ptr error_;
};

class FakeQueue final : public Queue {
 public:
  FakeQueue(Device device, uint64_t seed)
      : device_(device), random_(seed), thread_([this] { work(); }) {}
  ~FakeQueue() override {
    {
      std::scoped_lock lock(mutex_);
      ending_ = true;
      held_ = false;
    }
    changed_.notify_all();
    thread_.join();
  }

  Device device() const noexcept override { return device_; }

  /// A kernel: runs on the queue's thread, after what was issued before. What it throws is the
  /// queue's failure.
  void issue(std::function<void()> kernel) {
    {
      std::scoped_lock lock(mutex_);
      items_.push_back({std::move(kernel), nullptr});
    }
    changed_.notify_all();
  }

  Ref<Fence> record() override {
    Ref<FakeFence> fence = makeRef<FakeFence>();
    {
      std::scoped_lock lock(mutex_);
      items_.push_back({nullptr, fence});
    }
    changed_.notify_all();
    return Ref<Fence>(fence.get());
  }
  void waitFor(const Fence& fence) override {
    ++waits_;
    Ref<const FakeFence> other(static_cast<const FakeFence*>(&fence));
    issue([other = std::move(other)] { other->waitConst(); });
  }
  void synchronize() override { record()->wait(); }

  /// Starts nothing more until `release`: what is issued stays under way.
  void hold() {
    std::scoped_lock lock(mutex_);
    held_ = true;
  }
  void release() {
    {
      std::scoped_lock lock(mutex_);
      held_ = false;
    }
    changed_.notify_all();
  }
  void clearFailures() {
    std::scoped_lock lock(mutex_);
    failure_ = nullptr;
  }
  /// How often the queue was told to wait for a fence.
  int waits() const noexcept { return waits_.load(); }

 private:
  struct Item {
    std::function<void()> kernel;
    Ref<FakeFence> fence;
  };

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || (!held_ && !items_.empty()); });
      if (items_.empty()) return;
      Item item = std::move(items_.front());
      items_.pop_front();
      const uint64_t dice = random_();
      const std::exception_ptr before = failure_;
      lock.unlock();
      if (dice % 8 == 0) std::this_thread::sleep_for(std::chrono::microseconds(dice / 8 % 50));
      std::exception_ptr failure;
      if (item.kernel) {
        try {
          item.kernel();
        } catch (...) {
          failure = std::current_exception();
        }
      } else {
        item.fence->reach(before);
      }
      item = {};
      lock.lock();
      if (failure && !failure_) failure_ = failure;
    }
  }

  const Device device_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Item> items_;
  std::mt19937_64 random_;
  std::exception_ptr failure_;
  std::atomic<int> waits_{0};
  bool held_ = false;
  bool ending_ = false;
  std::thread thread_;
};

class FakeRuntime final : public DeviceRuntime {
 public:
  static constexpr unsigned char kFresh = 0xA5;  ///< what new memory holds
  static constexpr unsigned char kReleased =
      0xDD;  ///< what released memory holds for its last moment

  FakeRuntime(int count, int64_t memory_bytes, uint64_t seed)
      : count_(count), memory_bytes_(memory_bytes) {
    for (int id = 0; id < count; ++id) {
      for (int kind = 0; kind < 3; ++kind) {
        queues_.push_back(std::make_unique<FakeQueue>(Device::gpu(id), seed * 31 + queues_.size()));
      }
    }
  }

  DeviceType type() const noexcept override { return DeviceType::kGpu; }
  int count() const noexcept override { return count_; }
  std::string describe(int) const override { return "a fake device"; }

  void* allocate(int, size_t bytes) override {
    bytes = (bytes + 255) / 256 * 256;
    if (used_.fetch_add(static_cast<int64_t>(bytes)) + static_cast<int64_t>(bytes) >
        memory_bytes_) {
      used_ -= static_cast<int64_t>(bytes);
      return nullptr;
    }
    void* data = std::aligned_alloc(256, bytes);
    std::memset(data, kFresh, bytes);
    return data;
  }
  void release(int id, void* data, size_t bytes) noexcept override {
    // As cudaFree: what is under way ends first.
    for (int kind = 0; kind < 3; ++kind) {
      try {
        fakeQueue(id, static_cast<QueueKind>(kind)).synchronize();
      } catch (const std::exception&) {
        // A failed queue has ended its work too.
      }
    }
    bytes = (bytes + 255) / 256 * 256;
    std::memset(data, kReleased, bytes);
    std::free(data);
    used_ -= static_cast<int64_t>(bytes);
  }
  MemoryInfo memoryInfo(int) const override {
    return {memory_bytes_, memory_bytes_ - used_.load()};
  }

  Queue* queue(int id, QueueKind kind) override { return &fakeQueue(id, kind); }
  FakeQueue& fakeQueue(int id, QueueKind kind) {
    return *queues_[static_cast<size_t>(id) * 3 + static_cast<size_t>(kind)];
  }
  void copy(Queue* queue, void* to, Device, const void* from, Device, size_t bytes) override {
    TENON_CHECK(queue != nullptr, kInternal, "the fake device copies on a queue");
    static_cast<FakeQueue*>(queue)->issue([=] { std::memmove(to, from, bytes); });
  }

 private:
  const int count_;
  const int64_t memory_bytes_;
  std::atomic<int64_t> used_{0};
  std::vector<std::unique_ptr<FakeQueue>> queues_;
};

/// Registers a fake device while it lives. Let go of its memory and fences before.
class FakeDevice {
 public:
  explicit FakeDevice(int count = 1, int64_t memory_bytes = int64_t{1} << 30, uint64_t seed = 1) {
    auto made = std::make_unique<FakeRuntime>(count, memory_bytes, seed);
    runtime_ = made.get();
    registerRuntime(std::move(made));
  }
  ~FakeDevice() {
    for (int id = 0; id < runtime_->count(); ++id) poolOf(Device::gpu(id)).emptyCache();
    unregisterRuntime(DeviceType::kGpu);
  }
  FakeDevice(const FakeDevice&) = delete;
  FakeDevice& operator=(const FakeDevice&) = delete;

  FakeRuntime& runtime() noexcept { return *runtime_; }
  FakeQueue& queue(int id = 0, QueueKind kind = QueueKind::kCompute) {
    return runtime_->fakeQueue(id, kind);
  }

 private:
  FakeRuntime* runtime_;
};

}  // namespace tenon::testing
