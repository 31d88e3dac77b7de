// A node of a graph: a variable or the application of an operator.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "ops/registry/op.h"

namespace tenon {

struct Node;
using NodePtr = std::shared_ptr<Node>;

/// Output `index` of a node.
struct NodeEntry {
  NodePtr node;
  int index = 0;
  int version = 0;
  friend bool operator==(const NodeEntry& a, const NodeEntry& b) {
    return a.node == b.node && a.index == b.index;
  }
};

/// Always held by a NodePtr (std::make_shared): gradient builders get back from a Node* to its
/// owner.
struct Node : std::enable_shared_from_this<Node> {
  Node() = default;
  explicit Node(std::string node_name) : name(std::move(node_name)) {}
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  /// Null attrs: a variable.
  OpAttrsPtr attrs;
  std::string name;
  std::vector<NodeEntry> inputs;
  std::vector<NodePtr> control_inputs;  ///< run before, data not used
  /// What JSON shows: the operator's attributes as given and user attributes (`__lr_mult__`,
  /// `ctx_group`, …).
  AttrMap dict;
  /// Parameter values of dynamic fields if they differ from the attributes' (tapes).
  std::vector<double> dynamic;
  /// Of a variable: how many operators that write it were composed so far; JSON shows it with each
  /// input.
  std::atomic<int> writers{0};

  bool isVariable() const noexcept { return attrs == nullptr; }
  const Op& op() const noexcept { return attrs->op(); }
  int numOutputs() const noexcept { return attrs ? attrs->numOutputs() : 1; }
  int numVisibleOutputs() const noexcept { return attrs ? attrs->numVisibleOutputs() : 1; }
  /// MXNet's name of an output: a variable's is its own, others end in the output's name
  /// ("fc1_output").
  std::string outputName(int index) const;
  /// For messages: node "fc1" (FullyConnected).
  std::string describe() const;

  ~Node();  ///< iterative: releases long chains without recursion
};

/// All nodes reachable from `outputs`, inputs before users, in MXNet's depth-first order;
/// iterative.
std::vector<NodePtr> topologicalOrder(const std::vector<NodeEntry>& outputs);

/// `error` as one of a node: `where (operator): message`, without the operator's name in front of
/// the message, where registrations put it too.
Error atNode(const std::string& where, const std::string& op, const Error& error);

/// A copy of `node` over other inputs (parallel to its own). Variables are copied too.
NodePtr copyNode(const Node& node, std::vector<NodeEntry> inputs,
                 std::vector<NodePtr> control_inputs);

}  // namespace tenon
