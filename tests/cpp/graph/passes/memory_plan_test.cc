#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <random>

#include "graph/passes/passes.h"
#include "graph/support/check_lives.h"
#include "graph/support/graphs.h"
#include "graph/symbol.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

MemoryRequest sized(const IndexedGraph& graph, int64_t bytes) {
  MemoryRequest request;
  request.entry_bytes.assign(static_cast<size_t>(graph.num_entries), bytes);
  return request;
}

int entryOf(const IndexedGraph& graph, const Symbol& symbol, int index = 0) {
  const NodeEntry& entry = symbol.outputs()[static_cast<size_t>(index)];
  return graph.first_entry[static_cast<size_t>(graph.ids.at(entry.node.get()))] + entry.index;
}

const MemoryPlan::Slot& slotOf(const MemoryPlan& plan, int entry) {
  return plan.slots[static_cast<size_t>(entry)];
}

TEST(MemoryPlan, aChainInPlaceNeedsOneBuffer) {
  Symbol value = Symbol::variable("x");
  for (int i = 0; i < 10; ++i) value = apply("_test_sin", "n" + std::to_string(i), {value});
  const IndexedGraph graph(value.outputs());
  const MemoryPlan plan = planMemory(graph, sized(graph, 100));
  EXPECT_EQ(plan.arena_bytes, 128);
  EXPECT_EQ(plan.unshared_bytes, 10 * 128);
  EXPECT_EQ(slotOf(plan, 0).offset, -1) << "a variable is external";
  EXPECT_EQ(slotOf(plan, 1).shares_with, -1);
  EXPECT_EQ(slotOf(plan, 2).shares_with, 1);
}

TEST(MemoryPlan, aChainNotInPlaceNeedsTwo) {
  Symbol value = Symbol::variable("x");
  for (int i = 0; i < 10; ++i) value = apply("_test_sin", "n" + std::to_string(i), {value});
  const IndexedGraph graph(value.outputs());
  MemoryRequest request = sized(graph, 64);
  request.no_inplace.assign(graph.nodes.size(), true);
  EXPECT_EQ(planMemory(graph, request).arena_bytes, 2 * 64);
}

TEST(MemoryPlan, anInputIsTakenOverOnlyByItsLastReader) {
  const Symbol base = apply("_test_sin", "base", {Symbol::variable("x")});
  const Symbol first = apply("_test_cos", "first", {base});
  const Symbol last = apply("_test_mul", "last", {first, base});
  const IndexedGraph graph(last.outputs());
  const MemoryPlan plan = planMemory(graph, sized(graph, 64));
  EXPECT_EQ(slotOf(plan, entryOf(graph, first)).shares_with, -1);
  EXPECT_EQ(slotOf(plan, entryOf(graph, last)).shares_with, entryOf(graph, first));
}

TEST(MemoryPlan, anInputThatIsThereTwiceIsNotTakenOver) {
  const Symbol base = apply("_test_sin", "base", {Symbol::variable("x")});
  const Symbol square = apply("_test_mul", "square", {base, base});
  const IndexedGraph graph(square.outputs());
  EXPECT_EQ(slotOf(planMemory(graph, sized(graph, 64)), entryOf(graph, square)).shares_with, -1);
}

TEST(MemoryPlan, anInputOfAnotherSizeIsNotTakenOver) {
  const Symbol base = apply("_test_sin", "base", {Symbol::variable("x")});
  const Symbol sine = apply("_test_sin", "sine", {base});
  const IndexedGraph graph(sine.outputs());
  for (const int64_t bytes : {32, 65}) {
    MemoryRequest request = sized(graph, 64);
    request.entry_bytes[static_cast<size_t>(entryOf(graph, sine))] = bytes;
    EXPECT_EQ(slotOf(planMemory(graph, request), entryOf(graph, sine)).shares_with, -1) << bytes;
  }
}

TEST(MemoryPlan, twoOutputsTakeOverTwoInputs) {
  const Symbol a = apply("_test_sin", "a", {Symbol::variable("x")});
  const Symbol b = apply("_test_cos", "b", {Symbol::variable("y")});
  const Symbol pair = apply("_test_pair", "pair", {a, b});
  const IndexedGraph graph(pair.outputs());
  const MemoryPlan plan = planMemory(graph, sized(graph, 64));
  EXPECT_EQ(slotOf(plan, entryOf(graph, pair, 0)).shares_with, entryOf(graph, a));
  EXPECT_EQ(slotOf(plan, entryOf(graph, pair, 1)).shares_with, entryOf(graph, b));
  EXPECT_EQ(plan.arena_bytes, 128);
}

TEST(MemoryPlan, variablesAndExternalEntriesAreNeverTakenOver) {
  const Symbol a = apply("_test_sin", "a", {Symbol::variable("x")});
  const Symbol b = apply("_test_sin", "b", {a});
  const IndexedGraph graph(b.outputs());
  MemoryRequest request = sized(graph, 64);
  request.external.assign(static_cast<size_t>(graph.num_entries), false);
  request.external[static_cast<size_t>(entryOf(graph, a))] = true;
  const MemoryPlan plan = planMemory(graph, request);
  EXPECT_EQ(slotOf(plan, entryOf(graph, a)).offset, -1);
  EXPECT_EQ(slotOf(plan, entryOf(graph, b)).shares_with, -1);
  EXPECT_EQ(plan.arena_bytes, 64);
}

TEST(MemoryPlan, whatIsKeptIsNeverTakenOver) {
  const Symbol a = apply("_test_sin", "a", {Symbol::variable("x")});
  const Symbol b = apply("_test_sin", "b", {a});
  const IndexedGraph graph(b.outputs());
  MemoryRequest request = sized(graph, 64);
  request.keep.assign(static_cast<size_t>(graph.num_entries), false);
  request.keep[static_cast<size_t>(entryOf(graph, a))] = true;
  EXPECT_EQ(planMemory(graph, request).arena_bytes, 128);
}

TEST(MemoryPlan, emptyEntriesNeedNothing) {
  const Symbol a = apply("_test_sin", "a", {Symbol::variable("x")});
  const IndexedGraph graph(a.outputs());
  const MemoryPlan plan = planMemory(graph, sized(graph, 0));
  EXPECT_EQ(plan.arena_bytes, 0);
  EXPECT_EQ(slotOf(plan, entryOf(graph, a)).offset, 0);
}

TEST(MemoryPlan, sizesBeyondMemoryAreRefused) {
  const Symbol a = apply("_test_sin", "a", {Symbol::variable("x")});
  const IndexedGraph graph(a.outputs());
  expectError(ErrorKind::kOutOfMemory, "node \"a\" (_test_sin): output 0",
              [&] { planMemory(graph, sized(graph, INT64_MAX - 1)); });
  expectError(ErrorKind::kInternal, "memory plan over 2 entries was given 0 sizes",
              [&] { planMemory(graph, MemoryRequest{}); });
}

TEST(MemoryPlan, livesNeverOverlapInRandomGraphs) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto below = [&random](size_t n) { return static_cast<size_t>(random() % n); };
    std::vector<Symbol> values = {Symbol::variable("x"), Symbol::variable("y")};
    const size_t count = 5 + below(60);
    for (size_t i = 0; i < count; ++i) {
      const std::string name = "n" + std::to_string(i);
      const size_t recent = std::min<size_t>(values.size(), 6);
      const Symbol& a = values[values.size() - 1 - below(recent)];
      const Symbol& b =
          values[below(4) == 0 ? below(values.size()) : values.size() - 1 - below(recent)];
      if (below(5) == 0) {
        const Symbol pair = apply("_test_pair", name, {a, b});
        values.push_back(pair.output(0));
        if (below(2) == 0) values.push_back(pair.output(1));
      } else {
        const char* const ops[] = {"_test_sin", "_test_block", "_test_mul", "_test_add"};
        const size_t op = below(4);
        values.push_back(op < 2 ? apply(ops[op], name, {a}) : apply(ops[op], name, {a, b}));
      }
    }
    const Symbol outputs = Symbol::group(std::vector{values.back(), values[below(values.size())]});
    std::vector<NodeEntry> entries = outputs.outputs();
    for (const NodeEntry& gradient : differentiate(entries, {}, {values[0].outputs()[0]})) {
      if (gradient.node != nullptr) entries.push_back(gradient);
    }
    const IndexedGraph graph(entries);
    MemoryRequest request;
    for (int entry = 0; entry < graph.num_entries; ++entry) {
      const int64_t sizes[] = {0, 64, 100, 100, 100, 1000, static_cast<int64_t>(1 + below(5000))};
      request.entry_bytes.push_back(sizes[below(std::size(sizes))]);
      request.external.push_back(below(8) == 0);
      request.keep.push_back(below(12) == 0);
    }
    for (size_t node = 0; node < graph.nodes.size(); ++node)
      request.no_inplace.push_back(below(6) == 0);
    const MemoryPlan plan = planMemory(graph, request);
    EXPECT_LE(plan.arena_bytes, plan.unshared_bytes);
    checkLives(graph, request, plan);
    if (HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace tenon
