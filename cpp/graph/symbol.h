// Symbol: a list of outputs of a graph of nodes, MXNet's way: composed by name, saved as JSON,
// bound elsewhere.
//
// Nodes are shared and, but for attributes set by a person, immutable once composed; all functions
// may be called from several threads (see graph_scope.h). Everything
// here is iterative: graphs of any depth are walked and destroyed without recursion.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/params.h"
#include "graph/node.h"
#include "ops/registry/op.h"

namespace tenon {

/// What `Symbol::inferShapes` found; unknown entries stay unknown.
struct InferredShapes {
  std::vector<Shape> arguments, outputs, auxiliary;
  bool complete = false;
};
struct InferredTypes {
  std::vector<DType> arguments, outputs, auxiliary;
  bool complete = false;
};

class Symbol {
 public:
  Symbol() = default;
  explicit Symbol(std::vector<NodeEntry> outputs) : outputs_(std::move(outputs)) {}

  /// A free variable. Of `attrs`, MXNet's hidden keys get their underscores (`lr_mult` becomes
  /// `__lr_mult__`).
  static Symbol variable(const std::string& name, const AttrMap& attrs = {});
  /// Applies an operator. `inputs` are given by position, or by `input_names` (same length; empty
  /// strings: by position). Missing inputs become variables `<name>_<input>` that carry the
  /// operator's attributes too, as MXNet's do. An empty `name` is made by `nextName`
  /// (`convolution0`). Throws kInvalidArgument: unknown names, too many inputs, an input of several
  /// outputs, an auxiliary state that is no variable.
  static Symbol apply(const Op& op, const AttrMap& attrs, const std::string& name,
                      std::span<const Symbol> inputs,
                      std::span<const std::string> input_names = {});
  static Symbol group(std::span<const Symbol> symbols);

  const std::vector<NodeEntry>& outputs() const noexcept { return outputs_; }
  int numOutputs() const noexcept { return static_cast<int>(outputs_.size()); }
  /// Output `index` alone; throws kIndex.
  Symbol output(int index) const;
  /// The output of that name ("fc1_output"); throws kInvalidArgument with close matches.
  Symbol output(std::string_view name) const;
  /// Every node's every visible output.
  Symbol internals() const;
  /// The inputs of the output nodes; empty for a variable.
  Symbol children() const;
  /// A copy of this symbol, variables included, with the free variables of those names replaced
  /// and, if `name` is not empty, the output node renamed; the original is untouched.
  Symbol compose(std::span<const std::string> names, std::span<const Symbol> values,
                 const std::string& name = "") const;

  std::string name() const;  ///< of the single output node; empty for groups
  std::vector<std::string> listArguments() const;
  std::vector<std::string> listAuxiliaryStates() const;
  std::vector<std::string> listOutputs() const;
  std::vector<std::string> listInputs() const;  ///< arguments and auxiliary states, in graph order

  /// Of the single output node: an attribute as given, or a hidden key with or without its
  /// underscores.
  std::optional<std::string> attribute(const std::string& key) const;
  /// Changes the output node, which other symbols may share.
  void setAttribute(const std::string& key, const std::string& value);
  /// node name -> attributes; hidden keys stand there with and without their underscores.
  std::map<std::string, AttrMap> attributes() const;

  /// From what is given by name of arguments or auxiliary states (all of that name), and from
  /// `__shape__` and
  /// `__dtype__` of the variables where nothing is given. Throws kInvalidArgument naming the node,
  /// its operator and inputs on a clash.
  InferredShapes inferShapes(const std::map<std::string, Shape>& known) const;
  InferredTypes inferTypes(const std::map<std::string, DType>& known) const;

  /// MXNet 1.9.1's layout, byte for byte where the graph is the same.
  std::string toJson() const;
  /// Reads what MXNet 0.5 to 2.0 wrote and brings it up to 1.9.1. Throws kIo, naming `origin` and
  /// the place within.
  static Symbol fromJson(std::string_view json, const std::string& origin);
  static Symbol load(const std::string& file);
  void save(const std::string& file) const;  ///< atomic

 private:
  std::vector<NodeEntry> outputs_;
};

}  // namespace tenon
