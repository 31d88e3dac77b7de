// A node of a graph: a variable or the application of an operator.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ops/registry/op.h"

namespace tenon {

struct Node;
using NodePtr = std::shared_ptr<Node>;

/// Output `index` of a node.
struct NodeEntry {
  NodePtr node;
  int index = 0;
  int version = 0;
  friend bool operator==(const NodeEntry& a, const NodeEntry& b) { return a.node == b.node && a.index == b.index; }
};

struct Node {
  /// Null attrs: a variable.
  OpAttrsPtr attrs;
  std::string name;
  std::vector<NodeEntry> inputs;
  std::vector<NodePtr> control_inputs;   ///< run before, data not used
  /// What JSON shows: the operator's attributes as given and user attributes (`__lr_mult__`, `ctx_group`, …).
  AttrMap dict;
  /// Parameter values of dynamic fields if they differ from the attributes' (tapes).
  std::vector<double> dynamic;

  bool isVariable() const noexcept { return attrs == nullptr; }
  const Op& op() const noexcept { return attrs->op(); }
  int numOutputs() const noexcept { return attrs ? attrs->numOutputs() : 1; }

  ~Node();  ///< iterative: releases long chains without recursion
};

/// All nodes reachable from `outputs`, inputs before users, in MXNet's depth-first order; iterative.
std::vector<NodePtr> topologicalOrder(const std::vector<NodeEntry>& outputs);

}  // namespace tenon
