#include "runtime/queue.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "runtime/device.h"
#include "runtime/ending.h"
#include "runtime/error.h"

namespace tenon::cuda {
namespace {

struct EventPool {
  std::mutex mutex;
  std::vector<cudaEvent_t> free;
};

/// Of all devices; leaked, as whatever tasks may use at exit.
std::vector<EventPool>& eventPools() {
  static auto* const pools = new std::vector<EventPool>(static_cast<size_t>(deviceCount()));
  return *pools;
}

/// All queues; leaked too.
struct Queues {
  std::mutex mutex;
  std::vector<std::array<Queue*, 3>> by_device{static_cast<size_t>(deviceCount())};
};

Queues& queues() {
  static auto* const all = new Queues;
  return *all;
}

}  // namespace

cudaEvent_t takeEvent(int device) {
  EventPool& pool = eventPools()[static_cast<size_t>(device)];
  {
    const std::scoped_lock lock(pool.mutex);
    if (!pool.free.empty()) {
      const cudaEvent_t event = pool.free.back();
      pool.free.pop_back();
      return event;
    }
  }
  const DeviceScope scope(device);
  cudaEvent_t event = nullptr;
  checkOn(device, cudaEventCreateWithFlags(&event, cudaEventDisableTiming), "making an event");
  return event;
}

void giveEvent(int device, cudaEvent_t event) noexcept {
  EventPool& pool = eventPools()[static_cast<size_t>(device)];
  try {
    const std::scoped_lock lock(pool.mutex);
    pool.free.push_back(event);
  } catch (const std::exception&) {
    static_cast<void>(cudaEventDestroy(event));
  }
}

bool isReached(cudaEvent_t event) noexcept {
  if (cudaEventQuery(event) == cudaSuccess) return true;
  // "Not ready" counts as an error, which the next to ask would take for its own.
  static_cast<void>(cudaGetLastError());
  return false;
}

cudaError_t await(cudaEvent_t event) {
  using Clock = std::chrono::steady_clock;
  // cudaEventSynchronize keeps a processor busy all the while, unless the event was made to
  // interrupt the host: then each operator would, as each has a fence. So a short wait asks again
  // and again, as a person may wait for a small result; a long one sleeps for a sixteenth of the
  // time that has passed.
  constexpr auto kBusy = std::chrono::microseconds(100);
  constexpr Clock::duration kShortest = std::chrono::microseconds(20);
  constexpr Clock::duration kLongest = std::chrono::microseconds(200);
  const Clock::time_point begin = Clock::now();
  for (;;) {
    const cudaError_t code = cudaEventQuery(event);
    if (code != cudaErrorNotReady) return code;
    static_cast<void>(cudaGetLastError());
    TENON_CHECK(!isEnding(), kUnsupported, "the process is ending, and its gpus with it");
    const Clock::duration passed = Clock::now() - begin;
    if (passed < kBusy) {
      std::this_thread::yield();
    } else {
      std::this_thread::sleep_for(std::clamp(passed / 16, kShortest, kLongest));
    }
  }
}

Fence::~Fence() { giveEvent(queue_.device(), event_); }

bool Fence::reached() const noexcept {
  try {
    const DeviceScope scope(queue_.device());
    if (!isReached(event_)) return false;
  } catch (const Error&) {
    return false;
  }
  queue_.reached(position_);
  return true;
}

void Fence::wait() const {
  const DeviceScope scope(queue_.device());
  queue_.check(await(event_), "waiting for work");
  queue_.reached(position_);
}

Queue::Queue(int device, QueueKind kind) : device_(device) {
  const DeviceScope scope(device);
  // Copies feed kernels: they go first where both wait.
  int least = 0;
  int greatest = 0;
  checkCuda(cudaDeviceGetStreamPriorityRange(&least, &greatest), "asking for priorities");
  checkCuda(cudaStreamCreateWithPriority(&stream_, cudaStreamNonBlocking,
                                         kind == QueueKind::kCompute ? least : greatest),
            "making a stream");
  endBeforeOthers();
}

Fence* Queue::record() {
  const DeviceScope scope(device_);
  const cudaEvent_t event = takeEvent(device_);
  uint64_t position = 0;
  {
    const std::scoped_lock lock(mutex_);
    position = issued_;
  }
  const cudaError_t code = cudaEventRecord(event, stream_);
  if (code != cudaSuccess) giveEvent(device_, event);
  check(code, "recording a fence");
  return new Fence(*this, event, position);
}

void Queue::waitFor(const Fence& fence) {
  const DeviceScope scope(device_);
  check(cudaStreamWaitEvent(stream_, fence.event(), 0), "waiting for another queue");
}

void Queue::synchronize() {
  const DeviceScope scope(device_);
  uint64_t position = 0;
  {
    const std::scoped_lock lock(mutex_);
    position = issued_;
  }
  check(cudaStreamSynchronize(stream_), "waiting for work");
  reached(position);
}

void Queue::issued(const char* op) noexcept {
  const std::scoped_lock lock(mutex_);
  names_[issued_ % kRemembered] = op;
  ++issued_;
}

void Queue::reached(uint64_t position) noexcept {
  uint64_t before = done_.load(std::memory_order_relaxed);
  while (before < position &&
         !done_.compare_exchange_weak(before, position, std::memory_order_relaxed)) {
  }
}

void Queue::addSuspects(std::vector<std::string>& names) {
  const std::scoped_lock lock(mutex_);
  const uint64_t oldest = issued_ - std::min(issued_, kRemembered);
  for (uint64_t i = std::max(done_.load(std::memory_order_relaxed), oldest); i < issued_; ++i) {
    const char* const name = names_[i % kRemembered];
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }
}

namespace {

/// Which operators may have made gpu(device) fail, as the end of a sentence.
std::string suspectsOn(int device) {
  std::vector<std::string> names;
  {
    Queues& all = queues();
    const std::scoped_lock lock(all.mutex);
    for (Queue* queue : all.by_device.at(static_cast<size_t>(device))) {
      if (queue != nullptr) queue->addSuspects(names);
    }
  }
  if (names.empty()) return {};
  if (names.size() == 1) return ", in " + names.front();
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return ", in one of " + text + "; TENON_SYNCHRONOUS=1 says in which";
}

}  // namespace

void checkOn(int device, cudaError_t code, const char* what) {
  if (code == cudaSuccess) [[likely]]
    return;
  if (!isFault(code)) checkCuda(code, what);
  static_cast<void>(cudaGetLastError());
  fail(ErrorKind::kInternal, "gpu(", device, ") has failed: ", cudaGetErrorString(code), " (",
       cudaGetErrorName(code), ")", suspectsOn(device));
}

bool queuesWork() noexcept {
  Queues& all = queues();
  const std::unique_lock lock(all.mutex, std::try_to_lock);
  // Held by a thread that is stopped in the middle, it is not to be waited for.
  if (!lock) return false;
  try {
    for (const auto& of_device : all.by_device) {
      for (const Queue* queue : of_device) {
        if (queue == nullptr) continue;
        const DeviceScope scope(queue->device());
        if (cudaStreamQuery(queue->stream()) == cudaErrorNotReady) return true;
      }
    }
  } catch (const Error&) {
    return false;  // of a device that has failed
  }
  return false;
}

Queue& queueOf(int device, QueueKind kind) {
  TENON_CHECK(device >= 0 && device < deviceCount(), kInternal, "there is no gpu(", device, ")");
  Queues& all = queues();
  const std::scoped_lock lock(all.mutex);
  Queue*& queue = all.by_device.at(static_cast<size_t>(device)).at(static_cast<size_t>(kind));
  if (queue == nullptr) queue = new Queue(device, kind);
  return *queue;
}

}  // namespace tenon::cuda
