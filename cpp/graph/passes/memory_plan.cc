// The memory plan, in three steps: every entry's life, from the node that writes it to its last
// reader; entries that take over the memory of an input that dies at their node; offsets for what
// is left, so that lives that overlap in time never overlap in memory.
//
// Offsets are found in two ways, of which the smaller arena is taken: by running the graph against
// a best-fit heap, which is fast and good for chains, and by placing the largest buffers first,
// which is better for branches and takes time quadratic in the number of buffers, so that it is
// left out for huge graphs.
#include <algorithm>
#include <map>
#include <numeric>
#include <set>

#include "base/error.h"
#include "graph/passes/passes.h"

namespace tenon {

namespace {

constexpr int64_t kAlignment = 64;
constexpr size_t kMostForLargestFirst = 4096;

/// Memory shared by a chain of entries in place, alive at the nodes [from, to].
struct Buffer {
  int64_t bytes = 0;
  int from = 0;
  int to = 0;
  int taken_at = -1;  // the last node of which an output took it over
};

struct Placement {
  std::vector<int64_t> offsets;
  int64_t arena_bytes = 0;
};

class BestFitHeap {
 public:
  int64_t allocate(int64_t bytes) {
    const auto fit = by_size_.lower_bound({bytes, 0});
    if (fit == by_size_.end()) return grow(bytes);
    const auto [size, offset] = *fit;
    take(offset, size);
    if (size > bytes) add(offset + bytes, size - bytes);
    return offset;
  }
  void release(int64_t offset, int64_t bytes) {
    auto next = by_offset_.lower_bound(offset);
    if (next != by_offset_.end() && next->first == offset + bytes) {
      bytes += next->second;
      take(next->first, next->second);
      next = by_offset_.lower_bound(offset);
    }
    if (next != by_offset_.begin()) {
      const auto [before, size] = *std::prev(next);
      if (before + size == offset) {
        take(before, size);
        offset = before;
        bytes += size;
      }
    }
    add(offset, bytes);
  }
  int64_t end() const { return end_; }

 private:
  int64_t grow(int64_t bytes) {
    int64_t offset = end_;
    if (!by_offset_.empty()) {
      const auto [last, size] = *by_offset_.rbegin();
      if (last + size == end_) {
        take(last, size);
        offset = last;
      }
    }
    end_ = offset + bytes;
    return offset;
  }
  void add(int64_t offset, int64_t size) {
    by_offset_.emplace(offset, size);
    by_size_.emplace(size, offset);
  }
  void take(int64_t offset, int64_t size) {
    by_offset_.erase(offset);
    by_size_.erase({size, offset});
  }

  std::map<int64_t, int64_t> by_offset_;
  std::set<std::pair<int64_t, int64_t>> by_size_;  // (size, offset)
  int64_t end_ = 0;
};

Placement placeInOrder(const std::vector<Buffer>& buffers) {
  std::vector<size_t> by_end(buffers.size());
  std::iota(by_end.begin(), by_end.end(), size_t{0});
  std::stable_sort(by_end.begin(), by_end.end(),
                   [&](size_t a, size_t b) { return buffers[a].to < buffers[b].to; });
  Placement placement;
  BestFitHeap heap;
  size_t dead = 0;
  for (const Buffer& buffer : buffers) {  // in the order of their first nodes
    for (; dead < by_end.size() && buffers[by_end[dead]].to < buffer.from; ++dead) {
      heap.release(placement.offsets[by_end[dead]], buffers[by_end[dead]].bytes);
    }
    placement.offsets.push_back(heap.allocate(buffer.bytes));
  }
  placement.arena_bytes = heap.end();
  return placement;
}

Placement placeLargestFirst(const std::vector<Buffer>& buffers) {
  std::vector<size_t> by_size(buffers.size());
  std::iota(by_size.begin(), by_size.end(), size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](size_t a, size_t b) { return buffers[a].bytes > buffers[b].bytes; });
  Placement placement;
  placement.offsets.resize(buffers.size());
  std::vector<size_t> placed;  // by offset
  for (const size_t id : by_size) {
    const Buffer& buffer = buffers[id];
    int64_t end = 0, best = -1, smallest = INT64_MAX;
    for (const size_t other : placed) {
      if (buffers[other].to < buffer.from || buffers[other].from > buffer.to) continue;
      const int64_t gap = placement.offsets[other] - end;
      if (gap >= buffer.bytes && gap < smallest) {
        smallest = gap;
        best = end;
      }
      end = std::max(end, placement.offsets[other] + buffers[other].bytes);
    }
    const int64_t offset = best >= 0 ? best : end;
    placement.offsets[id] = offset;
    placement.arena_bytes = std::max(placement.arena_bytes, offset + buffer.bytes);
    const auto place = std::upper_bound(
        placed.begin(), placed.end(), offset,
        [&](int64_t value, size_t other) { return value < placement.offsets[other]; });
    placed.insert(place, id);
  }
  return placement;
}

/// No plan can do with less than what is alive at once.
int64_t mostAlive(const std::vector<Buffer>& buffers) {
  std::map<int, int64_t> changes;
  for (const Buffer& buffer : buffers) {
    changes[buffer.from] += buffer.bytes;
    changes[buffer.to + 1] -= buffer.bytes;
  }
  int64_t alive = 0, most = 0;
  for (const auto& [node, change] : changes) most = std::max(most, alive += change);
  return most;
}

class Planner {
 public:
  Planner(const IndexedGraph& graph, const MemoryRequest& request)
      : graph_(graph), request_(request) {
    const auto entries = static_cast<size_t>(graph.num_entries);
    TENON_CHECK(request.entry_bytes.size() == entries, kInternal, "memory plan over ", entries,
                " entries was given ", request.entry_bytes.size(), " sizes");
    plan_.slots.resize(entries);
    buffer_of_.resize(entries, -1);
    last_reader_.resize(entries, -1);
  }

  MemoryPlan run() {
    findLastReaders();
    for (int node = 0; node < static_cast<int>(graph_.nodes.size()); ++node) {
      if (!graph_.nodes[static_cast<size_t>(node)]->isVariable()) planOutputs(node);
    }
    Placement placement = placeInOrder(buffers_);
    if (buffers_.size() <= kMostForLargestFirst && placement.arena_bytes > mostAlive(buffers_)) {
      Placement other = placeLargestFirst(buffers_);
      if (other.arena_bytes < placement.arena_bytes) placement = std::move(other);
    }
    for (size_t entry = 0; entry < buffer_of_.size(); ++entry) {
      if (buffer_of_[entry] >= 0)
        plan_.slots[entry].offset = placement.offsets[static_cast<size_t>(buffer_of_[entry])];
    }
    plan_.arena_bytes = placement.arena_bytes;
    return std::move(plan_);
  }

 private:
  static bool at(const std::vector<bool>& flags, int index) {
    return static_cast<size_t>(index) < flags.size() && flags[static_cast<size_t>(index)];
  }
  int& lastReader(int entry) { return last_reader_[static_cast<size_t>(entry)]; }
  int bufferOf(int entry) const { return buffer_of_[static_cast<size_t>(entry)]; }
  Buffer& buffer(int id) { return buffers_[static_cast<size_t>(id)]; }

  void findLastReaders() {
    const int end = static_cast<int>(graph_.nodes.size());
    for (int node = 0; node < end; ++node) {
      for (const IndexedGraph::Operand& input : graph_.inputs[static_cast<size_t>(node)]) {
        lastReader(graph_.entryOf(input)) = node;
      }
    }
    for (const IndexedGraph::Operand& output : graph_.outputs)
      lastReader(graph_.entryOf(output)) = end;
    for (int entry = 0; entry < graph_.num_entries; ++entry) {
      if (at(request_.keep, entry)) lastReader(entry) = end;
    }
  }

  void planOutputs(int node) {
    const Node& n = *graph_.nodes[static_cast<size_t>(node)];
    const int first = graph_.first_entry[static_cast<size_t>(node)];
    for (int i = 0; i < n.numOutputs(); ++i) {
      const int entry = first + i;
      if (at(request_.external, entry)) continue;
      MemoryPlan::Slot& slot = plan_.slots[static_cast<size_t>(entry)];
      slot.bytes = request_.entry_bytes[static_cast<size_t>(entry)];
      slot.offset = 0;
      TENON_CHECK(slot.bytes >= 0 && slot.bytes < INT64_MAX / 4 - plan_.unshared_bytes,
                  kOutOfMemory, n.describe(), ": output ", i, " of ", slot.bytes,
                  " bytes is more than memory can hold");
      if (slot.bytes == 0) continue;
      const int64_t aligned = (slot.bytes + kAlignment - 1) / kAlignment * kAlignment;
      plan_.unshared_bytes += aligned;
      const int alive_to = std::max(lastReader(entry), node);
      slot.shares_with = takenOver(node, i);
      if (slot.shares_with >= 0) {
        buffer_of_[static_cast<size_t>(entry)] = bufferOf(slot.shares_with);
        buffer(bufferOf(entry)).to = alive_to;
      } else {
        buffer_of_[static_cast<size_t>(entry)] = static_cast<int>(buffers_.size());
        buffers_.push_back({aligned, node, alive_to, -1});
      }
    }
  }

  /// The entry of the input whose memory output `output` of `node` may take over; -1 if there is
  /// none.
  int takenOver(int node, int output) {
    if (at(request_.no_inplace, node)) return -1;
    const auto& inputs = graph_.inputs[static_cast<size_t>(node)];
    const int64_t bytes = request_.entry_bytes[static_cast<size_t>(
        graph_.first_entry[static_cast<size_t>(node)] + output)];
    for (const auto& [from, to] : graph_.nodes[static_cast<size_t>(node)]->op().inplace) {
      if (to != output || from < 0 || static_cast<size_t>(from) >= inputs.size()) continue;
      const int entry = graph_.entryOf(inputs[static_cast<size_t>(from)]);
      const int id = bufferOf(entry);
      // A buffer that another output of this node took over already lives on.
      if (id < 0 || lastReader(entry) != node || buffer(id).to != node ||
          buffer(id).taken_at == node)
        continue;
      // Of different sizes, elements would not be written where they were read.
      if (bytes != request_.entry_bytes[static_cast<size_t>(entry)]) continue;
      // An input that is there twice would change under the kernel's hands.
      const auto same = [&](const IndexedGraph::Operand& o) {
        return bufferOf(graph_.entryOf(o)) == id;
      };
      if (std::count_if(inputs.begin(), inputs.end(), same) != 1) continue;
      buffer(id).taken_at = node;
      return entry;
    }
    return -1;
  }

  const IndexedGraph& graph_;
  const MemoryRequest& request_;
  MemoryPlan plan_;
  std::vector<Buffer> buffers_;   // ordered by `from`
  std::vector<int> buffer_of_;    // per entry, -1: none
  std::vector<int> last_reader_;  // per entry; the number of nodes: the end
};

}  // namespace

MemoryPlan planMemory(const IndexedGraph& graph, const MemoryRequest& request) {
  return Planner(graph, request).run();
}

}  // namespace tenon
