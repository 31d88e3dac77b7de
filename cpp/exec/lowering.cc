#include "exec/lowering.h"

#include <memory>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "exec/intern.h"
#include "graph/passes/passes.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

constexpr const char* kReorderOp =
    "_copy";  // what a reorder node looks like to the passes: one in, one out

bool sameLayout(const LayoutPtr& a, const LayoutPtr& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return a == b || a->equals(*b);
}

NodePtr makeNode(const char* op, std::string name, std::vector<NodeEntry> inputs) {
  auto node = std::make_shared<Node>(std::move(name));
  node->attrs = internedAttrs(findOp(op), {}, static_cast<int>(inputs.size()));
  node->inputs = std::move(inputs);
  return node;
}

class Lowering {
 public:
  explicit Lowering(const PlanRequest& request) : request_(request) { heads_ = request.outputs; }

  LoweredGraph run() {
    inferForward();
    if (request_.training && !request_.gradients.empty()) addGradients();
    heads_ = mergeEqualNodes(heads_);
    inferAll();
    for (size_t id = 0; id < graph_->nodes.size(); ++id) place(static_cast<int>(id));
    collectHeads();
    return std::move(result_);
  }

 private:
  using Entry = IndexedGraph::Operand;

  /// The forms in which one entry of the graph exists: as produced first, then reordered ones.
  struct Form {
    NodeEntry entry;
    LayoutPtr layout;
  };

  void setVariables(const IndexedGraph& graph, std::vector<Shape>* shapes,
                    std::vector<DType>* types) {
    shapes->assign(static_cast<size_t>(graph.num_entries), Shape());
    types->assign(static_cast<size_t>(graph.num_entries), DType::kUnknown);
    for (size_t id = 0; id < graph.nodes.size(); ++id) {
      const Node& node = *graph.nodes[id];
      if (!node.isVariable()) continue;
      const size_t entry = static_cast<size_t>(graph.first_entry[id]);
      const auto head = head_outputs_.find(&node);
      if (head != head_outputs_.end()) {
        (*shapes)[entry] = output_specs_[static_cast<size_t>(head->second)].shape;
        (*types)[entry] = output_specs_[static_cast<size_t>(head->second)].dtype;
        continue;
      }
      const auto given = request_.variables.find(node.name);
      TENON_CHECK(given != request_.variables.end(), kInvalidArgument, node.describe(),
                  " is not bound");
      (*shapes)[entry] = given->second.shape;
      (*types)[entry] = given->second.dtype;
    }
  }

  void inferForward() {
    const IndexedGraph graph(heads_);
    setVariables(graph, &shapes_, &types_);
    inferTypes(graph, &types_);
    inferShapes(graph, &shapes_);
    for (const Entry& output : graph.outputs) {
      const auto entry = static_cast<size_t>(graph.entryOf(output));
      output_specs_.push_back({shapes_[entry], types_[entry], nullptr});
    }
    for (const NodePtr& node : graph.nodes) {
      if (node->isVariable()) continue;
      for (size_t i = 0; i < node->inputs.size(); ++i) {
        if (node->attrs->mutates(static_cast<int>(i)))
          auxiliary_.insert(node->inputs[i].node.get());
      }
    }
  }

  void addGradients() {
    std::vector<NodeEntry> head_gradients, wanted;
    for (size_t i = 0; i < request_.outputs.size(); ++i) {
      const Node& node = *request_.outputs[i].node;
      head_gradients.emplace_back();
      if (!node.isVariable() && node.op().ignores_head_gradient) continue;
      auto head = std::make_shared<Node>(concat("head_gradient", i));
      head_outputs_[head.get()] = static_cast<int>(i);
      head_gradients.back().node = head;
    }
    for (const NodePtr& node : topologicalOrder(request_.outputs)) {
      const auto found =
          node->isVariable() ? request_.gradients.find(node->name) : request_.gradients.end();
      if (found == request_.gradients.end() || found->second == Request::kNull) continue;
      wanted.push_back({node, 0, 0});
      result_.gradient_names.push_back(node->name);
      result_.gradient_requests.push_back(found->second);
    }
    const std::vector<NodeEntry> gradients =
        differentiate(request_.outputs, head_gradients, wanted);
    std::vector<std::string> names = std::exchange(result_.gradient_names, {});
    std::vector<Request> requests = std::exchange(result_.gradient_requests, {});
    for (size_t i = 0; i < gradients.size(); ++i) {
      NodeEntry gradient = gradients[i];
      if (gradient.node == nullptr) {  // nothing flows: zeros, or nothing added
        if (requests[i] == Request::kAdd) continue;
        gradient = {makeNode("zeros_like", names[i] + "_backward", {wanted[i]}), 0, 0};
      }
      heads_.push_back(gradient);
      result_.gradient_names.push_back(std::move(names[i]));
      result_.gradient_requests.push_back(requests[i]);
    }
  }

  void inferAll() {
    graph_ = std::make_unique<IndexedGraph>(heads_);
    setVariables(*graph_, &shapes_, &types_);
    inferTypes(*graph_, &types_);
    inferShapes(*graph_, &shapes_);
    forms_.resize(static_cast<size_t>(graph_->num_entries));
    for (size_t id = 0; id < graph_->nodes.size(); ++id) {
      const Node& node = *graph_->nodes[id];
      for (int i = 0; i < node.numOutputs(); ++i) {
        const auto entry = static_cast<size_t>(graph_->first_entry[id] + i);
        TENON_CHECK(shapes_[entry].known() && types_[entry] != DType::kUnknown, kInvalidArgument,
                    node.describe(), ": the shape ", shapes_[entry], " and dtype ",
                    nameOf(types_[entry]), " of its output ", i,
                    " do not follow from what is bound; graphs whose shapes depend on data",
                    " cannot be bound");
        shapes_[entry].checkedSize();
      }
    }
  }

  TensorSpec specOf(const Entry& operand) const {
    const auto entry = static_cast<size_t>(graph_->entryOf(operand));
    return {shapes_[entry], types_[entry],
            forms_[entry].empty() ? nullptr : forms_[entry].front().layout};
  }

  void place(int id) {
    const NodePtr& node = graph_->nodes[static_cast<size_t>(id)];
    if (node->isVariable()) {
      placeVariable(id, node);
    } else {
      try {
        placeOperator(id, *node);
      } catch (const Error& error) {
        throw error.within(node->describe());
      }
    }
  }

  void placeVariable(int id, const NodePtr& node) {
    LoweredNode& lowered = result_.nodes[node.get()];
    lowered.outputs = {specOf({id, 0})};
    const auto head = head_outputs_.find(node.get());
    if (head != head_outputs_.end()) {
      lowered.kind = LoweredNode::Kind::kHeadGradient;
      lowered.index = head->second;
    } else {
      lowered.kind = auxiliary_.contains(node.get()) ? LoweredNode::Kind::kAuxiliary
                                                     : LoweredNode::Kind::kArgument;
    }
    forms_[static_cast<size_t>(graph_->first_entry[static_cast<size_t>(id)])] = {
        {{node, 0, 0}, nullptr}};
  }

  void placeOperator(int id, const Node& node) {
    const std::vector<Entry>& operands = graph_->inputs[static_cast<size_t>(id)];
    LoweredNode lowered;
    lowered.kernel = node.op().kernel(request_.device.type);
    TENON_CHECK(lowered.kernel != nullptr && lowered.kernel->run != nullptr, kUnsupported,
                "no kernel for ", request_.device.toString());
    TENON_CHECK(!lowered.kernel->allocates, kInvalidArgument, node.describe(),
                ": graphs whose shapes depend on data cannot be bound");
    const bool layouts_free = lowered.kernel->picks_layouts;
    std::vector<TensorSpec> inputs;
    for (const Entry& operand : operands) {
      inputs.push_back(specOf(operand));
      if (!layouts_free) inputs.back().layout = nullptr;
    }
    for (int i = 0; i < node.numOutputs(); ++i) {
      lowered.outputs.push_back(specOf({id, i}));
    }
    if (lowered.kernel->prepare != nullptr) {
      lowered.prepared = lowered.kernel->prepare({.attrs = *node.attrs,
                                                  .inputs = inputs,
                                                  .outputs = lowered.outputs,
                                                  .device = request_.device,
                                                  .training = request_.training,
                                                  .layouts_free = layouts_free});
    }
    std::vector<NodeEntry> from;
    for (size_t i = 0; i < operands.size(); ++i)
      from.push_back(formOf(operands[i], wantedLayout(lowered, i)));
    if (layouts_free && lowered.prepared != nullptr) {
      const auto& layouts = lowered.prepared->output_layouts;
      for (size_t i = 0; i < layouts.size() && i < lowered.outputs.size(); ++i)
        lowered.outputs[i].layout = layouts[i];
    }
    std::vector<NodePtr> controls;
    for (const NodePtr& control : node.control_inputs) {
      if (!control->isVariable()) controls.push_back(copies_.at(control.get()));
    }
    const NodePtr copy = copyNode(node, std::move(from), std::move(controls));
    copies_[&node] = copy;
    for (int i = 0; i < node.numOutputs(); ++i) {
      forms_[static_cast<size_t>(graph_->first_entry[static_cast<size_t>(id)] + i)] = {
          {{copy, i, 0}, lowered.outputs[static_cast<size_t>(i)].layout}};
    }
    result_.nodes[copy.get()] = std::move(lowered);
  }

  static LayoutPtr wantedLayout(const LoweredNode& node, size_t input) {
    if (!node.kernel->picks_layouts || node.prepared == nullptr) return nullptr;
    const auto& layouts = node.prepared->input_layouts;
    return input < layouts.size() ? layouts[input] : nullptr;
  }

  /// The entry in that layout: as it is, as made before, or by a new reorder. Arguments' are kept
  /// across runs.
  NodeEntry formOf(const Entry& operand, const LayoutPtr& layout) {
    std::vector<Form>& forms = forms_[static_cast<size_t>(graph_->entryOf(operand))];
    for (const Form& form : forms) {
      if (sameLayout(form.layout, layout)) return form.entry;
    }
    const NodeEntry& source = forms.front().entry;
    LoweredNode lowered;
    lowered.outputs = {specOf(operand)};
    lowered.outputs[0].layout = layout;
    const std::string name = concat(source.node->name, "_reorder", forms.size());
    NodePtr node;
    if (result_.nodes.at(source.node.get()).kind == LoweredNode::Kind::kArgument) {
      node = std::make_shared<Node>(name);
      lowered.kind = LoweredNode::Kind::kPacked;
      lowered.packs = source.node;
    } else {
      node = makeNode(kReorderOp, name, {source});
      lowered.kind = LoweredNode::Kind::kReorder;
    }
    result_.nodes[node.get()] = std::move(lowered);
    forms.push_back({{node, 0, 0}, layout});
    return forms.back().entry;
  }

  void collectHeads() {
    const size_t count = request_.outputs.size();
    for (size_t i = 0; i < graph_->outputs.size(); ++i) {
      (i < count ? result_.outputs : result_.gradients)
          .push_back(formOf(graph_->outputs[i], nullptr));
    }
  }

  const PlanRequest& request_;
  std::vector<NodeEntry> heads_;  // outputs, then gradients
  std::vector<TensorSpec> output_specs_;
  std::unordered_set<const Node*> auxiliary_;
  std::unordered_map<const Node*, int> head_outputs_;
  std::unique_ptr<IndexedGraph> graph_;
  std::vector<Shape> shapes_;
  std::vector<DType> types_;
  std::vector<std::vector<Form>> forms_;  // per entry of graph_
  std::unordered_map<const Node*, NodePtr> copies_;
  LoweredGraph result_;
};

}  // namespace

LoweredGraph lower(const PlanRequest& request) { return Lowering(request).run(); }

}  // namespace tenon
