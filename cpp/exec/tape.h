// What recording leaves behind: each array that takes part points at a node of a graph, and each
// node keeps the values that its gradient may ask for.
//
// An array holds its node (through its extension), a node holds its inputs' nodes and plain arrays
// without extension: there are no cycles, and a graph goes when the last array that came out of it
// goes, without recursion.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/node.h"
#include "tensor/ndarray.h"

namespace tenon {

/// An operator that was invoked (attrs set), or an array that came from outside (a variable).
struct TapeNode final : Node {
  std::vector<NDArray> outputs;           ///< values, hidden ones included; a variable's own
  std::vector<uint64_t> output_versions;  ///< of their storages, after the call
  std::vector<uint64_t> input_versions;   ///< of the inputs' storages, after the call
  NDArray gradient;                       ///< of a marked variable
  Request request = Request::kNull;       ///< what to do with it
  bool freed = false;                     ///< a backward without retain_graph has been here
  bool claimed = false;                   ///< a backward is here (autograd.cc has the lock)
};

class TapeExtension final : public ArrayExtension {
 public:
  TapeExtension(std::shared_ptr<TapeNode> node, int index)
      : node_(std::move(node)), index_(index) {}
  const std::shared_ptr<TapeNode>& node() const noexcept { return node_; }
  int index() const noexcept { return index_; }

 private:
  std::shared_ptr<TapeNode> node_;
  int index_;
};

/// The array's place on the tape; null if it has none.
inline const TapeExtension* tapeOf(const NDArray& array) noexcept {
  return static_cast<const TapeExtension*>(array.extension().get());
}
/// Whether any of them is on the tape, so that a call on them is to be recorded.
inline bool reachesTape(std::span<const NDArray* const> inputs) noexcept {
  for (const NDArray* input : inputs) {
    if (input != nullptr && input->extension()) return true;
  }
  return false;
}

/// The same array, off the tape.
NDArray detached(const NDArray& array);
/// A variable for an array that is on no tape.
std::shared_ptr<TapeNode> makeLeaf(const NDArray& array, std::string name);
/// Adds the call that computed `outputs` (all of them, hidden ones too) and puts them on the tape.
void recordCall(const OpAttrsPtr& attrs, std::span<const NDArray* const> inputs,
                std::span<NDArray> outputs, std::span<const double> dynamic);

}  // namespace tenon
