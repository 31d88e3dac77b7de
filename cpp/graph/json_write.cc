// A symbol as JSON, in MXNet 1.9.1's layout: blanks after commas, two blanks of indentation, lists
// of more than ten numbers and dictionaries of more than one pair on lines of their own.
#include <algorithm>
#include <iterator>
#include <utility>

#include "base/atomic_file.h"
#include "graph/graph_scope.h"
#include "graph/passes/passes.h"
#include "graph/symbol.h"

namespace tenon {

namespace {

constexpr int kMxnetVersion = 10901;
constexpr size_t kMostOnOneLine = 10;

std::string quote(std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += std::string("\\u00") + kDigits[c >> 4] + kDigits[c & 15];
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

std::string list(const std::vector<std::string>& items, const std::string& indent) {
  const bool lines = items.size() > kMostOnOneLine;
  std::string out = "[";
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ", ";
    if (lines) out += "\n" + indent + "  ";
    out += items[i];
  }
  if (lines) out += "\n" + indent;
  return out + "]";
}

std::string dictionary(const AttrMap& dict, const std::string& indent) {
  const bool lines = dict.size() > 1;
  std::string out = "{";
  bool first = true;
  for (const auto& [key, value] : dict) {
    if (!first) out += ", ";
    first = false;
    if (lines) out += "\n" + indent + "  ";
    out += quote(key) + ": " + quote(value);
  }
  if (lines) out += "\n" + indent;
  return out + "}";
}

/// Whether MXNet's build with oneDNN gives a Pooling node a second output, for maxima's places.
bool poolingKeepsPlaces(const AttrMap& dict) {
  const auto value = [&dict](const char* key) {
    const auto found = dict.find(key);
    return found != dict.end() ? std::string_view(found->second) : std::string_view();
  };
  const std::string_view type = value("pool_type"), kernel = value("kernel"),
                         layout = value("layout");
  return (type.empty() || type == "max") && kernel.find_first_of("123456789") != kernel.npos &&
         (layout.empty() || layout == "None" || layout.starts_with("NC"));
}

/// How many outputs MXNet counts in `node_row_ptr`: its hidden ones are not Tenon's. No reader
/// needs them, but the file shall be the same.
int recordedOutputs(const Node& node) {
  static constexpr std::pair<std::string_view, int> kCounts[] = {{"BatchNorm", 3},
                                                                 {"BatchNorm_v1", 3},
                                                                 {"BilinearSampler", 2},
                                                                 {"Correlation", 3},
                                                                 {"Dropout", 2},
                                                                 {"GridGenerator", 2},
                                                                 {"GroupNorm", 3},
                                                                 {"InstanceNorm", 3},
                                                                 {"L2Normalization", 2},
                                                                 {"LRN", 2},
                                                                 {"LayerNorm", 3},
                                                                 {"ROIPooling", 2},
                                                                 {"SpatialTransformer", 3},
                                                                 {"_contrib_box_nms", 2}};
  if (node.isVariable()) return 1;
  const std::string& op = node.op().name;
  if (op == "Pooling") return poolingKeepsPlaces(node.dict) ? 2 : 1;
  const auto* found = std::find_if(std::begin(kCounts), std::end(kCounts),
                                   [&op](const auto& c) { return c.first == op; });
  return found != std::end(kCounts) ? found->second : node.numVisibleOutputs();
}

std::string operand(const IndexedGraph::Operand& o, int version) {
  return "[" + std::to_string(o.node) + ", " + std::to_string(o.index) + ", " +
         std::to_string(version) + "]";
}

std::string nodeText(const IndexedGraph& graph, size_t id) {
  static const std::string kIndent = "      ";
  const Node& node = *graph.nodes[id];
  std::string out =
      "    {\n" + kIndent + "\"op\": " + quote(node.isVariable() ? "null" : node.op().name);
  out += ", \n" + kIndent + "\"name\": " + quote(node.name);
  if (!node.dict.empty()) out += ", \n" + kIndent + "\"attrs\": " + dictionary(node.dict, kIndent);
  std::vector<std::string> inputs;
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    inputs.push_back(operand(graph.inputs[id][i], node.inputs[i].version));
  }
  out += ", \n" + kIndent + "\"inputs\": " + list(inputs, kIndent);
  if (!node.control_inputs.empty()) {
    std::vector<std::string> control;
    for (const NodePtr& input : node.control_inputs)
      control.push_back(std::to_string(graph.ids.at(input.get())));
    out += ", \n" + kIndent + "\"control_deps\": " + list(control, kIndent);
  }
  return out + "\n    }";
}

}  // namespace

std::string Symbol::toJson() const {
  const GraphReadScope reading;
  static const std::string kIndent = "  ";
  const IndexedGraph graph(outputs_);
  std::vector<std::string> arg_nodes, row_ptr, heads;
  int64_t num_outputs = 0;
  std::string out = "{\n  \"nodes\": [";
  for (size_t id = 0; id < graph.nodes.size(); ++id) {
    out += id > 0 ? ", \n" : "\n";
    out += nodeText(graph, id);
    if (graph.nodes[id]->isVariable()) arg_nodes.push_back(std::to_string(id));
    row_ptr.push_back(std::to_string(num_outputs));
    num_outputs += recordedOutputs(*graph.nodes[id]);
  }
  row_ptr.push_back(std::to_string(num_outputs));
  for (size_t i = 0; i < outputs_.size(); ++i)
    heads.push_back(operand(graph.outputs[i], outputs_[i].version));
  out += graph.nodes.empty() ? "], \n" : "\n  ], \n";
  out += "  \"arg_nodes\": " + list(arg_nodes, kIndent) + ", \n";
  out += "  \"node_row_ptr\": " + list(row_ptr, kIndent) + ", \n";
  out += "  \"heads\": " + list(heads, kIndent) + ", \n";
  out += "  \"attrs\": {\"mxnet_version\": [\"int\", " + std::to_string(kMxnetVersion) + "]}\n}";
  return out;
}

void Symbol::save(const std::string& file) const {
  const std::string json = toJson();
  AtomicFile target(file);
  target.write(json.data(), json.size());
  target.commit();
}

}  // namespace tenon
