// Reverse-mode differentiation as a graph pass: walks the nodes against their order, sums what
// arrives at each output and asks the operator's rule for what leaves through its inputs. The new
// nodes are ordinary ones, so that a gradient can be differentiated again.
//
// Where several gradients meet, they are summed in the order in which the walk finds them (last
// reader first): two by elemwise_add, more by one add_n, which reads each addend once.
#include <algorithm>
#include <charconv>
#include <map>
#include <unordered_map>
#include <unordered_set>

#include "base/error.h"
#include "graph/passes/passes.h"
#include "ops/registry/registry.h"

namespace tenon {

namespace {

struct EntryHash {
  size_t operator()(const NodeEntry& entry) const noexcept {
    return std::hash<const Node*>()(entry.node.get()) * 31 + static_cast<size_t>(entry.index);
  }
};

std::string spell(double value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof text, value);
  return {text, end};
}

/// Parsed attributes, kept per thread: the backward passes of a tape ask for the same few each
/// time.
OpAttrsPtr parsed(const Op& op, const AttrMap& attrs, int num_inputs) {
  constexpr size_t kMost = 1024;
  thread_local std::unordered_map<const Op*, std::map<AttrMap, OpAttrsPtr>> known;
  std::map<AttrMap, OpAttrsPtr>& of_op = known[&op];
  const auto found = of_op.find(attrs);
  if (found != of_op.end() && found->second->numInputs() == num_inputs) return found->second;
  OpAttrsPtr result = op.parse(attrs, num_inputs);
  if (of_op.size() >= kMost) of_op.clear();
  of_op.insert_or_assign(attrs, result);
  return result;
}

/// The attributes of a node with the values of its dynamic parameters in them, since rules read
/// only attributes.
OpAttrsPtr effectiveAttrs(const Node& node) {
  if (std::equal(node.dynamic.begin(), node.dynamic.end(), node.attrs->dynamicDefaults().begin(),
                 node.attrs->dynamicDefaults().end()) ||
      node.dynamic.empty()) {
    return node.attrs;
  }
  AttrMap dict = node.attrs->dict();
  size_t next = 0;
  for (const ParamInfo& param : node.op().params) {
    if (param.dynamic && next < node.dynamic.size())
      dict.insert_or_assign(param.name, spell(node.dynamic[next++]));
  }
  return parsed(node.op(), dict, static_cast<int>(node.inputs.size()));
}

class Differentiator final : public GradientBuilder {
 public:
  Differentiator(const std::vector<NodeEntry>& outputs,
                 const std::vector<NodeEntry>& head_gradients, const std::vector<NodeEntry>& wanted)
      : order_(topologicalOrder(outputs)) {
    TENON_CHECK(head_gradients.empty() || head_gradients.size() == outputs.size(), kInvalidArgument,
                head_gradients.size(), " head gradients given for ", outputs.size(), " outputs");
    for (const NodeEntry& entry : wanted) wanted_.insert(entry);
    markActive();
    for (size_t i = 0; i < outputs.size(); ++i) {
      Arriving& arriving = arriving_[outputs[i]];
      if (i < head_gradients.size() && head_gradients[i].node != nullptr) {
        arriving.gradients.push_back(head_gradients[i]);
      } else {
        ++arriving.implied_ones;
      }
    }
  }

  std::vector<NodeEntry> run(const std::vector<NodeEntry>& wanted) {
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) {
      if (active_.contains(node->get())) visit(*node);
    }
    std::vector<NodeEntry> gradients;
    for (const NodeEntry& entry : wanted) {
      node_ = entry.node.get();
      num_made_ = 0;
      gradients.push_back(total(entry));
    }
    return gradients;
  }

  const OpAttrs& attrs() const override { return *attrs_; }
  Value input(int index) override {
    const NodeEntry& entry = node_->inputs.at(static_cast<size_t>(index));
    return {entry.node.get(), entry.index};
  }
  Value output(int index) override { return {node_, index}; }
  Value outputGradient(int index) override {
    const NodeEntry entry{node_->shared_from_this(), index};
    const NodeEntry gradient = total(entry);
    return gradient.node != nullptr ? valueOf(gradient) : valueOf(make("zeros_like", {entry}));
  }
  bool needs(int index) const override { return leadsToWanted(*node_, static_cast<size_t>(index)); }
  std::vector<Value> applyAll(std::string_view op, std::span<const Value> inputs,
                              const AttrMap& attrs) override {
    std::vector<NodeEntry> entries;
    for (const Value& value : inputs) {
      TENON_CHECK(value, kInternal, node_->describe(), ": its gradient applies ", op,
                  " to nothing");
      entries.push_back(entryOf(value));
    }
    const NodePtr node = makeNode(op, std::move(entries), attrs);
    std::vector<Value> values;
    for (int i = 0; i < node->numOutputs(); ++i) values.push_back({node.get(), i});
    return values;
  }

 private:
  /// What arrives at an entry: explicit gradients, and heads whose gradient is ones.
  struct Arriving {
    std::vector<NodeEntry> gradients;
    int implied_ones = 0;
  };

  static Value valueOf(const NodeEntry& entry) { return {entry.node.get(), entry.index}; }
  static NodeEntry entryOf(const Value& value) {
    return {static_cast<Node*>(value.node)->shared_from_this(), value.index};
  }

  /// Marks the nodes through which gradients reach something wanted.
  void markActive() {
    for (const NodePtr& node : order_) {
      if (node->isVariable() || node->op().zero_gradient) continue;
      for (size_t i = 0; i < node->inputs.size(); ++i) {
        if (!leadsToWanted(*node, i)) continue;
        active_.insert(node.get());
        break;
      }
    }
  }
  bool leadsToWanted(const Node& node, size_t input) const {
    if (node.attrs->mutates(static_cast<int>(input))) return false;
    const NodeEntry& entry = node.inputs.at(input);
    return wanted_.contains(entry) || active_.contains(entry.node.get());
  }

  NodePtr makeNode(std::string_view op, std::vector<NodeEntry> inputs, const AttrMap& attrs) {
    auto node = std::make_shared<Node>(node_->name + "_backward");
    if (num_made_++ > 0) node->name += std::to_string(num_made_);
    node->attrs = parsed(findOp(op), attrs, static_cast<int>(inputs.size()));
    node->dict = node->attrs->dict();
    node->inputs = std::move(inputs);
    made_.push_back(node);
    return node;
  }
  NodeEntry make(std::string_view op, std::vector<NodeEntry> inputs) {
    return {makeNode(op, std::move(inputs), {})};
  }

  /// The gradient of an entry, summed once; a null node if none arrived.
  NodeEntry total(const NodeEntry& entry) {
    const auto found = arriving_.find(entry);
    if (found == arriving_.end()) return {};
    Arriving& arriving = found->second;
    for (; arriving.implied_ones > 0; --arriving.implied_ones) {
      arriving.gradients.push_back(make("ones_like", {entry}));
    }
    if (arriving.gradients.empty()) return {};
    if (arriving.gradients.size() > 1) {
      const char* op = arriving.gradients.size() == 2 ? "elemwise_add" : "add_n";
      const NodeEntry sum = make(op, std::move(arriving.gradients));
      arriving.gradients = {sum};
    }
    return arriving.gradients[0];
  }

  bool anythingArrived(const NodePtr& node) const {
    for (int i = 0; i < node->numOutputs(); ++i) {
      if (arriving_.contains({node, i})) return true;
    }
    return false;
  }

  void visit(const NodePtr& node) {
    const Op& op = node->op();
    if (!op.ignores_head_gradient && !anythingArrived(node)) return;
    TENON_CHECK(op.gradient, kUnsupported, node->describe(),
                " cannot be differentiated: its operator has no gradient");
    node_ = node.get();
    num_made_ = 0;
    std::vector<Value> gradients;
    try {
      attrs_ = effectiveAttrs(*node);
      gradients = op.gradient(*this);
    } catch (const Error& error) {
      throw error.within("gradient of " + node->describe());
    }
    TENON_CHECK(gradients.size() == node->inputs.size(), kInternal, node->describe(),
                ": its gradient has ", gradients.size(), " values for ", node->inputs.size(),
                " inputs");
    for (size_t i = 0; i < gradients.size(); ++i) {
      if (!gradients[i] || !needs(static_cast<int>(i))) continue;
      NodeEntry entry = node->inputs[i];
      entry.version = 0;
      arriving_[std::move(entry)].gradients.push_back(entryOf(gradients[i]));
    }
  }

  const std::vector<NodePtr> order_;
  std::unordered_set<NodeEntry, EntryHash> wanted_;
  std::unordered_set<const Node*> active_;
  std::unordered_map<NodeEntry, Arriving, EntryHash> arriving_;
  std::vector<NodePtr> made_;  // rules hold plain pointers to these
  Node* node_ = nullptr;       // being differentiated
  OpAttrsPtr attrs_;
  int num_made_ = 0;
};

}  // namespace

std::vector<NodeEntry> differentiate(const std::vector<NodeEntry>& outputs,
                                     const std::vector<NodeEntry>& head_gradients,
                                     const std::vector<NodeEntry>& wanted) {
  return Differentiator(outputs, head_gradients, wanted).run(wanted);
}

}  // namespace tenon
