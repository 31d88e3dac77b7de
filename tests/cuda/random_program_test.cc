// Random programs on the loaded device: several threads compute in arrays that they share, move
// them between devices, read them, replace them while work on them is queued. Every value that is
// read is what a plain loop over the same steps gives.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <thread>

#include "device_arrays.h"
#include "engine/engine.h"
#include "exec/invoke.h"
#include "exec/issue.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

using Values = std::vector<float>;

/// Whole numbers below it, times a small factor, stay exact in float32.
constexpr float kModulus = 1021;
constexpr int kThreads = 4;
constexpr size_t kSlots = 18;

enum class Kind {
  kUpload,   ///< slot `to` becomes a new array with values from the host
  kCompute,  ///< slot `to` becomes a new array: (3 * from + other) mod 1021
  kUpdate,   ///< slot `to` is changed in place: (to + from) mod 1021
  kReverse,  ///< slot `to` is turned round, by way of memory that only the call knows
  kGather,   ///< slot `to` becomes (to + from turned round) mod 1021, by way of scratch memory
  kMove,     ///< slot `to` is overwritten by `from`, of whichever device
  kRead,     ///< the values of `to` at this point
};

struct Step {
  Kind kind;
  size_t to;
  size_t from;
  size_t other;
  Values values;  ///< uploaded or read
};

/// What the steps' threads share. Steps are issued and noted under one lock, so that the order of
/// the notes is the engine's; reading and uploading, which wait, go on outside of it.
class Program {
 public:
  Program(size_t size, int steps, uint64_t seed) : size_(size), steps_(steps), seed_(seed) {
    devices_ = {Device::cpu(), Device::gpu(0)};
    if (testing::gpu().count() > 1) devices_.push_back(Device::gpu(1));
    for (size_t slot = 0; slot < kSlots; ++slot) {
      const Values values = uploaded(slot);
      slots_.push_back(testing::arrayOn(deviceOf(slot), values));
      log_.push_back({Kind::kUpload, slot, slot, slot, values});
    }
    Values order(size);
    for (size_t i = 0; i < size; ++i) order[i] = static_cast<float>(size - 1 - i);
    for (const Device device : devices_) orders_.push_back(testing::arrayOn(device, order));
  }

  void run() {
    std::vector<std::thread> threads;
    threads.reserve(kThreads);
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([this, i] { issueSteps(seed_ * kThreads + static_cast<uint64_t>(i)); });
    }
    for (std::thread& thread : threads) thread.join();
    for (size_t slot = 0; slot < kSlots; ++slot)
      log_.push_back({Kind::kRead, slot, slot, slot, testing::valuesOf(slots_[slot])});
  }

  /// The same steps as plain loops over vectors.
  void check() const {
    std::vector<Values> slots(kSlots, Values(size_));
    size_t reads = 0;
    for (size_t i = 0; i < log_.size(); ++i) {
      const Step& step = log_[i];
      Values& to = slots[step.to];
      const Values from = slots[step.from];
      const Values other = slots[step.other];
      switch (step.kind) {
        case Kind::kUpload:
          to = step.values;
          break;
        case Kind::kCompute:
          for (size_t k = 0; k < size_; ++k) to[k] = std::fmod(3 * from[k] + other[k], kModulus);
          break;
        case Kind::kUpdate:
          for (size_t k = 0; k < size_; ++k) to[k] = std::fmod(to[k] + from[k], kModulus);
          break;
        case Kind::kReverse:
          std::reverse(to.begin(), to.end());
          break;
        case Kind::kGather:
          for (size_t k = 0; k < size_; ++k)
            to[k] = std::fmod(to[k] + from[size_ - 1 - k], kModulus);
          break;
        case Kind::kMove:
          to = from;
          break;
        case Kind::kRead:
          ++reads;
          ASSERT_EQ(step.values, to) << "slot " << step.to << " at step " << i;
          break;
      }
    }
    EXPECT_GT(reads, kSlots);
  }

 private:
  Device deviceOf(size_t slot) const { return devices_[slot % devices_.size()]; }

  Values uploaded(uint64_t id) const {
    Values values(size_);
    for (size_t i = 0; i < size_; ++i)
      values[i] = static_cast<float>((id * 37 + i * 11) % static_cast<uint64_t>(kModulus));
    return values;
  }

  void issueSteps(uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int left = steps_ / kThreads; left > 0;) {
      switch (random() % 8) {
        case 0:
          upload(random);
          --left;
          break;
        case 1:
          read(random() % kSlots);
          --left;
          break;
        default:
          left -= burst(random, std::min(left, static_cast<int>(1 + random() % 24)));
      }
    }
  }

  void upload(std::mt19937_64& random) {
    const size_t slot = random() % kSlots;
    const Values values = uploaded(random());
    const NDArray array = testing::arrayOn(deviceOf(slot), values);
    const std::scoped_lock lock(mutex_);
    slots_[slot] = array;
    log_.push_back({Kind::kUpload, slot, slot, slot, values});
  }

  void read(size_t slot) {
    NDArray copy =
        NDArray::empty(Shape({static_cast<int64_t>(size_)}), DType::kFloat32, deviceOf(slot + 1));
    size_t noted;
    {
      const std::scoped_lock lock(mutex_);
      slots_[slot].copyTo(copy);
      noted = log_.size();
      log_.push_back({Kind::kRead, slot, slot, slot, {}});
    }
    Values values = testing::valuesOf(copy);
    const std::scoped_lock lock(mutex_);
    log_[noted].values = std::move(values);
  }

  /// Steps in a row.
  int burst(std::mt19937_64& random, int steps) {
    const std::scoped_lock lock(mutex_);
    for (int i = 0; i < steps; ++i) {
      const size_t to = random() % kSlots;
      // Of the same device, for what computes.
      const size_t from = sameDevice(to, random());
      const size_t other = sameDevice(to, random());
      switch (random() % 6) {
        case 0:
          slots_[to] = compute(slots_[from], slots_[other]);
          log_.push_back({Kind::kCompute, to, from, other, {}});
          break;
        case 1:
          update(slots_[to], slots_[from]);
          log_.push_back({Kind::kUpdate, to, from, from, {}});
          break;
        case 2:
          gather(to, to, Request::kWrite);
          log_.push_back({Kind::kReverse, to, to, to, {}});
          break;
        case 3:
          gather(to, from, Request::kAdd);
          log_.push_back({Kind::kGather, to, from, from, {}});
          break;
        default: {
          const size_t any = random() % kSlots;
          if (any == to) break;
          slots_[any].copyTo(slots_[to]);
          log_.push_back({Kind::kMove, to, any, any, {}});
        }
      }
    }
    return steps;
  }

  size_t sameDevice(size_t slot, uint64_t choice) const {
    const size_t count = devices_.size();
    const size_t first = slot % count;
    const size_t there = (kSlots - first + count - 1) / count;
    return first + choice % there * count;
  }

  static NDArray compute(const NDArray& from, const NDArray& other) {
    const NDArray tripled = invoke("_mul_scalar", {{"scalar", "3"}}, {from}).at(0);
    const NDArray sum = invoke("elemwise_add", {}, {tripled, other}).at(0);
    return invoke("_mod_scalar", {{"scalar", "1021"}}, {sum}).at(0);
  }

  static void update(const NDArray& to, const NDArray& from) {
    NDArray result = to;
    const NDArray* const inputs[] = {&to, &from};
    invoke(findOp("elemwise_add").parse({}), inputs, {&result, 1});
    invoke(findOp("_mod_scalar").parse({{"scalar", "1021"}}), {inputs, 1}, {&result, 1});
  }

  /// The slot, from `from` turned round.
  void gather(size_t to, size_t from, Request request) {
    static const OpAttrsPtr take = findOp("take").parse({});
    static const OpAttrsPtr reduce = findOp("_mod_scalar").parse({{"scalar", "1021"}});
    NDArray result = slots_[to];
    const NDArray* const inputs[] = {&slots_[from], &orders_[to % devices_.size()]};
    issue(take, inputs, {&result, 1}, {&request, 1}, {}, result.device(), false);
    const NDArray* const sum = &slots_[to];
    invoke(reduce, {&sum, 1}, {&result, 1});
  }

  const size_t size_;
  const int steps_;
  const uint64_t seed_;
  std::vector<Device> devices_;
  std::mutex mutex_;
  std::vector<NDArray> slots_;
  std::vector<NDArray> orders_;  ///< of each device: the indices from the last to the first
  std::vector<Step> log_;
};

/// Lets the emulated device's queues stand still again and again, so that work piles up on them.
class Stutter {
 public:
  Stutter() {
    if (hold_ != nullptr) thread_ = std::thread([this] { work(); });
  }
  ~Stutter() {
    ending_ = true;
    if (thread_.joinable()) thread_.join();
  }
  Stutter(const Stutter&) = delete;
  Stutter& operator=(const Stutter&) = delete;

 private:
  void work() {
    for (int held = 1; !ending_; held = 1 - held) {
      hold_(held);
      for (int i = 0; i < 200 && !ending_; ++i) std::this_thread::yield();
    }
    hold_(0);
  }

  decltype(emulateHold)* const hold_ = testing::control<decltype(emulateHold)>("emulateHold");
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

uint64_t testSeed() {
  const char* const given = std::getenv("TENON_TEST_SEED");
  const uint64_t seed =
      given != nullptr
          ? std::strtoull(given, nullptr, 10)
          : static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  std::printf("repeat with TENON_TEST_SEED=%llu\n", static_cast<unsigned long long>(seed));
  return seed;
}

void runProgram(size_t size, int steps) {
  Program program(size, steps, testSeed());
  {
    const Stutter stutter;
    program.run();
  }
  program.check();
  Engine::get().waitAll();
}

TEST(CudaDevice, runsRandomProgramsOfSmallArrays) { runProgram(7, 4000); }

TEST(CudaDevice, runsRandomProgramsOfArraysOfSeveralBlocks) { runProgram(20011, 800); }

}  // namespace
}  // namespace tenon
