#include "graph/node.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/error.h"

namespace tenon {

namespace {

/// Whether letting go of `node` would destroy it and let go of others in turn.
bool leadsOn(const NodePtr& node) {
  return node != nullptr && node.use_count() == 1 &&
         !(node->inputs.empty() && node->control_inputs.empty());
}

void takeInputs(Node& node, std::vector<NodePtr>* into) {
  for (NodeEntry& input : node.inputs) into->push_back(std::move(input.node));
  for (NodePtr& input : node.control_inputs) into->push_back(std::move(input));
  node.inputs.clear();
  node.control_inputs.clear();
}

}  // namespace

Node::~Node() {
  const bool deep = std::any_of(inputs.begin(), inputs.end(),
                                [](const NodeEntry& input) { return leadsOn(input.node); }) ||
                    std::any_of(control_inputs.begin(), control_inputs.end(), leadsOn);
  if (!deep) return;
  // A node that only we hold would destroy its inputs in turn, to the depth of the graph: take them
  // from it first. Two threads that let go at once may both see a count of two; then the last of
  // them does the same one level deeper.
  std::vector<NodePtr> pending;
  takeInputs(*this, &pending);
  while (!pending.empty()) {
    const NodePtr node = std::move(pending.back());
    pending.pop_back();
    if (leadsOn(node)) takeInputs(*node, &pending);
  }
}

std::string Node::outputName(int index) const {
  return isVariable() ? name : name + "_" + attrs->outputName(index);
}

std::string Node::describe() const {
  return isVariable() ? concat("variable \"", name, "\"")
                      : concat("node \"", name, "\" (", op().name, ")");
}

std::vector<NodePtr> topologicalOrder(const std::vector<NodeEntry>& outputs) {
  struct Visit {
    const NodePtr* node;
    size_t next = 0;  // among the inputs, then the control inputs
  };
  std::vector<NodePtr> order;
  std::unordered_set<const Node*> seen;
  std::vector<Visit> stack;
  for (const NodeEntry& output : outputs) {
    if (!seen.insert(output.node.get()).second) continue;
    stack.push_back({&output.node});
    while (!stack.empty()) {
      Visit& visit = stack.back();
      const Node& node = **visit.node;
      const size_t data_inputs = node.inputs.size();
      if (visit.next == data_inputs + node.control_inputs.size()) {
        order.push_back(*visit.node);
        stack.pop_back();
        continue;
      }
      const size_t next = visit.next++;
      const NodePtr& input =
          next < data_inputs ? node.inputs[next].node : node.control_inputs[next - data_inputs];
      if (seen.insert(input.get()).second) stack.push_back({&input});
    }
  }
  return order;
}

Error atNode(const std::string& where, const std::string& op, const Error& error) {
  std::string_view message = error.message();
  if (message.starts_with(op + ": ")) message.remove_prefix(op.size() + 2);
  return {error.kind(), concat(where, " (", op, "): ", message)};
}

NodePtr copyNode(const Node& node, std::vector<NodeEntry> inputs,
                 std::vector<NodePtr> control_inputs) {
  auto copy = std::make_shared<Node>(node.name);
  copy->attrs = node.attrs;
  copy->inputs = std::move(inputs);
  copy->control_inputs = std::move(control_inputs);
  copy->dict = node.dict;
  copy->dynamic = node.dynamic;
  copy->writers = node.writers.load();
  return copy;
}

}  // namespace tenon
