// Keeps threads that issue calls from running away from the workers that compute them: tasks that
// wait hold memory, and a loop can issue them faster than they are done.
#pragma once

#include "tensor/ndarray.h"

namespace tenon {

/// Called after each call, with one of its outputs. Now and then, once this thread has issued many
/// calls or many bytes since the last time, waits until that output is there. Errors stay on their
/// variables.
void limitBacklog(const NDArray& output) noexcept;

}  // namespace tenon
