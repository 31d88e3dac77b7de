// What a symbol consists of, by name.
#include <unordered_set>

#include "base/error.h"
#include "graph/attributes.h"
#include "graph/graph_scope.h"
#include "graph/symbol.h"

namespace tenon {

namespace {

/// The graph's variables in order, each with whether an operator writes it.
std::vector<std::pair<NodePtr, bool>> variablesOf(const std::vector<NodeEntry>& outputs) {
  const std::vector<NodePtr> order = topologicalOrder(outputs);
  std::unordered_set<const Node*> written;
  for (const NodePtr& node : order) {
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      if (node->attrs->mutates(static_cast<int>(i))) written.insert(node->inputs[i].node.get());
    }
  }
  std::vector<std::pair<NodePtr, bool>> variables;
  for (const NodePtr& node : order) {
    if (node->isVariable()) variables.emplace_back(node, written.contains(node.get()));
  }
  return variables;
}

std::vector<std::string> namesOf(const std::vector<NodeEntry>& outputs, bool arguments,
                                 bool auxiliary) {
  const GraphReadScope reading;
  std::vector<std::string> names;
  for (const auto& [node, written] : variablesOf(outputs)) {
    if (written ? auxiliary : arguments) names.push_back(node->name);
  }
  return names;
}

/// The node that all outputs belong to; null if there are several.
Node* singleNode(const std::vector<NodeEntry>& outputs) {
  if (outputs.empty()) return nullptr;
  for (const NodeEntry& output : outputs) {
    if (output.node != outputs[0].node) return nullptr;
  }
  return outputs[0].node.get();
}

}  // namespace

std::string Symbol::name() const {
  const GraphReadScope reading;
  const Node* node = singleNode(outputs_);
  return node != nullptr ? node->name : "";
}

std::vector<std::string> Symbol::listArguments() const { return namesOf(outputs_, true, false); }
std::vector<std::string> Symbol::listAuxiliaryStates() const {
  return namesOf(outputs_, false, true);
}
std::vector<std::string> Symbol::listInputs() const { return namesOf(outputs_, true, true); }

std::vector<std::string> Symbol::listOutputs() const {
  const GraphReadScope reading;
  std::vector<std::string> names;
  names.reserve(outputs_.size());
  for (const NodeEntry& output : outputs_) names.push_back(output.node->outputName(output.index));
  return names;
}

std::optional<std::string> Symbol::attribute(const std::string& key) const {
  const GraphReadScope reading;
  const Node* node = singleNode(outputs_);
  if (node == nullptr) return std::nullopt;
  if (key == "name") return node->name;
  auto found = node->dict.find(key);
  if (found == node->dict.end()) found = node->dict.find(hiddenForm(key));
  if (found == node->dict.end()) return std::nullopt;
  return found->second;
}

void Symbol::setAttribute(const std::string& key, const std::string& value) {
  const GraphWriteScope changing;
  Node* node = singleNode(outputs_);
  TENON_CHECK(node != nullptr, kInvalidArgument, "attribute \"", key,
              "\" cannot be set on a group of symbols, select one output");
  TENON_CHECK(hiddenSuffix(key) == nullptr, kInvalidArgument, node->describe(), ": attribute \"",
              key, "\" would belong to another node, set it on the variable");
  if (key == "name") {
    node->name = value;
    return;
  }
  AttrMap dict = node->dict;
  dict.insert_or_assign(hiddenForm(key), value);
  if (!node->isVariable()) {
    OpAttrsPtr attrs;
    try {
      attrs =
          node->op().parse(dict, node->op().variadic ? static_cast<int>(node->inputs.size()) : -1);
    } catch (const Error& error) {
      throw atNode("node \"" + node->name + "\"", node->op().name, error);
    }
    TENON_CHECK(attrs->inputNames() == node->attrs->inputNames() &&
                    attrs->numOutputs() == node->numOutputs() &&
                    attrs->numVisibleOutputs() == node->numVisibleOutputs(),
                kInvalidArgument, node->describe(), ": ", key, "=", value,
                " would change the inputs or outputs of a node that is composed already");
    node->attrs = std::move(attrs);
  }
  node->dict = std::move(dict);
}

std::map<std::string, AttrMap> Symbol::attributes() const {
  const GraphReadScope reading;
  std::map<std::string, AttrMap> all;
  for (const NodePtr& node : topologicalOrder(outputs_)) {
    if (node->dict.empty()) continue;
    AttrMap& attrs = all[node->name];
    for (const auto& [key, value] : node->dict) {
      attrs.insert_or_assign(key, value);
      for (std::string_view hidden : kHiddenKeys) {
        if (key == hiddenForm(hidden)) attrs.insert_or_assign(std::string(hidden), value);
      }
    }
  }
  return all;
}

}  // namespace tenon
