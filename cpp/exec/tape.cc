#include "exec/tape.h"

#include <utility>

namespace tenon {

NDArray detached(const NDArray& array) {
  NDArray plain = array;
  plain.setExtension(nullptr);
  return plain;
}

std::shared_ptr<TapeNode> makeLeaf(const NDArray& array, std::string name) {
  auto leaf = std::make_shared<TapeNode>();
  leaf->name = std::move(name);
  leaf->outputs.push_back(detached(array));
  leaf->output_versions.push_back(array.storage()->version());
  return leaf;
}

void recordCall(const OpAttrsPtr& attrs, std::span<const NDArray* const> inputs,
                std::span<NDArray> outputs, std::span<const double> dynamic) {
  auto node = std::make_shared<TapeNode>();
  node->attrs = attrs;
  node->name = attrs->op().name;
  node->dynamic.assign(dynamic.begin(), dynamic.end());
  for (const NDArray* input : inputs) {
    if (const TapeExtension* place = tapeOf(*input)) {
      node->inputs.push_back({place->node(), place->index(), 0});
    } else {
      node->inputs.push_back({makeLeaf(*input, "constant"), 0, 0});
    }
    node->input_versions.push_back(input->storage()->version());
  }
  for (size_t i = 0; i < outputs.size(); ++i) {
    NDArray& output = outputs[i];
    node->outputs.push_back(detached(output));
    node->output_versions.push_back(output.defined() ? output.storage()->version() : 0);
    if (output.defined())
      output.setExtension(Ref<ArrayExtension>(new TapeExtension(node, static_cast<int>(i))));
  }
}

}  // namespace tenon
