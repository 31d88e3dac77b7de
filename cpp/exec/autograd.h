// The tape: while a thread records, invoked operators become graph nodes; backward differentiates
// them with the graph's gradient pass and runs the result.
#pragma once

#include <span>
#include <vector>

#include "ops/registry/kernel.h"
#include "tensor/ndarray.h"

namespace tenon {

/// Per-thread switches; each returns the old value.
bool setRecording(bool on) noexcept;
bool setTraining(bool on) noexcept;
bool isRecording() noexcept;
bool isTraining() noexcept;

/// Makes `array` a leaf whose gradient goes to `gradient` (same shape and dtype), written or added.
void markVariable(NDArray& array, const NDArray& gradient, Request request);
/// The gradient of a marked array; undefined otherwise.
NDArray gradientOf(const NDArray& array);
/// Differentiates the sum of `heads` (weighted by `head_gradients`; empty or undefined: ones).
/// Throws kInvalidState if a head was not computed while recording, or its graph was freed by an
/// earlier backward without `retain_graph`.
void backward(std::span<const NDArray> heads, std::span<const NDArray> head_gradients,
              bool retain_graph, bool train_mode);

}  // namespace tenon
