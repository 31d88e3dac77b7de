#include "ops/registry/mover.h"

#include <algorithm>
#include <cstdlib>

#include "base/error.h"

namespace tenon {

void CopyNest::add(int64_t extent, int64_t from_stride, int64_t to_stride) {
  TENON_CHECK(loops_ < kMaxLoops, kInternal, "a copy of more than ", kMaxLoops, " loops");
  loop_[loops_++] = {extent, from_stride, to_stride};
}

bool CopyNest::empty() const {
  return std::any_of(loop_, loop_ + loops_, [](const MoveLoop& loop) { return loop.extent == 0; });
}

CopyNest CopyNest::simplified() const {
  CopyNest nest;
  nest.from_offset_ = from_offset_;
  nest.to_offset_ = to_offset_;
  CopyNest sorted = *this;
  std::stable_sort(sorted.loop_, sorted.loop_ + loops_, [](const MoveLoop& a, const MoveLoop& b) {
    return std::abs(a.to) > std::abs(b.to);
  });
  for (int i = 0; i < loops_; ++i) {
    const MoveLoop& next = sorted.loop_[i];
    if (next.extent == 1) continue;
    MoveLoop* last = nest.loops_ > 0 ? &nest.loop_[nest.loops_ - 1] : nullptr;
    if (last && last->from == next.from * next.extent && last->to == next.to * next.extent) {
      *last = {last->extent * next.extent, next.from, next.to};
    } else {
      nest.loop_[nest.loops_++] = next;
    }
  }
  if (nest.loops_ == 0) nest.loop_[nest.loops_++] = {1, 1, 1};
  return nest;
}

}  // namespace tenon
