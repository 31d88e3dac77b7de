#include "exec/autograd.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "exec/intern.h"
#include "exec/issue.h"
#include "exec/tape.h"
#include "exec/thread_state.h"
#include "graph/passes/passes.h"
#include "ops/registry/registry.h"

namespace tenon {
namespace {

using TapeNodePtr = std::shared_ptr<TapeNode>;

struct EntryHash {
  size_t operator()(const NodeEntry& entry) const noexcept {
    return std::hash<const void*>()(entry.node.get()) * 31 + static_cast<size_t>(entry.index);
  }
};

void runOp(const char* op, std::initializer_list<const NDArray*> inputs, NDArray output) {
  const OpAttrsPtr attrs = internedAttrs(findOp(op), {}, static_cast<int>(inputs.size()));
  issue(attrs, std::span(inputs.begin(), inputs.size()), std::span(&output, 1), {}, {},
        output.device(), false);
}

/// The nodes of a recorded graph, for one backward at a time: another one that meets some of them
/// waits, and finds them freed or whole. Variables are for all: nothing of them changes.
class GraphClaim {
 public:
  explicit GraphClaim(const std::vector<NodePtr>& order) {
    for (const NodePtr& node : order) {
      if (!node->isVariable()) nodes_.push_back(static_cast<TapeNode*>(node.get()));
    }
    std::unique_lock lock(mutex());
    const auto claimed = [](const TapeNode* node) { return node->claimed; };
    // All or none: two that wait for each other would each hold some.
    changed().wait(lock, [&] { return std::none_of(nodes_.begin(), nodes_.end(), claimed); });
    mark(true);
  }
  ~GraphClaim() {
    {
      const std::scoped_lock lock(mutex());
      mark(false);
    }
    changed().notify_all();
  }
  GraphClaim(const GraphClaim&) = delete;
  GraphClaim& operator=(const GraphClaim&) = delete;

 private:
  void mark(bool claimed) noexcept {
    for (TapeNode* node : nodes_) node->claimed = claimed;
  }
  static std::mutex& mutex() {
    static auto* const shared = new std::mutex;
    return *shared;
  }
  static std::condition_variable& changed() {
    static auto* const shared = new std::condition_variable;
    return *shared;
  }

  std::vector<TapeNode*> nodes_;
};

/// One backward: from heads to the gradients of marked variables.
class Backward {
 public:
  Backward(std::span<const NDArray> heads, std::span<const NDArray> head_gradients, bool train_mode)
      : train_mode_(train_mode) {
    TENON_CHECK(!heads.empty(), kInvalidArgument, "backward needs at least one head");
    TENON_CHECK(head_gradients.empty() || head_gradients.size() == heads.size(), kInvalidArgument,
                "backward of ", heads.size(), " heads is given ", head_gradients.size(),
                " head gradients");
    for (size_t i = 0; i < heads.size(); ++i) addHead(heads, head_gradients, i);
    order_ = topologicalOrder(heads_);
    claim_.emplace(order_);
    for (const NodePtr& node : order_) addToTape(std::static_pointer_cast<TapeNode>(node));
    TENON_CHECK(!variables_.empty(), kInvalidState,
                "backward has nothing to do: no array that the heads were computed from is marked");
  }

  void run() {
    std::vector<NodeEntry> wanted;
    for (const TapeNodePtr& variable : variables_) wanted.push_back({variable, 0, 0});
    gradients_ = differentiate(heads_, head_gradients_, wanted);
    collectUses();
    const ModeScope quiet(false, train_mode_);
    for (const NodePtr& node : backward_order_) {
      if (!tape_.contains(node.get())) runNode(*node);
    }
    for (size_t i = 0; i < variables_.size(); ++i) deliver(i);
  }

  /// Lets go of all values and edges of the recorded operators.
  void freeGraph() {
    for (const NodePtr& node : order_) {
      if (node->isVariable()) continue;
      TapeNode& recorded = static_cast<TapeNode&>(*node);
      recorded.freed = true;
      recorded.outputs.clear();
    }
  }

 private:
  void addHead(std::span<const NDArray> heads, std::span<const NDArray> head_gradients, size_t i) {
    const NDArray& head = heads[i];
    TENON_CHECK(head.defined(), kInvalidArgument, "backward: head ", i, " is no array");
    const TapeExtension* place = tapeOf(head);
    TENON_CHECK(place != nullptr, kInvalidState, "backward: head ", i, " of shape ", head.shape(),
                " was not computed while recording from arrays with gradients");
    heads_.push_back({place->node(), place->index(), 0});
    if (head_gradients.empty() || !head_gradients[i].defined()) {
      head_gradients_.emplace_back();
      return;
    }
    const NDArray& gradient = head_gradients[i];
    TENON_CHECK(gradient.shape() == head.shape() && gradient.dtype() == head.dtype(),
                kInvalidArgument, "backward: the gradient of head ", i, " is ", gradient.shape(),
                " ", nameOf(gradient.dtype()), ", expected ", head.shape(), " ",
                nameOf(head.dtype()));
    const TapeNodePtr leaf = makeLeaf(gradient, "head_gradient");
    tape_.insert(leaf.get());
    head_gradients_.push_back({leaf, 0, 0});
  }

  void addToTape(const TapeNodePtr& node) {
    tape_.insert(node.get());
    TENON_CHECK(
        !node->freed, kInvalidState, "backward: the graph through ", node->describe(),
        " was freed by an earlier backward; pass retain_graph to go through it more than once");
    if (node->isVariable()) {
      if (node->request != Request::kNull) variables_.push_back(node);
      return;
    }
    for (size_t i = 0; i < node->inputs.size(); ++i) {
      if (!node->attrs->mutates(static_cast<int>(i)))
        noteVersion(node->inputs[i], node->input_versions[i]);
    }
  }

  /// Remembers in which state the values were used; an entry used in two states can fit neither.
  void noteVersion(const NodeEntry& entry, uint64_t version) {
    const auto [it, inserted] = versions_.emplace(entry, version);
    if (!inserted && it->second != version) it->second = kMixedVersions;
  }

  void collectUses() {
    std::vector<NodeEntry> present;
    for (const NodeEntry& gradient : gradients_) {
      if (gradient.node == nullptr) continue;
      present.push_back(gradient);
      ++targets_[gradient];
    }
    backward_order_ = topologicalOrder(present);
    for (const NodePtr& node : backward_order_) {
      if (tape_.contains(node.get())) continue;
      for (const NodeEntry& input : node->inputs) ++uses_[input];
    }
  }

  /// Of a value on the tape, checked to be as it was; or of one computed by this backward.
  NDArray valueOf(const NodeEntry& entry, const Node& user) const {
    if (!tape_.contains(entry.node.get())) return values_.at(entry);
    const TapeNode& node = static_cast<const TapeNode&>(*entry.node);
    const NDArray& value = node.outputs.at(static_cast<size_t>(entry.index));
    TENON_CHECK(value.defined(), kInternal, user.describe(), " needs an output of ",
                node.describe(), " that was not kept");
    uint64_t expected = node.output_versions.at(static_cast<size_t>(entry.index));
    if (node.isVariable()) {
      const auto noted = versions_.find(entry);
      if (noted == versions_.end()) return value;
      expected = noted->second;
    }
    TENON_CHECK(value.storage()->version() == expected, kInvalidState,
                "backward: ", user.describe(), " needs the ",
                node.isVariable() ? "array \"" + node.name + "\"" : "output of " + node.describe(),
                " of shape ", value.shape(), " as it was, but it has been changed in place since");
    return value;
  }

  /// The index of the variable whose gradient array can take this entry directly; -1: none.
  int directTarget(const NodeEntry& entry) const {
    const auto found = targets_.find(entry);
    if (found == targets_.end() || found->second != 1) return -1;
    for (size_t i = 0; i < gradients_.size(); ++i) {
      if (!(gradients_[i] == entry)) continue;
      const bool adds = variables_[i]->request == Request::kAdd;
      return adds && uses_.contains(entry) ? -1 : static_cast<int>(i);
    }
    return -1;
  }

  void runNode(const Node& node) {
    std::vector<NDArray> arrays;
    for (const NodeEntry& input : node.inputs) arrays.push_back(valueOf(input, node));
    std::vector<const NDArray*> inputs;
    for (const NDArray& array : arrays) inputs.push_back(&array);

    const int count = node.numOutputs();
    std::vector<NDArray> outputs(static_cast<size_t>(count));
    std::vector<Request> requests(static_cast<size_t>(count), Request::kNull);
    const NodePtr self = std::const_pointer_cast<Node>(node.shared_from_this());
    for (int i = 0; i < count; ++i) {
      const NodeEntry entry{self, i, 0};
      if (!uses_.contains(entry) && !targets_.contains(entry)) continue;
      requests[static_cast<size_t>(i)] = Request::kWrite;
      const int target = directTarget(entry);
      if (target < 0) continue;
      outputs[static_cast<size_t>(i)] = variables_[static_cast<size_t>(target)]->gradient;
      requests[static_cast<size_t>(i)] = variables_[static_cast<size_t>(target)]->request;
      delivered_.insert(target);
    }
    try {
      issue(node.attrs, inputs, outputs, requests, node.dynamic,
            inputs.empty() ? device() : Device{}, train_mode_);
    } catch (...) {
      rethrowWithin(node);
    }
    for (int i = 0; i < count; ++i) {
      if (outputs[static_cast<size_t>(i)].defined())
        values_[{self, i, 0}] = outputs[static_cast<size_t>(i)];
    }
    for (const NodeEntry& input : node.inputs) {
      if (--uses_[input] == 0 && !targets_.contains(input)) values_.erase(input);
    }
  }

  [[noreturn]] static void rethrowWithin(const Node& node) {
    try {
      throw;
    } catch (const Error& e) {
      throw e.within("in " + node.describe());
    }
  }

  Device device() const {
    return static_cast<const TapeNode&>(*heads_[0].node).outputs.at(0).device();
  }

  void deliver(size_t i) {
    const TapeNode& variable = *variables_[i];
    if (delivered_.contains(static_cast<int>(i))) return;
    const NDArray& target = variable.gradient;
    if (gradients_[i].node == nullptr) {
      if (variable.request != Request::kAdd) runOp("zeros_like", {&target}, target);
      return;
    }
    const NDArray value = valueOf(gradients_[i], variable);
    if (variable.request == Request::kAdd) {
      runOp("elemwise_add", {&target, &value}, target);
    } else {
      value.copyTo(target);
    }
  }

  static constexpr uint64_t kMixedVersions = UINT64_MAX;

  const bool train_mode_;
  std::vector<NodeEntry> heads_, head_gradients_;
  std::vector<NodePtr> order_;            // the recorded graph
  std::optional<GraphClaim> claim_;       // of order_
  std::unordered_set<const Node*> tape_;  // its nodes, and head gradients
  std::vector<TapeNodePtr> variables_;    // marked ones
  std::unordered_map<NodeEntry, uint64_t, EntryHash> versions_;
  std::vector<NodeEntry> gradients_;  // parallel to variables_
  std::vector<NodePtr> backward_order_;
  std::unordered_map<NodeEntry, int, EntryHash> uses_, targets_;
  std::unordered_map<NodeEntry, NDArray, EntryHash> values_;
  std::unordered_set<int> delivered_;
};

}  // namespace

void markVariable(NDArray& array, const NDArray& gradient, Request request) {
  TENON_CHECK(array.defined(), kInvalidArgument, "markVariable is given no array");
  if (request == Request::kNull) {
    array.setExtension(nullptr);
    return;
  }
  TENON_CHECK(gradient.defined() && gradient.shape() == array.shape() &&
                  gradient.dtype() == array.dtype() && gradient.device() == array.device(),
              kInvalidArgument, "the gradient of an array of shape ", array.shape(), " ",
              nameOf(array.dtype()), " on ", array.device().toString(), " must be the same; it is ",
              gradient.defined() ? concat(gradient.shape(), " ", nameOf(gradient.dtype()), " on ",
                                          gradient.device().toString())
                                 : std::string("missing"));
  const TapeNodePtr leaf = makeLeaf(array, "variable");
  leaf->gradient = detached(gradient);
  leaf->request = request == Request::kInplace ? Request::kWrite : request;
  array.setExtension(Ref<ArrayExtension>(new TapeExtension(leaf, 0)));
}

NDArray gradientOf(const NDArray& array) {
  const TapeExtension* place = array.defined() ? tapeOf(array) : nullptr;
  return place != nullptr ? place->node()->gradient : NDArray();
}

void backward(std::span<const NDArray> heads, std::span<const NDArray> head_gradients,
              bool retain_graph, bool train_mode) {
  Backward pass(heads, head_gradients, train_mode);
  pass.run();
  if (!retain_graph) pass.freeGraph();
}

}  // namespace tenon
