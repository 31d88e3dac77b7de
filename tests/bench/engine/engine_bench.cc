// Tasks per second through the engine, pushed to workers and run inline, and what memory costs.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <vector>

#include "engine/engine.h"
#include "engine/inline_task.h"
#include "memory/pool.h"

namespace tenon {
namespace {

/// Tasks of two reads and a write over a few variables, as small operators have them.
struct Program {
  static constexpr size_t kVariables = 64;
  std::array<Variable, kVariables> variables;

  Variable* at(size_t index) { return &variables[index % kVariables]; }
};

void runPushed(benchmark::State& state, Engine& engine) {
  Program program;
  engine.setInlineExecution(false);
  int64_t done = 0;
  for (auto _ : state) {
    for (size_t i = 0; i < 10000; ++i) {
      Variable* const reads[] = {program.at(i + 1), program.at(i + 2)};
      Variable* const writes[] = {program.at(i)};
      engine.push([&done](TaskContext&) { benchmark::DoNotOptimize(done); }, reads, writes, {});
    }
    engine.waitAll();
  }
  state.SetItemsProcessed(state.iterations() * 10000);
}

void pushedDependentTasks(benchmark::State& state) {
  const auto engine = makeThreadedEngine(static_cast<int>(state.range(0)));
  runPushed(state, *engine);
}
BENCHMARK(pushedDependentTasks)->Arg(1)->Arg(2)->UseRealTime();

void pushedIndependentTasks(benchmark::State& state) {
  const auto engine = makeThreadedEngine(static_cast<int>(state.range(0)));
  engine->setInlineExecution(false);
  std::vector<Variable> variables(10000);
  for (auto _ : state) {
    for (Variable& variable : variables) {
      Variable* const writes[] = {&variable};
      engine->push([](TaskContext&) {}, {}, writes, {});
    }
    engine->waitAll();
  }
  state.SetItemsProcessed(state.iterations() * 10000);
}
BENCHMARK(pushedIndependentTasks)->Arg(1)->Arg(2)->UseRealTime();

void pushedToTheSerialEngine(benchmark::State& state) {
  const auto engine = makeSerialEngine();
  runPushed(state, *engine);
}
BENCHMARK(pushedToTheSerialEngine)->UseRealTime();

/// One task to an idle worker and back: two wake-ups, or none while both sides spin.
void pushAndWait(benchmark::State& state) {
  const auto engine = makeThreadedEngine(1);
  engine->setInlineExecution(false);
  Variable variable;
  Variable* const writes[] = {&variable};
  for (auto _ : state) {
    engine->push([](TaskContext&) {}, {}, writes, {});
    engine->waitToRead(variable);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(pushAndWait)->UseRealTime();

void inlineTasks(benchmark::State& state) {
  const auto engine = makeThreadedEngine(1);
  Program program;
  const TaskOptions options;
  int64_t done = 0;
  size_t i = 0;
  for (auto _ : state) {
    Variable* const reads[] = {program.at(i + 1), program.at(i + 2)};
    Variable* const writes[] = {program.at(i)};
    benchmark::DoNotOptimize(tryInline(*engine, reads, writes, options, [&done] { ++done; }));
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(inlineTasks);

void inlineTasksByPush(benchmark::State& state) {
  const auto engine = makeThreadedEngine(1);
  Program program;
  TaskOptions options;
  options.may_run_inline = true;
  int64_t done = 0;
  size_t i = 0;
  for (auto _ : state) {
    Variable* const reads[] = {program.at(i + 1), program.at(i + 2)};
    Variable* const writes[] = {program.at(i)};
    engine->push([&done](TaskContext&) { ++done; }, reads, writes, options);
    ++i;
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(inlineTasksByPush);

void allocateAndRelease(benchmark::State& state) {
  MemoryPool& pool = poolOf(Device::cpu());
  const size_t bytes = static_cast<size_t>(state.range(0));
  for (auto _ : state) {
    const Block block = pool.allocate(bytes);
    benchmark::DoNotOptimize(block.data);
    pool.release(block);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(allocateAndRelease)->Arg(16)->Arg(4096)->Arg(1 << 20)->Arg(64 << 20);

/// Results of 64 MiB, written in full: what page faults would cost shows here.
void writeNewLargeResults(benchmark::State& state) {
  MemoryPool& pool = poolOf(Device::cpu());
  constexpr size_t kBytes = size_t{64} << 20;
  for (auto _ : state) {
    const Block block = pool.allocate(kBytes);
    std::fill_n(static_cast<float*>(block.data), kBytes / sizeof(float), 1.0f);
    benchmark::ClobberMemory();
    pool.release(block);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(kBytes));
}
BENCHMARK(writeNewLargeResults);

}  // namespace
}  // namespace tenon
