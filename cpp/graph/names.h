// Names of nodes: made from hints and per-thread counters, as MXNet's default name manager does,
// and looked up with a word about what was probably meant.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tenon {

/// The next free name of that hint on this thread: "convolution0", "convolution1", … The hint is
/// put in lower case.
std::string nextName(std::string_view hint);
/// What MXNet's Python front end gives nodes as a hint that are made by an operator's function: the
/// name under which the operator was called, without the prefix that stands for a namespace.
std::string_view hintOf(std::string_view called) noexcept;
/// Starts all of this thread's counters again at 0.
void resetNames() noexcept;

/// `; did you mean "fc1_weight" or "fc2_weight"?` for the nearest of `names`; empty where none is
/// near.
std::string didYouMean(std::string_view wanted, std::span<const std::string> names);

}  // namespace tenon
