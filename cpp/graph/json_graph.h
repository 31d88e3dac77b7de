// A symbol's JSON as read, before it is brought up to date and becomes nodes.
#pragma once

#include <string>
#include <vector>

#include "base/params.h"
#include "graph/node.h"

namespace tenon {

struct JsonEntry {
  int node = 0;
  int index = 0;
  int version = 0;
};

struct JsonNode {
  std::string op;  ///< "null": a variable
  std::string name;
  AttrMap dict;
  std::vector<JsonEntry> inputs;
  std::vector<int> control_inputs;
};

struct JsonGraph {
  std::string origin;  ///< where it comes from, for messages
  /// MXNet's that wrote it, as major * 10000 + minor * 100 + patch. Files before 0.9 say nothing.
  int version = 800;
  std::vector<JsonNode> nodes;
  std::vector<JsonEntry> heads;
};

/// The outputs of the graph, with what changed between its version and 1.9.1 made up for. Throws
/// kIo.
std::vector<NodeEntry> buildGraph(const JsonGraph& graph);

}  // namespace tenon
