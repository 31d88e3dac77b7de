// Freeing memory that a device may still be working on.
//
// A block whose pending work is all on its device's compute queue goes back to the pool at once, as
// what is issued there later comes after; its fences stay in a table by address, for the block's
// next owner to take over (another queue or the host must wait for them). Any other block is held
// back until its fences are reached.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/fence_waiter.h"
#include "engine/variable.h"
#include "engine/variable_record.h"
#include "memory/pool.h"

namespace tenon {
namespace {

/// Fences of blocks that went back to their pools. Leaked: arrays may be freed while the process
/// exits.
struct FreedBlocks {
  std::mutex mutex;
  std::unordered_map<const void*, std::vector<FenceMark>> marks;
  std::atomic<size_t> count{0};
  size_t sweep_at = 256;
};

bool isPending(const FenceMark& mark) { return mark.pending(); }

FreedBlocks& freed() {
  static FreedBlocks* const blocks = new FreedBlocks;
  return *blocks;
}

void remember(const void* data, std::vector<FenceMark> marks) {
  FreedBlocks& blocks = freed();
  std::scoped_lock lock(blocks.mutex);
  blocks.marks[data] = std::move(marks);
  if (blocks.marks.size() >= blocks.sweep_at) {
    std::erase_if(blocks.marks, [](const auto& entry) {
      return std::none_of(entry.second.begin(), entry.second.end(), isPending);
    });
    blocks.sweep_at = std::max<size_t>(256, 2 * blocks.marks.size());
  }
  blocks.count.store(blocks.marks.size(), std::memory_order_release);
}

Queue* computeQueueOf(Device device) noexcept {
  if (device.type == DeviceType::kCpu || deviceCount(device.type) <= device.id) return nullptr;
  try {
    return runtimeOf(device.type).queue(device.id, QueueKind::kCompute);
  } catch (const std::exception&) {
    return nullptr;  // made at the first use, and the device has failed
  }
}

std::vector<FenceMark> pendingMarks(Variable& variable) {
  std::vector<FenceMark> marks;
  const uint64_t state = VariableAccess::lock(variable);
  if (const VariableRecord* record = VariableAccess::record(variable)) {
    if (record->written.pending()) marks.push_back(record->written);
    for (const FenceMark& mark : record->read) {
      if (mark.pending()) marks.push_back(mark);
    }
  }
  VariableAccess::unlock(variable, state);
  return marks;
}

/// Waits for the fences one after the other, then frees.
void releaseLater(std::vector<FenceMark> marks, Block block, MemoryPool& pool) {
  if (marks.empty()) {
    pool.release(block);
    return;
  }
  const FenceMark next = marks.back();
  marks.pop_back();
  FenceWaiter::get().add(
      next, [rest = std::move(marks), block, &pool](const std::exception_ptr&) mutable {
        releaseLater(std::move(rest), block, pool);
      });
}

/// Gives a block back on which so much is under way.
void releaseMarked(std::vector<FenceMark> marks, Block block, MemoryPool& pool) {
  if (marks.empty()) {
    pool.release(block);
    return;
  }
  Queue* const compute = computeQueueOf(pool.device());
  const bool ordered = compute != nullptr &&
                       std::all_of(marks.begin(), marks.end(),
                                   [&](const FenceMark& mark) { return mark.queue == compute; });
  if (ordered) {
    remember(block.data, std::move(marks));
    pool.release(block);
  } else {
    releaseLater(std::move(marks), block, pool);
  }
}

}  // namespace

void releaseAfterUse(Variable& variable, Block block, MemoryPool& pool, void (*ended)(void* owner),
                     void* owner) noexcept {
  std::vector<FenceMark> marks;
  if (VariableAccess::state(variable).load(std::memory_order_acquire) != 0)
    marks = pendingMarks(variable);
  if (ended != nullptr) ended(owner);
  releaseMarked(std::move(marks), block, pool);
}

void releaseIssued(Queue* queue, Block block, MemoryPool& pool) noexcept {
  std::vector<FenceMark> marks;
  if (queue != nullptr) {
    try {
      marks.push_back({queue, queue->record()});
    } catch (const std::exception&) {
      // The device has failed: nothing runs on it any more.
    }
  }
  releaseMarked(std::move(marks), block, pool);
}

void adoptBlock(Variable& variable, const Block& block) {
  FreedBlocks& blocks = freed();
  if (blocks.count.load(std::memory_order_acquire) == 0) return;
  std::vector<FenceMark> marks;
  {
    std::scoped_lock lock(blocks.mutex);
    const auto found = blocks.marks.find(block.data);
    if (found == blocks.marks.end()) return;
    marks = std::move(found->second);
    blocks.marks.erase(found);
    blocks.count.store(blocks.marks.size(), std::memory_order_release);
  }
  std::erase_if(marks, [](const FenceMark& mark) { return !mark.pending(); });
  if (marks.empty()) return;
  // All of one queue: the last read of the block's former life, say, so that the first write waits
  // for it.
  uint64_t state = VariableAccess::lock(variable);
  VariableAccess::makeRecord(variable, state).read = std::move(marks);
  VariableAccess::unlock(variable, state);
}

}  // namespace tenon
