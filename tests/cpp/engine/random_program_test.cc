// Random programs: thousands of tasks over shared data give what a plain loop gives, on every
// engine, on the CPU alone and mixed with a fake device whose queues run late and whose memory is
// reused as soon as the engine allows.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <vector>

#include "base/error.h"
#include "engine/engine.h"
#include "engine/inline_task.h"
#include "memory/pool.h"
#include "support/fake_device.h"

namespace tenon {
namespace {

/// A number with its variable, somewhere in memory; freed as arrays are.
class Cell final : public RefCounted {
 public:
  explicit Cell(Device device) : pool_(poolOf(device)), block_(pool_.allocate(sizeof(uint64_t))) {
    adoptBlock(variable_, block_);
  }
  ~Cell() override { releaseAfterUse(variable_, block_, pool_); }
  Variable& variable() noexcept { return variable_; }
  uint64_t* data() const noexcept { return static_cast<uint64_t*>(block_.data); }

 private:
  MemoryPool& pool_;
  Block block_;
  Variable variable_;
};

uint64_t mix(uint64_t sum, uint64_t value) {
  sum = (sum ^ value) * 0x9E3779B97F4A7C15ULL;
  return sum ^ (sum >> 29);
}

struct Step {
  std::vector<size_t> reads;
  std::vector<size_t> writes;
  TaskOptions options;
  uint64_t id = 0;
  bool fails = false;
  bool token = false;
  bool shortest_road = false;
  std::optional<size_t> renew;  ///< this cell is replaced by a new one before, its old memory freed
};

struct Expected {
  uint64_t value = 0;
  bool failed = false;  ///< of several errors it may carry any
};

/// Threads that complete tokens later.
class Completer {
 public:
  Completer() : thread_([this] { work(); }) {}
  ~Completer() {
    {
      std::scoped_lock lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }
  void add(std::function<void()> action) {
    {
      std::scoped_lock lock(mutex_);
      actions_.push_back(std::move(action));
    }
    changed_.notify_all();
  }

 private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return ending_ || !actions_.empty(); });
      if (actions_.empty()) return;
      const std::function<void()> action = std::move(actions_.front());
      actions_.pop_front();
      lock.unlock();
      action();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> actions_;
  bool ending_ = false;
  std::thread thread_;
};

struct Mode {
  const char* name;
  int workers;  ///< 0: the serial engine
  bool device;
  bool run_inline;
};

class RandomProgram : public ::testing::TestWithParam<Mode> {
 protected:
  static constexpr size_t kCells = 24;
  static constexpr int kSteps = 3000;

  Device cellDevice(size_t index) const {
    return GetParam().device && index % 2 == 1 ? Device::gpu(static_cast<int>(index / 2 % 2))
                                               : Device::cpu();
  }

  std::vector<Step> makeSteps(std::mt19937_64& random) const {
    std::vector<Step> steps;
    for (int i = 0; i < kSteps; ++i) {
      Step step;
      step.id = static_cast<uint64_t>(i) + 1;
      // Less than one read on average, or errors would spread over everything for good.
      static constexpr uint64_t kReads[] = {0, 0, 0, 0, 1, 1, 1, 2, 3};
      for (uint64_t n = kReads[random() % std::size(kReads)]; n > 0; --n) {
        step.reads.push_back(random() % kCells);
      }
      for (uint64_t n = 1 + random() % 2; n > 0; --n) {
        const size_t cell = random() % kCells;
        if (std::find(step.writes.begin(), step.writes.end(), cell) == step.writes.end())
          step.writes.push_back(cell);
      }
      step.options.priority = random() % 4 == 0 ? static_cast<int32_t>(random() % 7) - 3 : 0;
      step.options.may_run_inline = random() % 2 == 0;
      step.options.lane = static_cast<Lane>(random() % 5);
      if (GetParam().device && random() % 2 == 0) {
        step.options.device = Device::gpu(static_cast<int>(random() % 2));
      }
      const bool on_queue = step.options.device.type == DeviceType::kGpu &&
                            step.options.lane != Lane::kIo && step.options.lane != Lane::kCallback;
      const bool overlaps = std::any_of(step.reads.begin(), step.reads.end(), [&](size_t read) {
        return std::find(step.writes.begin(), step.writes.end(), read) != step.writes.end();
      });
      step.options.reads_on_host = on_queue && !overlaps && random() % 4 == 0;
      step.fails = random() % 50 == 0;
      step.token = !on_queue && random() % 20 == 0;
      step.shortest_road = !on_queue && !step.token && random() % 4 == 0;
      if (random() % 6 == 0) {
        // Only a cell that is written and not read may get new memory.
        const size_t cell = step.writes.front();
        if (std::find(step.reads.begin(), step.reads.end(), cell) == step.reads.end())
          step.renew = cell;
      }
      steps.push_back(std::move(step));
    }
    return steps;
  }

  static std::vector<Expected> runPlainly(const std::vector<Step>& steps) {
    std::vector<Expected> cells(kCells);
    for (const Step& step : steps) {
      bool failed = step.fails;
      uint64_t sum = step.id;
      for (const size_t read : step.reads) {
        failed |= cells[read].failed;
        sum = mix(sum, cells[read].value);
      }
      for (const size_t write : step.writes) {
        if (!failed) cells[write].value = mix(sum, write);
        cells[write].failed = failed;
      }
    }
    return cells;
  }

  void push(Engine& engine, std::vector<Ref<Cell>>& cells, const Step& step) {
    if (step.renew) {
      cells[*step.renew] = makeRef<Cell>(cellDevice(*step.renew));
    }
    struct Call {
      std::vector<Ref<Cell>> reads, writes;
      Step step;
    };
    auto call = std::make_shared<Call>();
    call->step = step;
    std::vector<Variable*> reads;
    std::vector<Variable*> writes;
    for (const size_t read : step.reads) {
      call->reads.push_back(cells[read]);
      reads.push_back(&cells[read]->variable());
    }
    for (const size_t write : step.writes) {
      call->writes.push_back(cells[write]);
      writes.push_back(&cells[write]->variable());
    }
    // As on a real device: the work knows addresses and keeps nothing alive.
    const auto kernel = [](const Call& of) {
      std::vector<const uint64_t*> from;
      std::vector<uint64_t*> to;
      for (const Ref<Cell>& cell : of.reads) from.push_back(cell->data());
      for (const Ref<Cell>& cell : of.writes) to.push_back(cell->data());
      return [from, to, id = of.step.id, indices = of.step.writes] {
        uint64_t sum = id;
        for (const uint64_t* value : from) sum = mix(sum, *value);
        for (size_t i = 0; i < to.size(); ++i) *to[i] = mix(sum, indices[i]);
      };
    };
    if (step.shortest_road) {
      const auto run = [&] {
        if (step.fails) fail(ErrorKind::kInternal, step.id);
        kernel (*call)();
      };
      if (tryInline(engine, reads, writes, step.options, run)) return;
    }
    engine.push(
        [this, call, kernel](TaskContext& context) {
          if (call->step.fails) fail(ErrorKind::kInternal, call->step.id);
          if (call->step.options.reads_on_host) {
            // What it reads is complete now; what it writes may still be in use on a queue.
            uint64_t sum = call->step.id;
            for (const Ref<Cell>& cell : call->reads) sum = mix(sum, *cell->data());
            std::vector<uint64_t*> to;
            for (const Ref<Cell>& cell : call->writes) to.push_back(cell->data());
            static_cast<testing::FakeQueue*>(context.queue())
                ->issue([to, sum, indices = call->step.writes] {
                  for (size_t i = 0; i < to.size(); ++i) *to[i] = mix(sum, indices[i]);
                });
          } else if (context.queue() != nullptr) {
            static_cast<testing::FakeQueue*>(context.queue())->issue(kernel(*call));
          } else if (call->step.token) {
            completer_.add([token = context.token(), work = kernel(*call)] {
              work();
              token.complete();
            });
          } else {
            kernel (*call)();
          }
        },
        reads, writes, step.options);
  }

  void check(Engine& engine, std::vector<Ref<Cell>>& cells, const std::vector<Expected>& expected) {
    for (size_t i = 0; i < kCells; ++i) {
      std::optional<std::string> failed;
      try {
        engine.waitToRead(cells[i]->variable());
      } catch (const Error& error) {
        failed = error.message();
      }
      EXPECT_EQ(failed.has_value(), expected[i].failed)
          << "cell " << i << " " << failed.value_or("");
      if (!expected[i].failed) {
        EXPECT_EQ(*cells[i]->data(), expected[i].value) << "cell " << i;
      }
    }
  }

  Completer completer_;
};

INSTANTIATE_TEST_SUITE_P(
    Modes, RandomProgram,
    ::testing::Values(Mode{"Serial", 0, false, false}, Mode{"OneWorker", 1, false, false},
                      Mode{"OneWorkerInline", 1, false, true}, Mode{"Workers", 3, false, false},
                      Mode{"WorkersInline", 3, false, true}, Mode{"SerialDevice", 0, true, false},
                      Mode{"Device", 2, true, false}, Mode{"DeviceInline", 2, true, true}),
    [](const auto& mode) { return std::string(mode.param.name); });

TEST_P(RandomProgram, equalsAPlainLoop) {
  const char* const given = std::getenv("TENON_TEST_SEED");
  const uint64_t seed =
      given != nullptr
          ? std::strtoull(given, nullptr, 10)
          : static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  SCOPED_TRACE("repeat with TENON_TEST_SEED=" + std::to_string(seed));
  std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
  std::mt19937_64 random(seed);
  std::optional<testing::FakeDevice> fake;
  if (GetParam().device) fake.emplace(2, int64_t{1} << 30, seed);
  {
    const auto engine =
        GetParam().workers == 0 ? makeSerialEngine() : makeThreadedEngine(GetParam().workers);
    engine->setInlineExecution(GetParam().run_inline);
    std::vector<Ref<Cell>> cells;
    std::vector<Step> steps;
    for (size_t i = 0; i < kCells; ++i) {
      cells.push_back(makeRef<Cell>(cellDevice(i)));
      Step first;
      first.id = 1000000 + i;
      first.writes = {i};
      steps.push_back(first);
    }
    const std::vector<Step> more = makeSteps(random);
    steps.insert(steps.end(), more.begin(), more.end());
    for (size_t i = 0; i < steps.size(); ++i) {
      push(*engine, cells, steps[i]);
      if (random() % 500 == 0) {
        // Waits in the middle, and errors that they throw, disturb nothing.
        try {
          engine->waitToWrite(cells[random() % kCells]->variable());
        } catch (const Error&) {
        }
      }
    }
    check(*engine, cells, runPlainly(steps));
    try {
      engine->waitAll();
    } catch (const Error&) {
      // Of a step whose result was overwritten.
    }
    engine->stop();
    cells.clear();
  }
}

}  // namespace
}  // namespace tenon
