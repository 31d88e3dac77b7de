// Reads a symbol's JSON. The text is hostile: the parser keeps its own stack and refuses depth,
// every count, index and name is checked, and inputs must stand before their users, so that there
// are no cycles.
#include <nlohmann/json.hpp>

#include "base/atomic_file.h"
#include "base/error.h"
#include "graph/json_graph.h"
#include "graph/json_parse.h"
#include "graph/symbol.h"

namespace tenon {

namespace {

using Json = nlohmann::json;

/// Far above any graph's JSON; what is read takes up to some twenty times as much memory.
constexpr int64_t kMostBytes = int64_t{512} << 20;
/// A symbol's JSON is six levels deep.
constexpr int kMostDepth = 32;

class Reader {
 public:
  explicit Reader(const std::string& origin) : origin_(origin) {}

  JsonGraph read(std::string_view text) const {
    check(text.size() <= kMostBytes, "the JSON of a symbol", "has ", text.size(),
          " bytes, expected at most ", kMostBytes);
    const Json root = parseJson(text, origin_, kMostDepth);
    check(root.is_object(), "the JSON of a symbol", "is no object");
    JsonGraph graph;
    graph.origin = origin_;
    const Json& nodes = member(root, "nodes", "the JSON of a symbol");
    check(nodes.is_array(), "nodes", "is no list");
    check(nodes.size() < INT32_MAX, "nodes", "is too long");
    graph.nodes.reserve(nodes.size());
    for (const Json& node : nodes)
      graph.nodes.push_back(readNode(node, concat("nodes[", graph.nodes.size(), "]")));
    graph.heads = readEntries(member(root, "heads", "the JSON of a symbol"), "heads");
    readVersion(root, &graph);
    return graph;
  }

 private:
  template <class... Parts>
  void check(bool condition, std::string_view where, const Parts&... parts) const {
    TENON_CHECK(condition, kIo, origin_, ": ", where, " ", parts...);
  }

  const Json& member(const Json& object, const char* key, std::string_view where) const {
    const auto found = object.find(key);
    check(found != object.end(), where, "has no \"", key, "\"");
    return *found;
  }

  std::string string(const Json& value, const std::string& where) const {
    check(value.is_string(), where, "is no string");
    return value.get<std::string>();
  }

  /// A number that counts or indexes something.
  int number(const Json& value, const std::string& where) const {
    check(value.is_number_unsigned() && value.get<uint64_t>() <= INT32_MAX, where,
          "is no number from 0 to ", INT32_MAX);
    return static_cast<int>(value.get<uint64_t>());
  }

  JsonNode readNode(const Json& value, const std::string& where) const {
    check(value.is_object(), where, "is no object");
    JsonNode node;
    node.op = string(member(value, "op", where), where + ".op");
    node.name = string(member(value, "name", where), where + ".name");
    // Before NNVM, "param" held an operator's parameters and "attr" what people added; then all was
    // called "attr", and "attrs" in the end.
    for (const char* key : {"param", "attr", "attrs"}) {
      if (value.contains(key)) readAttributes(value[key], where + "." + key, &node.dict);
    }
    node.inputs = readEntries(member(value, "inputs", where), where + ".inputs");
    if (value.contains("control_deps")) {
      const Json& control = value["control_deps"];
      check(control.is_array(), where, ".control_deps is no list");
      for (const Json& id : control)
        node.control_inputs.push_back(number(id, where + ".control_deps"));
    }
    check(!value.contains("subgraphs"), where, "(\"", node.name,
          "\") holds graphs of its own, which is not supported");
    return node;
  }

  void readAttributes(const Json& value, const std::string& where, AttrMap* dict) const {
    check(value.is_object(), where, "is no object");
    for (const auto& [key, text] : value.items())
      dict->insert_or_assign(key, string(text, where + "." + key));
  }

  std::vector<JsonEntry> readEntries(const Json& value, const std::string& where) const {
    check(value.is_array(), where, "is no list");
    std::vector<JsonEntry> entries;
    entries.reserve(value.size());
    for (const Json& item : value) {
      const std::string place = concat(where, "[", entries.size(), "]");
      check(item.is_array() && (item.size() == 2 || item.size() == 3), place,
            "is not [node, output] or [node, output, version]");
      JsonEntry entry;
      entry.node = number(item[0], place + "[0]");
      entry.index = number(item[1], place + "[1]");
      if (item.size() == 3) entry.version = number(item[2], place + "[2]");
      entries.push_back(entry);
    }
    return entries;
  }

  void readVersion(const Json& root, JsonGraph* graph) const {
    const auto attrs = root.find("attrs");
    if (attrs == root.end() || !attrs->is_object()) return;
    const auto version = attrs->find("mxnet_version");
    if (version == attrs->end()) return;
    check(version->is_array() && version->size() == 2, "attrs.mxnet_version",
          "is not [\"int\", number]");
    graph->version = number((*version)[1], "attrs.mxnet_version[1]");
  }

  const std::string& origin_;
};

}  // namespace

Symbol Symbol::fromJson(std::string_view json, const std::string& origin) {
  JsonGraph graph = Reader(origin).read(json);
  return Symbol(buildGraph(graph));
}

Symbol Symbol::load(const std::string& file) {
  const std::vector<std::byte> bytes = readFile(file, kMostBytes);
  return fromJson({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file);
}

}  // namespace tenon
