// See test_ops.cc.
#pragma once

#include <atomic>

#include "ops/registry/kernel.h"

namespace tenon {

/// How often a layout was changed.
extern std::atomic<int> packings;
/// How often `_test_double` and `_test_fails_backward` were prepared.
extern std::atomic<int> preparations;
/// The tests' layout, in the place of the library's while this lives.
class ReversedLayout {
 public:
  ReversedLayout();
  ~ReversedLayout();
  ReversedLayout(const ReversedLayout&) = delete;
  ReversedLayout& operator=(const ReversedLayout&) = delete;

 private:
  const ReorderFunction before_;
};

}  // namespace tenon
