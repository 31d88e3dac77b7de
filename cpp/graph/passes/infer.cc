// Shape and type inference: each operator's rule tells its inputs and outputs from each other, and
// is asked again when a neighbour has learnt something, until nobody learns any more. What is known
// only grows, so this ends.
#include <algorithm>
#include <deque>
#include <span>
#include <type_traits>

#include "base/error.h"
#include "graph/attributes.h"
#include "graph/passes/passes.h"

namespace tenon {

namespace {

/// The nodes that read each node's outputs.
struct Readers {
  explicit Readers(const IndexedGraph& graph) : first(graph.nodes.size() + 1) {
    for (const auto& inputs : graph.inputs) {
      for (const IndexedGraph::Operand& input : inputs)
        ++first[static_cast<size_t>(input.node) + 1];
    }
    for (size_t i = 1; i < first.size(); ++i) first[i] += first[i - 1];
    nodes.resize(first.back());
    std::vector<size_t> next(first.begin(), first.end() - 1);
    for (size_t node = 0; node < graph.nodes.size(); ++node) {
      for (const IndexedGraph::Operand& input : graph.inputs[node]) {
        nodes[next[static_cast<size_t>(input.node)]++] = static_cast<int>(node);
      }
    }
  }
  std::span<const int> of(int node) const {
    const auto n = static_cast<size_t>(node);
    return std::span(nodes).subspan(first[n], first[n + 1] - first[n]);
  }

  std::vector<size_t> first;
  std::vector<int> nodes;
};

struct ShapeProperty {
  using Value = Shape;
  static constexpr const char* kKey = "__shape__";
  static bool known(const Shape& shape) { return shape.known(); }
  static Shape parse(const std::string& text) { return parseShapeAttribute(text); }
  static const ShapeRule& rule(const Op& op) { return op.infer_shape; }
  static Shape merged(const Shape& a, const Shape& b) {
    const Shape both = merge(a, b);
    both.checkAddressable();
    return both;
  }
  static std::string text(const Shape& shape) { return shape.toString(); }
};

struct TypeProperty {
  using Value = DType;
  static constexpr const char* kKey = "__dtype__";
  static bool known(DType type) { return type != DType::kUnknown; }
  static DType parse(const std::string& text) {
    return text == "-1" ? DType::kUnknown : parseDType(text);
  }
  static const TypeRule& rule(const Op& op) { return op.infer_type; }
  static DType merged(DType a, DType b) {
    if (a == DType::kUnknown) return b;
    TENON_CHECK(b == DType::kUnknown || a == b, kInvalidArgument, "dtypes ", nameOf(a), " and ",
                nameOf(b), " differ");
    return a;
  }
  static std::string text(DType type) {
    return type == DType::kUnknown ? "?" : std::string(nameOf(type));
  }
};

template <class Property>
class Inference {
 public:
  using Value = typename Property::Value;

  Inference(const IndexedGraph& graph, std::vector<Value>* values)
      : graph_(graph), values_(*values), readers_(graph), queued_(graph.nodes.size()) {
    TENON_CHECK(values_.empty() || values_.size() == static_cast<size_t>(graph.num_entries),
                kInternal, "inference over ", graph.num_entries, " entries was given ",
                values_.size(), " values");
    values_.resize(static_cast<size_t>(graph.num_entries), Value{unknown()});
  }

  void run() {
    for (int node = 0; node < static_cast<int>(graph_.nodes.size()); ++node) {
      if (nodeAt(node).isVariable()) {
        readAttribute(node);
      } else if (Property::rule(nodeAt(node).op())) {
        enqueue(node);
      }
    }
    while (!queue_.empty()) {
      const int node = queue_.front();
      queue_.pop_front();
      queued_[static_cast<size_t>(node)] = false;
      visit(node);
    }
  }

 private:
  static Value unknown() {
    if constexpr (std::is_same_v<Value, DType>) {
      return DType::kUnknown;
    } else {
      return Value();
    }
  }
  const Node& nodeAt(int node) const { return *graph_.nodes[static_cast<size_t>(node)]; }
  Value& valueOf(int entry) { return values_[static_cast<size_t>(entry)]; }
  int inputEntry(int node, size_t i) const {
    return graph_.entryOf(graph_.inputs[static_cast<size_t>(node)][i]);
  }

  void enqueue(int node) {
    const auto n = static_cast<size_t>(node);
    if (queued_[n] || nodeAt(node).isVariable() || !Property::rule(nodeAt(node).op())) return;
    queued_[n] = true;
    queue_.push_back(node);
  }

  void readAttribute(int node) {
    Value& value = valueOf(graph_.first_entry[static_cast<size_t>(node)]);
    const AttrMap& dict = nodeAt(node).dict;
    const auto found = dict.find(Property::kKey);
    if (found == dict.end() || Property::known(value)) return;
    try {
      value = Property::merged(value, Property::parse(found->second));
    } catch (const Error& error) {
      throw error.within(concat(nodeAt(node).describe(), ": ", Property::kKey));
    }
  }

  void visit(int node) {
    const Node& n = nodeAt(node);
    const size_t num_inputs = n.inputs.size();
    const auto num_outputs = static_cast<size_t>(n.numOutputs());
    const int first_output = graph_.first_entry[static_cast<size_t>(node)];
    in_.clear();
    out_.clear();
    for (size_t i = 0; i < num_inputs; ++i) in_.push_back(valueOf(inputEntry(node, i)));
    for (size_t i = 0; i < num_outputs; ++i)
      out_.push_back(valueOf(first_output + static_cast<int>(i)));
    try {
      Property::rule(n.op())(*n.attrs, in_, out_);
      bool told = false;
      for (size_t i = 0; i < num_inputs; ++i) {
        const IndexedGraph::Operand from = graph_.inputs[static_cast<size_t>(node)][i];
        if (!learn(graph_.entryOf(from), in_[i])) continue;
        told = true;
        wake(from.node, node);
      }
      bool learnt = false;
      for (size_t i = 0; i < num_outputs; ++i)
        learnt |= learn(first_output + static_cast<int>(i), out_[i]);
      if (learnt) wake(node, node);
      // An entry may know more than the rule made of it, where it is several inputs at once. Only
      // what was learnt here counts: a rule that forgets what it was told is not asked again.
      for (size_t i = 0; told && i < num_inputs; ++i) {
        if (!(valueOf(inputEntry(node, i)) == in_[i])) enqueue(node);
      }
    } catch (const Error& error) {
      const Error named = atNode("node \"" + n.name + "\"", n.op().name, error);
      throw Error(named.kind(), named.message() + "; " + inputsOf(node));
    }
  }

  bool learn(int entry, const Value& found) {
    Value& value = valueOf(entry);
    if (value == found) return false;
    const Value merged = Property::merged(value, found);
    if (merged == value) return false;
    value = merged;
    return true;
  }

  /// Something about an output of `producer` became known at `node`.
  void wake(int producer, int node) {
    if (producer != node) enqueue(producer);
    for (const int reader : readers_.of(producer)) {
      if (reader != node) enqueue(reader);
    }
  }

  std::string inputsOf(int node) {
    constexpr size_t kMost = 16;
    const Node& n = nodeAt(node);
    const std::vector<std::string>& names = n.attrs->inputNames();
    std::string text = n.inputs.empty() ? "it has no inputs" : "its inputs: ";
    for (size_t i = 0; i < std::min(n.inputs.size(), kMost); ++i) {
      const NodeEntry& input = n.inputs[i];
      if (i > 0) text += ", ";
      if (i < names.size()) text += names[i] + " = ";
      text +=
          input.node->outputName(input.index) + " " + Property::text(valueOf(inputEntry(node, i)));
    }
    if (n.inputs.size() > kMost) text += concat(" and ", n.inputs.size() - kMost, " more");
    return text;
  }

  const IndexedGraph& graph_;
  std::vector<Value>& values_;
  const Readers readers_;
  std::vector<bool> queued_;
  std::deque<int> queue_;
  std::vector<Value> in_, out_;
};

}  // namespace

void inferShapes(const IndexedGraph& graph, std::vector<Shape>* shapes) {
  Inference<ShapeProperty>(graph, shapes).run();
}

void inferTypes(const IndexedGraph& graph, std::vector<DType>* dtypes) {
  Inference<TypeProperty>(graph, dtypes).run();
}

}  // namespace tenon
