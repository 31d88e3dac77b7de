#include "graph/symbol.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "graph/attributes.h"
#include "graph/graph_scope.h"
#include "graph/names.h"

namespace tenon {

namespace {

AttrMap hiddenForms(const std::string& who, const AttrMap& attrs) {
  AttrMap dict;
  for (const auto& [key, value] : attrs) {
    if (const std::string_view* suffix = hiddenSuffix(key)) {
      const std::string input = key.substr(0, key.size() - suffix->size() - 1);
      fail(ErrorKind::kInvalidArgument, who, ": attribute \"", key,
           "\" would belong to another node, expected ", *suffix, "=", value,
           " on the variable that is given as ", input);
    }
    dict.insert_or_assign(hiddenForm(key), value);
  }
  return dict;
}

const NodeEntry& single(const Symbol& symbol, const std::string& who, const std::string& what) {
  TENON_CHECK(symbol.numOutputs() == 1, kInvalidArgument, who, ": ", what, " is a symbol of ",
              symbol.numOutputs(), " outputs, expected one: select it with output(index)");
  return symbol.outputs()[0];
}

/// The entries of the given inputs at their places; null nodes where nothing is given.
std::vector<NodeEntry> placeInputs(const OpAttrs& attrs, const std::string& who,
                                   std::span<const Symbol> inputs,
                                   std::span<const std::string> names) {
  const std::vector<std::string>& expected = attrs.inputNames();
  TENON_CHECK(inputs.size() <= expected.size(), kInvalidArgument, who, ": ", inputs.size(),
              " inputs given, expected ", expected.size());
  std::vector<NodeEntry> entries(expected.size());
  size_t position = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    size_t place = position;
    if (i < names.size() && !names[i].empty()) {
      const auto found = std::find(expected.begin(), expected.end(), names[i]);
      if (found == expected.end()) {
        std::string list;
        for (const std::string& name : expected) list += (list.empty() ? "" : ", ") + name;
        fail(ErrorKind::kInvalidArgument, who, ": there is no input \"", names[i],
             "\", expected one of ", list);
      }
      place = static_cast<size_t>(found - expected.begin());
    } else {
      ++position;
    }
    TENON_CHECK(entries[place].node == nullptr, kInvalidArgument, who, ": input ", expected[place],
                " is given twice");
    entries[place] = single(inputs[i], who, "input " + expected[place]);
  }
  return entries;
}

/// Fills what is missing with variables and settles which version of a variable each input sees.
void completeInputs(Node& node, const std::string& who) {
  const std::vector<std::string>& names = node.attrs->inputNames();
  for (size_t i = 0; i < names.size(); ++i) {
    NodeEntry& input = node.inputs[i];
    if (input.node == nullptr) {
      input.node = std::make_shared<Node>(node.name + "_" + names[i]);
      input.node->dict = node.dict;
    }
    if (input.node->isVariable()) {
      setDefaultInitializer(node.op(), static_cast<int>(i), *input.node);
      input.version = input.node->writers.load();
    }
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (!node.attrs->mutates(static_cast<int>(i))) continue;
    NodeEntry& input = node.inputs[i];
    TENON_CHECK(input.node->isVariable(), kInvalidArgument, who, ": input ", names[i],
                " is written by the operator and must be a variable, but is output of ",
                input.node->describe());
    input.version = input.node->writers.fetch_add(1) + 1;
  }
}

}  // namespace

Symbol Symbol::variable(const std::string& name, const AttrMap& attrs) {
  auto node = std::make_shared<Node>(name);
  node->dict = hiddenForms("variable \"" + name + "\"", attrs);
  return Symbol({{std::move(node)}});
}

Symbol Symbol::apply(const Op& op, const AttrMap& attrs, const std::string& name,
                     std::span<const Symbol> inputs, std::span<const std::string> input_names) {
  const GraphWriteScope changing;
  auto node = std::make_shared<Node>(name.empty() ? nextName(hintOf(op.name)) : name);
  const std::string who = concat("node \"", node->name, "\" (", op.name, ")");
  TENON_CHECK(input_names.empty() || input_names.size() == inputs.size(), kInvalidArgument, who,
              ": ", input_names.size(), " names given for ", inputs.size(), " inputs");
  node->dict = hiddenForms(who, attrs);
  try {
    // Of other operators, inputs may be missing: they become variables.
    node->attrs = op.parse(node->dict, op.variadic ? static_cast<int>(inputs.size()) : -1);
  } catch (const Error& error) {
    throw atNode("node \"" + node->name + "\"", op.name, error);
  }
  node->dict = node->attrs->dict();  // with the number of inputs, where it counts them
  node->inputs = placeInputs(*node->attrs, who, inputs, input_names);
  TENON_CHECK(!op.variadic || inputs.size() == node->inputs.size(), kInvalidArgument, who, ": ",
              inputs.size(), " inputs given, expected ", node->inputs.size());
  completeInputs(*node, who);
  Symbol symbol;
  for (int i = 0; i < node->numVisibleOutputs(); ++i) symbol.outputs_.push_back({node, i});
  return symbol;
}

Symbol Symbol::group(std::span<const Symbol> symbols) {
  Symbol all;
  for (const Symbol& symbol : symbols) {
    all.outputs_.insert(all.outputs_.end(), symbol.outputs_.begin(), symbol.outputs_.end());
  }
  return all;
}

Symbol Symbol::output(int index) const {
  TENON_CHECK(index >= 0 && index < numOutputs(), kIndex, "output ", index,
              " of a symbol that has ", numOutputs(), ", expected 0 to ", numOutputs() - 1);
  return Symbol({outputs_[static_cast<size_t>(index)]});
}

Symbol Symbol::output(std::string_view name) const {
  const std::vector<std::string> names = listOutputs();
  const auto found = std::find(names.begin(), names.end(), name);
  TENON_CHECK(found != names.end(), kInvalidArgument, "the symbol has no output \"", name, "\"",
              didYouMean(name, names));
  TENON_CHECK(std::find(found + 1, names.end(), name) == names.end(), kInvalidArgument,
              "the symbol has several outputs \"", name, "\", select one by its index");
  return output(static_cast<int>(found - names.begin()));
}

Symbol Symbol::internals() const {
  const GraphReadScope reading;
  Symbol all;
  for (const NodePtr& node : topologicalOrder(outputs_)) {
    for (int i = 0; i < node->numVisibleOutputs(); ++i) {
      all.outputs_.push_back({node, i, node->isVariable() ? node->writers.load() : 0});
    }
  }
  return all;
}

Symbol Symbol::children() const {
  Symbol all;
  std::unordered_set<const Node*> seen;
  for (const NodeEntry& output : outputs_) {
    if (!seen.insert(output.node.get()).second) continue;
    all.outputs_.insert(all.outputs_.end(), output.node->inputs.begin(), output.node->inputs.end());
  }
  return all;
}

Symbol Symbol::compose(std::span<const std::string> names, std::span<const Symbol> values,
                       const std::string& name) const {
  const GraphReadScope reading;
  TENON_CHECK(names.size() == values.size(), kInvalidArgument, "compose: ", names.size(),
              " names given for ", values.size(), " values");
  std::unordered_map<std::string_view, const NodeEntry*> replacements;
  for (size_t i = 0; i < names.size(); ++i) {
    const bool is_new =
        replacements.emplace(names[i], &single(values[i], "compose", names[i])).second;
    TENON_CHECK(is_new, kInvalidArgument, "compose: \"", names[i], "\" is given twice");
  }

  std::unordered_map<const Node*, NodeEntry>
      copies;  // what stands for a node's output 0 in the new graph
  std::unordered_set<std::string_view> matched;
  const auto isReplaced = [&replacements](const Node& node) {
    return node.isVariable() && replacements.contains(node.name);
  };
  const auto renewed = [&](const NodeEntry& entry) {
    const NodeEntry& copy = copies.at(entry.node.get());
    return isReplaced(*entry.node) ? copy : NodeEntry{copy.node, entry.index, entry.version};
  };
  for (const NodePtr& node : topologicalOrder(outputs_)) {
    if (isReplaced(*node)) {
      const auto& [wanted, value] = *replacements.find(node->name);
      matched.insert(wanted);
      copies.emplace(node.get(), *value);
      continue;
    }
    std::vector<NodeEntry> inputs;
    inputs.reserve(node->inputs.size());
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      NodeEntry input = renewed(node->inputs[i]);
      if (node->attrs->mutates(static_cast<int>(i)) && isReplaced(*node->inputs[i].node)) {
        TENON_CHECK(input.node->isVariable(), kInvalidArgument, node->describe(), ": input ",
                    node->attrs->inputNames()[i],
                    " is written by the operator and must be a variable, but is output of ",
                    input.node->describe());
        input.version = input.node->writers.fetch_add(1) + 1;
      }
      inputs.push_back(std::move(input));
    }
    std::vector<NodePtr> control_inputs;
    for (const NodePtr& input : node->control_inputs)
      control_inputs.push_back(copies.at(input.get()).node);
    copies.emplace(node.get(),
                   NodeEntry{copyNode(*node, std::move(inputs), std::move(control_inputs))});
  }
  if (matched.size() != replacements.size()) {
    for (const std::string& wanted : names) {
      TENON_CHECK(matched.contains(wanted), kInvalidArgument,
                  "compose: the symbol has no free variable \"", wanted, "\"",
                  didYouMean(wanted, listInputs()));
    }
  }

  if (!name.empty()) {
    TENON_CHECK(!this->name().empty(), kInvalidArgument,
                "compose: a group of symbols cannot be named \"", name, "\"");
    const Node& node = *outputs_[0].node;
    if (!isReplaced(node)) copies.at(&node).node->name = name;
  }
  Symbol composed;
  for (const NodeEntry& output : outputs_) composed.outputs_.push_back(renewed(output));
  return composed;
}

}  // namespace tenon
