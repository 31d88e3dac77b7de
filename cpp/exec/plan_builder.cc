#include <algorithm>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "exec/lowering.h"
#include "exec/plan.h"
#include "graph/graph_scope.h"
#include "graph/passes/passes.h"

namespace tenon {
namespace {

int64_t bytesOf(const TensorSpec& spec) {
  if (spec.layout != nullptr) return static_cast<int64_t>(spec.layout->bytes());
  return spec.shape.size() * static_cast<int64_t>(sizeOf(spec.dtype));
}

/// Adds `value` unless it is there.
void addOnce(std::vector<int>* list, int value) {
  if (std::find(list->begin(), list->end(), value) == list->end()) list->push_back(value);
}

class PlanBuilder {
 public:
  explicit PlanBuilder(const PlanRequest& request)
      : lowered_(lower(request)), graph_(allHeads()), plan_(new Plan) {
    plan_->device = request.device;
    plan_->training = request.training;
    num_forward_ = topologicalOrder(lowered_.outputs).size();
  }

  Ref<const Plan> build() {
    countUses();
    for (size_t id = 0; id < graph_.nodes.size(); ++id) {
      if (graph_.nodes[id]->isVariable()) addVariable(*graph_.nodes[id]);
    }
    addHeadExternals();
    planEntries();
    addSegment(Plan::kForward, 0, num_forward_);
    addSegment(Plan::kBackward, num_forward_, graph_.nodes.size());
    return Ref<const Plan>(plan_.get());
  }

 private:
  std::vector<NodeEntry> allHeads() const {
    std::vector<NodeEntry> heads = lowered_.outputs;
    heads.insert(heads.end(), lowered_.gradients.begin(), lowered_.gradients.end());
    return heads;
  }
  const LoweredNode& infoOf(size_t id) const { return lowered_.nodes.at(graph_.nodes[id].get()); }
  size_t entryOf(const IndexedGraph::Operand& operand) const {
    return static_cast<size_t>(graph_.entryOf(operand));
  }
  TensorSpec specOf(const IndexedGraph::Operand& operand) const {
    return infoOf(static_cast<size_t>(operand.node)).outputs[static_cast<size_t>(operand.index)];
  }

  void countUses() {
    uses_.resize(static_cast<size_t>(graph_.num_entries));
    for (const auto& inputs : graph_.inputs) {
      for (const IndexedGraph::Operand& input : inputs) ++uses_[entryOf(input)];
    }
    for (const IndexedGraph::Operand& head : graph_.outputs) ++uses_[entryOf(head)];
  }

  int addExternal(External external) {
    plan_->externals.push_back(std::move(external));
    return static_cast<int>(plan_->externals.size()) - 1;
  }

  /// The external of an argument; made here also for one that is used in packed form only.
  int externalOf(const Node& variable, const LoweredNode& info) {
    const auto found = variables_.find(&variable);
    if (found != variables_.end()) return found->second;
    External external;
    external.spec = info.outputs[0];
    switch (info.kind) {
      case LoweredNode::Kind::kHeadGradient:
        external.role = External::Role::kHeadGradient;
        external.index = info.index;
        break;
      case LoweredNode::Kind::kAuxiliary:
        external.role = External::Role::kAuxiliary;
        external.name = variable.name;
        break;
      default:
        external.role = External::Role::kArgument;
        external.name = variable.name;
    }
    return variables_[&variable] = addExternal(std::move(external));
  }

  void addVariable(const Node& node) {
    const LoweredNode& info = lowered_.nodes.at(&node);
    if (info.kind != LoweredNode::Kind::kPacked) {
      externalOf(node, info);
      return;
    }
    const int external = externalOf(*info.packs, lowered_.nodes.at(info.packs.get()));
    packed_[&node] = static_cast<int>(plan_->packed.size());
    plan_->packed.push_back({external, info.outputs[0].layout});
  }

  /// Gives each output and gradient its external, and lets the node that computes it write there
  /// where it can.
  void addHeadExternals() {
    direct_.resize(static_cast<size_t>(graph_.num_entries), -1);
    adds_.resize(static_cast<size_t>(graph_.num_entries), false);
    const size_t num_outputs = lowered_.outputs.size();
    for (size_t i = 0; i < graph_.outputs.size(); ++i) {
      const IndexedGraph::Operand head = graph_.outputs[i];
      External external;
      external.spec = specOf(head);
      bool add = false;
      if (i < num_outputs) {
        external.role = External::Role::kOutput;
        external.index = static_cast<int>(i);
      } else {
        external.role = External::Role::kGradient;
        external.name = lowered_.gradient_names[i - num_outputs];
        add = lowered_.gradient_requests[i - num_outputs] == Request::kAdd;
      }
      const int id = addExternal(std::move(external));
      const size_t entry = entryOf(head);
      const bool computed = !graph_.nodes[static_cast<size_t>(head.node)]->isVariable();
      // What somebody else reads, or a reorder makes, cannot be added to the caller's array at
      // once.
      const bool addable = uses_[entry] == 1 && infoOf(static_cast<size_t>(head.node)).kind ==
                                                    LoweredNode::Kind::kOperator;
      if (computed && direct_[entry] < 0 && (!add || addable)) {
        direct_[entry] = id;
        adds_[entry] = add;
      } else {
        delivered_later_.push_back(
            {i < num_outputs ? Plan::kForward : Plan::kBackward, head, id, add});
      }
    }
  }

  void planEntries() {
    MemoryRequest memory;
    const auto entries = static_cast<size_t>(graph_.num_entries);
    memory.entry_bytes.resize(entries);
    memory.external.resize(entries);
    memory.no_inplace.resize(graph_.nodes.size());
    for (size_t id = 0; id < graph_.nodes.size(); ++id) {
      const Node& node = *graph_.nodes[id];
      for (int i = 0; i < node.numOutputs(); ++i) {
        const auto entry = static_cast<size_t>(graph_.first_entry[id] + i);
        memory.external[entry] = node.isVariable() || direct_[entry] >= 0;
        // What nobody reads is not computed and has no memory.
        memory.entry_bytes[entry] =
            uses_[entry] == 0 ? 0 : bytesOf(infoOf(id).outputs[static_cast<size_t>(i)]);
      }
      memory.no_inplace[id] = infoOf(id).kind == LoweredNode::Kind::kReorder || mixesLayouts(id);
    }
    memory.segments = {{0, static_cast<int>(num_forward_)},
                       {static_cast<int>(num_forward_), static_cast<int>(graph_.nodes.size())}};
    memory_ = planMemory(graph_, memory);
    plan_->memory = {memory_.arena_bytes, memory_.unshared_bytes};
  }

  /// Whether an output has another layout than an input that it might take over.
  bool mixesLayouts(size_t id) const {
    const Node& node = *graph_.nodes[id];
    if (node.isVariable()) return false;
    for (const auto& [from, to] : node.op().inplace) {
      if (from < 0 || static_cast<size_t>(from) >= graph_.inputs[id].size() ||
          to >= node.numOutputs())
        continue;
      const LayoutPtr a = specOf(graph_.inputs[id][static_cast<size_t>(from)]).layout;
      const LayoutPtr b = infoOf(id).outputs[static_cast<size_t>(to)].layout;
      if ((a == nullptr) != (b == nullptr) || (a != nullptr && a != b && !a->equals(*b)))
        return true;
    }
    return false;
  }

  Operand operandOf(const IndexedGraph::Operand& from) const {
    Operand operand;
    operand.spec = specOf(from);
    const Node& node = *graph_.nodes[static_cast<size_t>(from.node)];
    const size_t entry = entryOf(from);
    if (node.isVariable()) {
      const auto packed = packed_.find(&node);
      operand.place = packed != packed_.end() ? Operand::Place::kPacked : Operand::Place::kExternal;
      operand.index = packed != packed_.end() ? packed->second : variables_.at(&node);
    } else if (direct_[entry] >= 0) {
      operand.place = Operand::Place::kExternal;
      operand.index = direct_[entry];
    } else if (uses_[entry] > 0) {
      operand.place = Operand::Place::kArena;
      operand.offset = memory_.slots[entry].offset;
    }
    return operand;
  }

  Operand outputOf(size_t id, int index) const {
    Operand operand = operandOf({static_cast<int>(id), index});
    const size_t entry = static_cast<size_t>(graph_.first_entry[id] + index);
    if (operand.place == Operand::Place::kNone) {
      operand.request = Request::kNull;
    } else if (direct_[entry] >= 0) {
      operand.request = adds_[entry] ? Request::kAdd : Request::kWrite;
    } else {
      operand.request = memory_.slots[entry].shares_with >= 0 ? Request::kInplace : Request::kWrite;
    }
    return operand;
  }

  void addSegment(int which, size_t from, size_t to) {
    Segment& segment = plan_->segments[which];
    segment.first_task = static_cast<int>(plan_->tasks.size());
    for (size_t id = from; id < to; ++id) {
      if (!graph_.nodes[id]->isVariable()) addTask(&segment, which, id);
    }
    for (const Delivery& delivery : delivered_later_) {
      if (delivery.segment == which) addDelivery(&segment, delivery);
    }
    segment.last_task = static_cast<int>(plan_->tasks.size());
    for (int write : segment.writes) std::erase(segment.reads, write);
  }

  void addOperand(Segment* segment, Operand operand, bool written) {
    if (operand.place == Operand::Place::kExternal) {
      addOnce(written ? &segment->writes : &segment->reads, operand.index);
    } else if (operand.place == Operand::Place::kPacked) {
      addOnce(&segment->packed, operand.index);
    }
    plan_->operands.push_back(std::move(operand));
  }

  void addTask(Segment* segment, int which, size_t id) {
    const Node& node = *graph_.nodes[id];
    const LoweredNode& info = infoOf(id);
    PlanTask task;
    task.kind = info.kind == LoweredNode::Kind::kReorder ? PlanTask::Kind::kReorder
                                                         : PlanTask::Kind::kKernel;
    task.attrs = node.attrs;
    task.kernel = info.kernel;
    task.prepared = info.prepared;
    const auto defaults = node.attrs->dynamicDefaults();
    task.dynamic =
        node.dynamic.empty() ? std::vector<double>(defaults.begin(), defaults.end()) : node.dynamic;
    task.first_operand = static_cast<int>(plan_->operands.size());
    task.num_inputs = static_cast<int>(node.inputs.size());
    task.num_outputs = node.numOutputs();
    task.node = node.name;
    task.label = labelOf(node, which);
    if (task.kind == PlanTask::Kind::kKernel && node.op().random) {
      std::vector<Shape> shapes;
      for (const TensorSpec& spec : info.outputs) shapes.push_back(spec.shape);
      task.random_offset = segment->random_count;
      segment->random_count += node.op().random_count ? node.op().random_count(*node.attrs, shapes)
                                                      : static_cast<uint64_t>(shapes.at(0).size());
    }
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      addOperand(segment, operandOf(graph_.inputs[id][i]),
                 node.attrs->mutates(static_cast<int>(i)));
    }
    bool wanted = false;
    for (int i = 0; i < node.numOutputs(); ++i) {
      Operand output = outputOf(id, i);
      wanted = wanted || (output.request != Request::kNull && output.spec.shape.size() > 0);
      addOperand(segment, std::move(output), true);
    }
    for (size_t i = 0; i < node.inputs.size(); ++i)
      wanted = wanted || node.attrs->mutates(static_cast<int>(i));
    if (wanted) plan_->tasks.push_back(std::move(task));
  }

  /// "backward of conv1 (Convolution)": gradient nodes are named after the node that they belong
  /// to.
  std::string labelOf(const Node& node, int which) const {
    if (which == Plan::kForward) return "forward of " + node.name + " (" + node.op().name + ")";
    const std::string name = node.name.substr(0, node.name.rfind("_backward"));
    for (size_t id = 0; id < num_forward_; ++id) {
      const Node& forward = *graph_.nodes[id];
      if (!forward.isVariable() && forward.name == name) {
        return "backward of " + name + " (" + forward.op().name + ")";
      }
    }
    return "backward of " + name + " (" + node.op().name + ")";
  }

  struct Delivery {
    int segment;
    IndexedGraph::Operand from;
    int external;
    bool add;
  };

  void addDelivery(Segment* segment, const Delivery& delivery) {
    PlanTask task;
    task.kind = delivery.add ? PlanTask::Kind::kAccumulate : PlanTask::Kind::kCopy;
    task.first_operand = static_cast<int>(plan_->operands.size());
    task.num_inputs = 1;
    task.num_outputs = 1;
    const External& external = plan_->externals[static_cast<size_t>(delivery.external)];
    task.node =
        external.role == External::Role::kOutput ? concat("output", external.index) : external.name;
    task.label =
        (external.role == External::Role::kOutput ? "copy to " : "gradient of ") + task.node;
    Operand target;
    target.place = Operand::Place::kExternal;
    target.index = delivery.external;
    target.spec = external.spec;
    target.request = delivery.add ? Request::kAdd : Request::kWrite;
    addOperand(segment, operandOf(delivery.from), false);
    addOperand(segment, std::move(target), true);
    if (external.spec.shape.size() > 0) plan_->tasks.push_back(std::move(task));
  }

  LoweredGraph lowered_;
  IndexedGraph graph_;
  Ref<Plan> plan_;
  size_t num_forward_ = 0;
  std::vector<int> uses_;                           // per entry: operators that read it, and heads
  std::unordered_map<const Node*, int> variables_;  // externals
  std::unordered_map<const Node*, int> packed_;
  std::vector<int> direct_;  // per entry: the external that its node writes, or -1
  std::vector<bool> adds_;   // per entry: adds there
  std::vector<Delivery> delivered_later_;
  MemoryPlan memory_;
};

}  // namespace

Ref<const Plan> buildPlan(const PlanRequest& request) {
  const GraphReadScope reading;
  return PlanBuilder(request).build();
}

}  // namespace tenon
