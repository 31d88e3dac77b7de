#include "graph/support/check_lives.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace tenon {

void checkLives(const IndexedGraph& graph, const MemoryRequest& request, const MemoryPlan& plan) {
  std::vector<int> holder(static_cast<size_t>(plan.arena_bytes), -1);
  const auto expectHeld = [&](int entry, const std::string& when) {
    const MemoryPlan::Slot& slot = plan.slots[static_cast<size_t>(entry)];
    for (int64_t at = slot.offset; slot.offset >= 0 && at < slot.offset + slot.bytes; ++at) {
      ASSERT_EQ(holder[static_cast<size_t>(at)], entry) << when << ", byte " << at;
    }
  };
  for (size_t node = 0; node < graph.nodes.size(); ++node) {
    const Node& n = *graph.nodes[node];
    for (const IndexedGraph::Operand& input : graph.inputs[node])
      expectHeld(graph.entryOf(input), "read by " + n.name);
    if (n.isVariable()) continue;
    std::vector<int> taken;
    for (int i = 0; i < n.numOutputs(); ++i) {
      const int entry = graph.first_entry[node] + i;
      const MemoryPlan::Slot& slot = plan.slots[static_cast<size_t>(entry)];
      if (slot.offset < 0) continue;
      ASSERT_EQ(slot.offset % 64, 0);
      ASSERT_EQ(slot.bytes, request.entry_bytes[static_cast<size_t>(entry)]);
      ASSERT_LE(slot.offset + slot.bytes, plan.arena_bytes);
      // An output may lie on an input only where the operator allows that, and on one alone.
      for (size_t in = 0; in < graph.inputs[node].size(); ++in) {
        const int input = graph.entryOf(graph.inputs[node][in]);
        const MemoryPlan::Slot& other = plan.slots[static_cast<size_t>(input)];
        const bool overlaps = other.offset >= 0 && slot.bytes > 0 && other.bytes > 0 &&
                              slot.offset < other.offset + other.bytes &&
                              other.offset < slot.offset + slot.bytes;
        if (!overlaps) continue;
        ASSERT_EQ(slot.shares_with, input) << n.name;
        ASSERT_EQ(slot.offset, other.offset);
        const auto& pairs = n.op().inplace;
        ASSERT_NE(std::find(pairs.begin(), pairs.end(), std::pair(static_cast<int>(in), i)),
                  pairs.end())
            << n.name;
        ASSERT_EQ(std::count(taken.begin(), taken.end(), input), 0);
        taken.push_back(input);
      }
      std::fill_n(holder.begin() + slot.offset, slot.bytes, entry);
    }
    for (int i = 0; i < n.numOutputs(); ++i)
      expectHeld(graph.first_entry[node] + i, "after " + n.name);
  }
  for (const IndexedGraph::Operand& output : graph.outputs)
    expectHeld(graph.entryOf(output), "at the end");
  for (int entry = 0; entry < graph.num_entries; ++entry) {
    const auto e = static_cast<size_t>(entry);
    if (e < request.keep.size() && request.keep[e]) expectHeld(entry, "kept");
  }
}

}  // namespace tenon
