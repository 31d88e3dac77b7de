// See test_ops.cc.
#pragma once

#include <atomic>

namespace tenon {

/// How often a layout was changed.
extern std::atomic<int> packings;
/// How often `_test_double` and `_test_fails_backward` were prepared.
extern std::atomic<int> preparations;
/// Makes the tests' layout known; takes the place of a library's.
void registerReversedLayout();

}  // namespace tenon
