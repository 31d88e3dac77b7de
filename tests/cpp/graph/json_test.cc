#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/atomic_file.h"
#include "graph/names.h"
#include "graph/support/graphs.h"
#include "graph/symbol.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

std::string golden(const std::string& name) {
  const auto bytes = readFile(std::string(TENON_SOURCE_DIR) + "/tests/golden/symbols/" + name);
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The graphs of tests/golden/make_json.py.
Symbol lenet() {
  const auto conv = [](const char* name, const Symbol& in, const char* filters) {
    return apply("Convolution", name, {in}, {{"kernel", "(5, 5)"}, {"num_filter", filters}});
  };
  const auto tanh = [](const Symbol& in) {
    return apply("Activation", "", {in}, {{"act_type", "tanh"}});
  };
  const auto pool = [](const Symbol& in) {
    return apply("Pooling", "", {in},
                 {{"pool_type", "max"}, {"kernel", "(2, 2)"}, {"stride", "(2, 2)"}});
  };
  resetNames();
  Symbol net = pool(tanh(conv("conv1", Symbol::variable("data"), "20")));
  net = apply("Flatten", "", {pool(tanh(conv("conv2", net, "50")))});
  net = tanh(apply("FullyConnected", "fc1", {net}, {{"num_hidden", "500"}}));
  net = apply("FullyConnected", "fc2", {net}, {{"num_hidden", "10"}});
  return apply("SoftmaxOutput", "softmax", {net});
}

Symbol auxiliary() {
  resetNames();
  const Symbol mean = Symbol::variable("mean");
  const Symbol first =
      Symbol::apply(findOp("BatchNorm"), {{"eps", "0.001"}, {"fix_gamma", "False"}}, "bn1",
                    std::vector{Symbol::variable("data"), mean}, Names{"", "moving_mean"});
  Symbol net = Symbol::apply(findOp("BatchNorm"), {}, "bn2", std::vector{first, mean},
                             Names{"", "moving_mean"});
  net = apply("Dropout", "", {net}, {{"p", "0.25"}});
  return Symbol::group(std::vector{net, mean});
}

Symbol attributes() {
  const Symbol data = Symbol::variable("data", {{"__shape__", "(2, 0)"},
                                                {"__dtype__", "2"},
                                                {"lr_mult", "0.5"},
                                                {"__init__", "[\"one\", {}]"}});
  return apply("FullyConnected", "fc", {data},
               {{"num_hidden", "3"},
                {"no_bias", "True"},
                {"ctx_group", "a"},
                {"__text__", "q\"\\\n\r\tä/"}});
}

Symbol wide() {
  const Symbol parts =
      apply("SliceChannel", "split", {Symbol::variable("data")}, {{"num_outputs", "12"}});
  std::vector<Symbol> each;
  for (int i = 0; i < 12; ++i) each.push_back(parts.output(i));
  resetNames();
  std::vector<Symbol> all = {apply("Concat", "", each, {{"dim", "1"}})};
  all.insert(all.end(), each.begin(), each.end() - 1);
  return Symbol::group(all);
}

TEST(Json, isWrittenAsMxnetWritesIt) {
  EXPECT_EQ(lenet().toJson(), golden("lenet.json"));
  EXPECT_EQ(auxiliary().toJson(), golden("auxiliary.json"));
  EXPECT_EQ(attributes().toJson(), golden("attributes.json"));
  EXPECT_EQ(wide().toJson(), golden("wide.json"));
}

TEST(Json, whatIsReadIsWrittenAgainByteForByte) {
  for (const char* name : {"lenet.json", "auxiliary.json", "attributes.json", "wide.json"}) {
    EXPECT_EQ(Symbol::fromJson(golden(name), name).toJson(), golden(name));
  }
}

TEST(Json, ofNothingAndOfAVariableRoundTrips) {
  for (const Symbol& symbol : {Symbol(), Symbol::variable("x")}) {
    EXPECT_EQ(Symbol::fromJson(symbol.toJson(), "test").toJson(), symbol.toJson());
  }
}

TEST(Json, namesMayHoldAnyText) {
  const Symbol odd = Symbol::variable("\x01\x1f \"\\/ \xe4\xbd\xa0");
  EXPECT_EQ(Symbol::fromJson(odd.toJson(), "test").listArguments(), odd.listArguments());
}

TEST(Json, controlInputsAreKept) {
  const Symbol x = Symbol::variable("x");
  const Symbol a = apply("_test_sin", "a", {x});
  const Symbol b = apply("_test_sin", "b", {x});
  b.outputs()[0].node->control_inputs.push_back(a.outputs()[0].node);
  const Symbol read = Symbol::fromJson(b.toJson(), "test");
  ASSERT_EQ(read.outputs()[0].node->control_inputs.size(), 1u);
  EXPECT_EQ(read.outputs()[0].node->control_inputs[0]->name, "a");
  EXPECT_EQ(read.toJson(), b.toJson());
}

TEST(Json, filesAreSavedAndLoaded) {
  const std::string file = ::testing::TempDir() + "tenon-json-test-symbol.json";
  lenet().save(file);
  EXPECT_EQ(Symbol::load(file).toJson(), golden("lenet.json"));
  std::filesystem::remove(file);
  expectError(ErrorKind::kIo, file, [&] { Symbol::load(file); });
}

// How a file from before 0.9 looks: parameters and other attributes apart, two numbers per input,
// no auxiliary states.
constexpr const char* kOldest = R"({
  "nodes": [
    {"op": "null", "param": {}, "name": "data", "inputs": [], "backward_source_id": -1,
     "attr": {"ctx_group": "one", "lr_mult": "0.2"}},
    {"op": "null", "param": {}, "name": "w", "inputs": [], "backward_source_id": -1},
    {"op": "null", "param": {}, "name": "b", "inputs": [], "backward_source_id": -1},
    {"op": "FullyConnected", "param": {"no_bias": "False", "num_hidden": "8"}, "name": "fc",
     "inputs": [[0, 0], [1, 0], [2, 0]], "backward_source_id": -1,
     "attr": {"ctx_group": "one", "weight_lr_mult": "1.2", "other_wd_mult": "3"}},
    {"op": "null", "param": {}, "name": "gamma", "inputs": [], "backward_source_id": -1},
    {"op": "null", "param": {}, "name": "beta", "inputs": [], "backward_source_id": -1},
    {"op": "BatchNorm", "param": {"eps": "0.001"}, "name": "bn", "inputs": [[3, 0], [4, 0], [5, 0]],
     "backward_source_id": -1, "attr": {"ctx_group": "two"}}
  ],
  "arg_nodes": [0, 1, 2, 4, 5],
  "heads": [[6, 0]]
})";

TEST(Json, theOldestLayoutIsBroughtUpToDate) {
  const Symbol symbol = Symbol::fromJson(kOldest, "old");
  EXPECT_EQ(symbol.listArguments(), (Names{"data", "w", "b", "gamma", "beta"}));
  EXPECT_EQ(symbol.listAuxiliaryStates(), (Names{"bn_moving_mean", "bn_moving_var"}));
  const auto attrs = symbol.attributes();
  EXPECT_EQ(attrs.at("data").at("__lr_mult__"), "0.2");
  EXPECT_EQ(attrs.at("w"), (AttrMap{{"__lr_mult__", "1.2"}, {"lr_mult", "1.2"}}));
  EXPECT_EQ(attrs.at("fc").at("num_hidden"), "8");
  EXPECT_EQ(attrs.at("fc").at("__ctx_group__"), "one");
  EXPECT_EQ(attrs.at("fc").at("other_wd_mult"), "3");
  EXPECT_EQ(attrs.at("bn_moving_mean").at("__init__"), "[\"zero\", {}]");
  EXPECT_EQ(attrs.at("bn_moving_var").at("__ctx_group__"), "two");
}

TEST(Json, theLayoutBetweenIsReadToo) {
  const Symbol symbol = Symbol::fromJson(
      R"({"nodes": [{"op": "null", "name": "x", "attr": {"wd_mult": "2"}, "inputs": []},
                    {"op": "_test_scale", "name": "s", "attr": {"scalar": "2"}, "inputs": [[0, 0, 0]]}],
          "arg_nodes": [0], "node_row_ptr": [0, 1, 2], "heads": [[1, 0, 0]],
          "attrs": {"mxnet_version": ["int", 904]}})",
      "between");
  EXPECT_EQ(symbol.attribute("scalar"), "2");
  EXPECT_EQ(symbol.internals().output("x").attribute("wd_mult"), "2");
}

TEST(Json, sinceNineAuxiliaryStatesMayNotBeMissing) {
  std::string json = kOldest;
  json.replace(json.rfind('}'), 1, R"(, "attrs": {"mxnet_version": ["int", 904]}})");
  expectError(ErrorKind::kIo, "test: nodes[6] \"bn\" (BatchNorm) has 3 inputs, expected 5",
              [&] { Symbol::fromJson(json, "test"); });
}

/// A graph of x, which is given, and one node more.
std::string withNode(const std::string& node) {
  return R"({"nodes": [{"op": "null", "name": "x", "inputs": []}, )" + node +
         R"(], "heads": [[1, 0, 0]], "attrs": {"mxnet_version": ["int", 10901]}})";
}

TEST(Json, whatIsWrongIsNamedWithItsPlace) {
  struct Case {
    std::string json;
    const char* message;
  };
  const Case cases[] = {
      {"", "test: parse error at line 1, column 1"},
      {"[1, 2", "test: parse error at line 1, column 6"},
      {"{\"nodes\": [\n{\"op\": nul}]}", "test: parse error at line 2, column 11"},
      {"{\"nodes\": \"\xff\"}", "ill-formed UTF-8"},
      {"[]", "test: the JSON of a symbol is no object"},
      {"{}", "test: the JSON of a symbol has no \"nodes\""},
      {R"({"nodes": {}})", "test: nodes is no list"},
      {R"({"nodes": []})", "test: the JSON of a symbol has no \"heads\""},
      {R"({"nodes": [], "heads": [[0, 0, 0]]})", "test: heads[0]: there is no node 0 before it"},
      {R"({"nodes": [3], "heads": []})", "test: nodes[0] is no object"},
      {R"({"nodes": [{"op": "null"}], "heads": []})", "test: nodes[0] has no \"name\""},
      {R"({"nodes": [{"op": 1, "name": "x"}], "heads": []})", "test: nodes[0].op is no string"},
      {R"({"nodes": [{"op": "null", "name": "x"}], "heads": []})",
       "test: nodes[0] has no \"inputs\""},
      {R"({"nodes": [{"op": "null", "name": "x", "inputs": [[0, 0, 0]]}], "heads": []})",
       "test: nodes[0] \"x\": a variable has no inputs"},
      {R"({"nodes": [{"op": "null", "name": "x", "inputs": [], "attrs": {"a": 1}}], "heads": []})",
       "test: nodes[0].attrs.a is no string"},
      {R"({"nodes": [], "heads": [], "attrs": {"mxnet_version": 10901}})",
       "test: attrs.mxnet_version is not [\"int\", number]"},
      {withNode(R"({"op": "_test_sin", "name": "s", "inputs": [[1, 0, 0]]})"),
       "test: nodes[1] \"s\".inputs[0]: there is no node 1 before it"},
      {withNode(R"({"op": "_test_sin", "name": "s", "inputs": [[0, 1, 0]]})"),
       "test: nodes[1] \"s\".inputs[0]: variable \"x\" has no output 1, expected 0 to 0"},
      {withNode(R"({"op": "_test_sin", "name": "s", "inputs": [[0, -1, 0]]})"),
       "test: nodes[1].inputs[0][1] is no number from 0 to 2147483647"},
      {withNode(R"({"op": "_test_sin", "name": "s", "inputs": [[99999999999999999999, 0, 0]]})"),
       "test: nodes[1].inputs[0][0] is no number from 0 to 2147483647"},
      {withNode(R"({"op": "_test_sin", "name": "s", "inputs": [[0]]})"),
       "test: nodes[1].inputs[0] is not [node, output] or [node, output, version]"},
      {withNode(R"({"op": "_test_sin", "name": "s", "inputs": []})"),
       "test: nodes[1] \"s\" (_test_sin) has 0 inputs, expected 1"},
      {withNode(R"({"op": "_test_sin", "name": "s", "inputs": [[0, 0, 0]], "control_deps": [7]})"),
       "test: nodes[1] \"s\".control_deps: there is no node 7 before it"},
      {withNode(R"({"op": "_test_sin", "name": "s", "inputs": [[0, 0, 0]], "subgraphs": []})"),
       "test: nodes[1] (\"s\") holds graphs of its own, which is not supported"},
      {withNode(R"({"op": "_test_sni", "name": "s", "inputs": [[0, 0, 0]]})"),
       "test: nodes[1] \"s\" (_test_sni): "},
      {withNode(
           R"({"op": "_test_scale", "name": "s", "attrs": {"scalar": "big"}, "inputs": [[0, 0, 0]]})"),
       "test: nodes[1] \"s\" (_test_scale): "},
      {withNode(
           R"({"op": "_test_scale", "name": "s", "attrs": {"odd": "1"}, "inputs": [[0, 0, 0]]})"),
       "test: nodes[1] \"s\" (_test_scale): "},
      {withNode(R"({"op": "_test_sin", "name": "s", "inputs": [[0, 0, 0]]},
                   {"op": "_test_state", "name": "t", "inputs": [[0, 0, 0], [1, 0, 0]]})"),
       "test: nodes[2] \"t\" (_test_state): its input state is written by the operator and must be "
       "a variable"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.json);
    expectError(ErrorKind::kIo, c.message, [&c] { Symbol::fromJson(c.json, "test"); });
  }
}

TEST(Json, unknownOperatorsAreNamedWithWhatWasMeant) {
  expectError(ErrorKind::kIo, "test: nodes[1] \"s\" (FullyConected): ", [] {
    Symbol::fromJson(withNode(R"({"op": "FullyConected", "name": "s", "inputs": [[0, 0]]})"),
                     "test");
  });
  expectError(ErrorKind::kIo, "FullyConnected", [] {
    Symbol::fromJson(withNode(R"({"op": "FullyConected", "name": "s", "inputs": [[0, 0]]})"),
                     "test");
  });
}

TEST(Json, allUnknownOperatorsAreToldAtOnce) {
  expectError(ErrorKind::kIo, "; neither does Blur, Quack", [] {
    Symbol::fromJson(withNode(R"({"op": "Bark", "name": "a", "inputs": [[0, 0]]},
                                 {"op": "Quack", "name": "b", "inputs": [[1, 0]]},
                                 {"op": "Blur", "name": "c", "inputs": [[1, 0]]},
                                 {"op": "Bark", "name": "d", "inputs": [[1, 0]]})"),
                     "test");
  });
}

TEST(Json, aNodesOutputsAreBounded) {
  expectError(
      ErrorKind::kIo,
      "nodes[1] \"s\" (_test_many): there would be 2000000000 outputs, expected 1 to 1048576", [] {
        Symbol::fromJson(
            withNode(
                R"({"op": "_test_many", "name": "s", "attrs": {"count": "2000000000"}, "inputs": [[0, 0]]})"),
            "test");
      });
}

TEST(Json, depthIsBounded) {
  for (const char* open : {"[", "{\"a\":"}) {
    std::string deep;
    for (int i = 0; i < 1000000; ++i) deep += open;
    expectError(ErrorKind::kIo, "test: lists and objects are nested more than 32 deep",
                [&deep] { Symbol::fromJson(deep, "test"); });
  }
}

TEST(Json, everyCutOfAFileIsRefused) {
  const std::string whole = golden("lenet.json");
  for (size_t length = 0; length < whole.size(); length += 7) {
    EXPECT_THROW(Symbol::fromJson(whole.substr(0, length), "test"), Error) << length;
  }
}

TEST(Json, noChangeOfAByteDoesMoreThanThrow) {
  const std::string whole = golden("auxiliary.json");
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const char byte : {'0', '9', '"', '[', '}', '\xff', '\0'}) {
      std::string changed = whole;
      changed[at] = byte;
      try {
        Symbol::fromJson(changed, "test").listInputs();
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), ErrorKind::kIo) << error.message();
      }
    }
  }
}

TEST(Json, aShortFileCannotAskForAnyNumberOfOutputs) {
  std::string nodes = R"({"op": "null", "name": "x", "inputs": []})";
  for (int i = 0; i < 33; ++i) {
    nodes += concat(R"(, {"op": "SliceChannel", "name": "s)", i, R"(", "inputs": [[)", i,
                    R"(, 0]], "attrs": {"num_outputs": "65536"}})");
  }
  const std::string json = R"({"nodes": [)" + nodes + R"(], "heads": [[33, 0]]})";
  expectError(ErrorKind::kIo,
              "nodes[33] \"s32\" (SliceChannel) has 65536 outputs: all nodes together have more "
              "than 2097152 beside one for each",
              [&] { Symbol::fromJson(json, "test"); });
}

}  // namespace
}  // namespace tenon
