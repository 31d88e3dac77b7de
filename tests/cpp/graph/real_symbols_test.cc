// Symbol files of all ages that programs of MXNet wrote: what they hold must be what MXNet 1.9.1
// makes of them, as tests/golden/symbols.json tells (made by make_symbols.py there). The files
// themselves are not part of the project: TENON_TEST_DATA names their folder, by default
// shared/data beside the sources.
#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "base/atomic_file.h"
#include "base/error.h"
#include "graph/passes/passes.h"
#include "graph/support/check_lives.h"
#include "graph/support/graphs.h"
#include "graph/symbol.h"

namespace tenon {
namespace {

using Json = nlohmann::json;

std::filesystem::path dataFolder() {
  const char* given = std::getenv("TENON_TEST_DATA");
  return given != nullptr ? given : std::string(TENON_SOURCE_DIR) + "/../shared/data";
}

/// The whole of a file, unpacked if it is packed.
std::string contentOf(const std::filesystem::path& path) {
  std::string content;
  const gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return content;
  char block[65536];
  for (int got = gzread(file, block, sizeof block); got > 0;
       got = gzread(file, block, sizeof block)) {
    content.append(block, static_cast<size_t>(got));
  }
  gzclose(file);
  return content;
}

std::string fnv(const std::string& text) {
  uint64_t value = 0xCBF29CE484222325;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016lx", static_cast<unsigned long>(value));
  return digits;
}

template <class List, class Text>
std::string hashOf(const List& list, Text text) {
  std::string joined;
  for (const auto& item : list) joined += (joined.empty() ? "" : "\n") + text(item);
  return fnv(joined);
}

void expectList(const Names& names, const Json& expected, const char* what) {
  EXPECT_EQ(names.size(), expected["count"].get<size_t>()) << what;
  EXPECT_EQ(hashOf(names, [](const std::string& name) { return name; }),
            expected["hash"].get<std::string>())
      << what;
}

std::map<std::string, Shape> knownShapes(const Json& expected) {
  std::map<std::string, Shape> known;
  for (const auto& [name, dims] : expected["known"].items()) {
    known[name] = Shape(std::span<const int64_t>(dims.get<std::vector<int64_t>>()));
  }
  return known;
}

void expectShapes(const Symbol& symbol, const Json& expected) {
  const InferredShapes found = symbol.inferShapes(knownShapes(expected));
  EXPECT_TRUE(found.complete);
  std::vector<Shape> all = found.arguments;
  all.insert(all.end(), found.outputs.begin(), found.outputs.end());
  all.insert(all.end(), found.auxiliary.begin(), found.auxiliary.end());
  const auto text = [](const Shape& shape) {
    std::string dims;
    for (const int64_t dim : shape) dims += (dims.empty() ? "" : "x") + std::to_string(dim);
    return dims;
  };
  EXPECT_EQ(hashOf(all, text), expected["hash"].get<std::string>());
}

/// Differentiates with respect to all arguments: each gradient has its argument's shape, and the
/// memory plan of forward and backward keeps lives apart.
void expectGradients(const Symbol& symbol, const std::map<std::string, Shape>& known) {
  std::vector<NodeEntry> arguments;
  std::vector<NodeEntry> all = symbol.outputs();
  for (const NodePtr& node : topologicalOrder(all)) {
    if (node->isVariable()) arguments.push_back({node});
  }
  const std::vector<NodeEntry> gradients = differentiate(all, {}, arguments);
  std::vector<size_t> has_gradient;
  for (size_t i = 0; i < gradients.size(); ++i) {
    if (gradients[i].node == nullptr) continue;
    has_gradient.push_back(i);
    all.push_back(gradients[i]);
  }
  const IndexedGraph graph(mergeEqualNodes(all));
  std::vector<Shape> shapes(static_cast<size_t>(graph.num_entries));
  for (size_t node = 0; node < graph.nodes.size(); ++node) {
    const auto given = known.find(graph.nodes[node]->name);
    if (given != known.end()) shapes[static_cast<size_t>(graph.first_entry[node])] = given->second;
  }
  inferShapes(graph, &shapes);
  const auto shapeOf = [&](const IndexedGraph::Operand& operand) {
    return shapes[static_cast<size_t>(graph.entryOf(operand))];
  };
  for (size_t i = 0; i < has_gradient.size(); ++i) {
    const Node& argument = *arguments[has_gradient[i]].node;
    const Shape& expected = shapes[static_cast<size_t>(
        graph.first_entry[static_cast<size_t>(graph.ids.at(&argument))])];
    EXPECT_EQ(shapeOf(graph.outputs[static_cast<size_t>(symbol.numOutputs()) + i]), expected)
        << argument.name;
  }
  MemoryRequest request;
  // A byte per thousand elements: what matters is who lives where and when.
  for (const Shape& shape : shapes)
    request.entry_bytes.push_back(shape.known() ? shape.size() / 1000 + 1 : 1);
  const MemoryPlan plan = planMemory(graph, request);
  EXPECT_LE(plan.arena_bytes, plan.unshared_bytes);
  checkLives(graph, request, plan);
}

std::set<std::string> unknownOperators(const std::string& text) {
  std::set<std::string> unknown;
  const Json json = Json::parse(text);
  for (const Json& node : json["nodes"]) {
    const auto op = node["op"].get<std::string>();
    if (op != "null" && tryFindOp(op) == nullptr) unknown.insert(op);
  }
  return unknown;
}

TEST(RealSymbols, areReadAsMxnetReadsThem) {
  const auto bytes = readFile(std::string(TENON_SOURCE_DIR) + "/tests/golden/symbols.json");
  const Json golden =
      Json::parse(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  if (!std::filesystem::exists(dataFolder())) {
    GTEST_SKIP() << "there is no folder " << dataFolder()
                 << " of real symbol files: set TENON_TEST_DATA";
  }
  int checked = 0;
  for (const auto& [name, expected] : golden["files"].items()) {
    SCOPED_TRACE(name);
    const std::string text = contentOf(dataFolder() / name);
    if (text.empty()) {
      std::cout << "skipped, not there: " << name << "\n";
      continue;
    }
    const std::set<std::string> unknown = unknownOperators(text);
    if (!unknown.empty()) {
      std::cout << "skipped, operators missing: " << name << ":";
      for (const std::string& op : unknown) std::cout << " " << op;
      std::cout << "\n";
      EXPECT_THROW(Symbol::fromJson(text, name), Error);
      continue;
    }
    if (expected.contains("fails")) continue;  // what MXNet refuses may be read
    try {
      const Symbol symbol = Symbol::fromJson(text, name);
      expectList(symbol.listArguments(), expected["arguments"], "arguments");
      expectList(symbol.listAuxiliaryStates(), expected["auxiliary"], "auxiliary states");
      expectList(symbol.listOutputs(), expected["outputs"], "outputs");
      expectList(symbol.internals().listOutputs(), expected["internals"], "internals");
      const std::string json = symbol.toJson();
      EXPECT_EQ(fnv(json), expected["json"].get<std::string>())
          << "the JSON written again differs from MXNet's";
      EXPECT_EQ(Symbol::fromJson(json, name).toJson(), json);
      if (expected.contains("shapes")) {
        expectShapes(symbol, expected["shapes"]);
        expectGradients(symbol, knownShapes(expected["shapes"]));
      }
      ++checked;
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kUnsupported) {
        std::cout << "not differentiable: " << name << ": " << error.message() << "\n";
      } else {
        ADD_FAILURE() << error.message();
      }
    }
  }
  std::cout << "checked " << checked << " of " << golden["files"].size() << " files\n";
}

}  // namespace
}  // namespace tenon
