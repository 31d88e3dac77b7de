#include "graph/json_graph.h"

#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "graph/attributes.h"
#include "ops/registry/registry.h"

namespace tenon {

namespace {

/// Of all nodes together, beside one for each: a short file could say that there are any number,
/// and each takes memory wherever a graph is walked.
constexpr int64_t kMostOtherOutputs = int64_t{1} << 21;

class Builder {
 public:
  explicit Builder(const JsonGraph& graph) : graph_(graph) {}

  std::vector<NodeEntry> build() {
    nodes_.reserve(graph_.nodes.size());
    for (const JsonNode& json : graph_.nodes) {
      where_ = concat(graph_.origin, ": nodes[", nodes_.size(), "] \"", json.name, "\"");
      if (json.op == "null") {
        addVariable(json);
      } else {
        addOperator(json);
      }
    }
    where_ = graph_.origin + ": heads";
    std::vector<NodeEntry> heads;
    for (const JsonEntry& head : graph_.heads) heads.push_back(resolve(head, heads.size()));
    return heads;
  }

 private:
  template <class... Parts>
  void check(bool condition, const Parts&... parts) const {
    TENON_CHECK(condition, kIo, where_, parts...);
  }

  NodeEntry resolve(const JsonEntry& entry, size_t position) const {
    check(static_cast<size_t>(entry.node) < nodes_.size(), "[", position, "]: there is no node ",
          entry.node, " before it");
    const NodePtr& node = nodes_[static_cast<size_t>(entry.node)];
    check(entry.index < node->numOutputs(), "[", position, "]: ", node->describe(),
          " has no output ", entry.index, ", expected 0 to ", node->numOutputs() - 1);
    return {node, entry.index, entry.version};
  }

  void addVariable(const JsonNode& json) {
    check(json.inputs.empty() && json.control_inputs.empty(), ": a variable has no inputs");
    auto node = std::make_shared<Node>(json.name);
    for (const auto& [key, value] : json.dict) node->dict.insert_or_assign(hiddenForm(key), value);
    nodes_.push_back(std::move(node));
  }

  void addOperator(const JsonNode& json) {
    auto node = std::make_shared<Node>(json.name);
    AttrMap others;  // belong to an input's variable
    for (const auto& [key, value] : json.dict) {
      if (hiddenSuffix(key) != nullptr) {
        others.emplace(key, value);
      } else {
        node->dict.insert_or_assign(hiddenForm(key), value);
      }
    }
    const std::string place = std::exchange(where_, where_ + ".inputs");
    for (const JsonEntry& input : json.inputs)
      node->inputs.push_back(resolve(input, node->inputs.size()));
    where_ = place;
    for (const int id : json.control_inputs) {
      check(static_cast<size_t>(id) < nodes_.size(), ".control_deps: there is no node ", id,
            " before it");
      node->control_inputs.push_back(nodes_[static_cast<size_t>(id)]);
    }
    parse(json, node.get());
    other_outputs_ += node->numOutputs() - 1;
    check(other_outputs_ <= kMostOtherOutputs, " (", json.op, ") has ", node->numOutputs(),
          " outputs: all nodes together have more than ", kMostOtherOutputs,
          " beside one for each");
    handOver(std::move(others), node.get());
    addMissingInputs(node.get());
    nodes_.push_back(std::move(node));
  }

  void parse(const JsonNode& json, Node* node) const {
    try {
      const Op& op = findOp(json.op);
      if (graph_.version < 905 && (op.name == "argmax" || op.name == "argmin")) {
        // "No axis" was spelt -1.
        const auto axis = node->dict.find("axis");
        if (axis != node->dict.end() && axis->second == "-1") node->dict.erase(axis);
      }
      // The inputs of others are completed and counted below.
      node->attrs = op.parse(node->dict, op.variadic ? static_cast<int>(node->inputs.size()) : -1);
      node->dict = node->attrs->dict();
    } catch (const Error& error) {
      throw Error(ErrorKind::kIo, atNode(where_, json.op, error).message() + otherUnknown(json.op));
    }
  }

  /// For the message about an operator that does not exist: which others do not.
  std::string otherUnknown(const std::string& op) const {
    if (tryFindOp(op) != nullptr) return "";
    std::set<std::string> others;
    for (const JsonNode& node : graph_.nodes) {
      if (node.op != "null" && node.op != op && tryFindOp(node.op) == nullptr)
        others.insert(node.op);
    }
    std::string text;
    for (const std::string& other : others)
      text += (text.empty() ? "; neither does " : ", ") + other;
    return text;
  }

  /// Auxiliary states were not written before 0.9, nor were their initial values before 0.9.4.
  void addMissingInputs(Node* node) const {
    const std::vector<std::string>& names = node->attrs->inputNames();
    if (graph_.version < 900) {
      for (size_t i = node->inputs.size(); i < names.size(); ++i) {
        auto variable = std::make_shared<Node>(node->name + "_" + names[i]);
        variable->dict = node->dict;
        node->inputs.push_back({std::move(variable)});
      }
    }
    check(node->inputs.size() == names.size(), " (", node->op().name, ") has ", node->inputs.size(),
          " inputs, expected ", names.size());
    for (size_t i = 0; i < names.size(); ++i) {
      Node& input = *node->inputs[i].node;
      check(input.isVariable() || !node->attrs->mutates(static_cast<int>(i)), " (", node->op().name,
            "): its input ", names[i],
            " is written by the operator and must be a variable, but is output of ",
            input.describe());
      if (graph_.version < 904 && input.isVariable())
        setDefaultInitializer(node->op(), static_cast<int>(i), input);
    }
  }

  /// `weight_lr_mult` on an operator belongs to the variable given as its weight.
  // NOLINTNEXTLINE(performance-unnecessary-value-param): the values are moved out of it
  void handOver(AttrMap others, Node* node) const {
    if (others.empty()) return;
    // Both the inputs and the attributes may be many.
    const std::vector<std::string>& names = node->attrs->inputNames();
    std::unordered_map<std::string_view, size_t> places;
    for (size_t i = 0; i < names.size(); ++i) places.emplace(names[i], i);
    for (auto& [key, value] : others) {
      const std::string_view hidden = *hiddenSuffix(key);
      const auto found =
          places.find(std::string_view(key).substr(0, key.size() - hidden.size() - 1));
      const size_t place = found == places.end() ? names.size() : found->second;
      Node* input = place < node->inputs.size() ? node->inputs[place].node.get() : nullptr;
      if (input != nullptr && input->isVariable()) {
        input->dict.insert_or_assign(hiddenForm(hidden), std::move(value));
      } else {
        node->dict.insert_or_assign(key, std::move(value));
      }
    }
  }

  const JsonGraph& graph_;
  std::vector<NodePtr> nodes_;
  int64_t other_outputs_ = 0;
  std::string where_;
};

}  // namespace

std::vector<NodeEntry> buildGraph(const JsonGraph& graph) { return Builder(graph).build(); }

}  // namespace tenon
