// Common subexpression elimination. Inputs come before their users, so one walk that keys each node
// by its operator, attributes and already merged inputs finds all equal ones.
#include <cstring>
#include <string>
#include <unordered_map>

#include "graph/passes/passes.h"

namespace tenon {

namespace {

template <class T>
void appendBytes(const T& value, std::string* key) {
  key->append(reinterpret_cast<const char*>(&value), sizeof value);
}

void appendText(const std::string& text, std::string* key) {
  appendBytes(text.size(), key);
  *key += text;
}

bool isPure(const Node& node) {
  return !node.isVariable() && !node.op().random && node.op().mutated_inputs.empty() &&
         node.control_inputs.empty();
}

std::string keyOf(const Node& node, const std::vector<NodeEntry>& inputs) {
  std::string key;
  const Op* op = &node.op();
  appendBytes(op, &key);
  appendBytes(node.dict.size(), &key);
  for (const auto& [name, value] : node.dict) {
    appendText(name, &key);
    appendText(value, &key);
  }
  appendBytes(node.dynamic.size(), &key);
  for (const double value : node.dynamic) appendBytes(value, &key);
  for (const NodeEntry& input : inputs) {
    const Node* from = input.node.get();
    appendBytes(from, &key);
    appendBytes(input.index, &key);
    appendBytes(input.version, &key);  // a variable before and after an operator writes it
  }
  return key;
}

}  // namespace

std::vector<NodeEntry> mergeEqualNodes(const std::vector<NodeEntry>& outputs) {
  std::unordered_map<const Node*, NodePtr> merged;  // what stands for a node in the new graph
  std::unordered_map<std::string, NodePtr> by_key;
  const auto renewed = [&merged](const NodeEntry& entry) {
    return NodeEntry{merged.at(entry.node.get()), entry.index, entry.version};
  };
  for (const NodePtr& node : topologicalOrder(outputs)) {
    std::vector<NodeEntry> inputs;
    inputs.reserve(node->inputs.size());
    bool changed = false;
    for (const NodeEntry& input : node->inputs) {
      inputs.push_back(renewed(input));
      changed |= inputs.back().node != input.node;
    }
    std::vector<NodePtr> control_inputs;
    for (const NodePtr& input : node->control_inputs) {
      control_inputs.push_back(merged.at(input.get()));
      changed |= control_inputs.back() != input;
    }
    NodePtr* known = isPure(*node) ? &by_key[keyOf(*node, inputs)] : nullptr;
    NodePtr result = known != nullptr ? *known : nullptr;
    if (result == nullptr)
      result = changed ? copyNode(*node, std::move(inputs), std::move(control_inputs)) : node;
    if (known != nullptr) *known = result;
    merged.emplace(node.get(), std::move(result));
  }
  std::vector<NodeEntry> renewed_outputs;
  renewed_outputs.reserve(outputs.size());
  for (const NodeEntry& output : outputs) renewed_outputs.push_back(renewed(output));
  return renewed_outputs;
}

}  // namespace tenon
