// What MXNet 1.9.1 itself gave (tests/golden/ops.txt, made by make_ops.py), against what Tenon
// gives.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/eager_gradient.h"

namespace tenon {
namespace {

struct GoldenCase {
  int number = 0;
  std::string op;
  AttrMap attrs;
  std::vector<HostArray> inputs;
  bool refused = false;
  std::vector<HostArray> outputs;
  std::map<size_t, HostArray> gradients;
};

HostArray readArray(std::istringstream& words) {
  std::string type;
  int rank = 0;
  words >> type >> rank;
  Shape shape = Shape::scalar();
  for (int i = 0; i < rank; ++i) {
    int64_t extent = 0;
    words >> extent;
    shape.append(extent);
  }
  std::vector<double> values;
  for (std::string word; words >> word;) values.push_back(std::stod(word));
  return HostArray::of(shape, values, parseDType(type));
}

std::vector<GoldenCase> readCases() {
  std::ifstream file(std::string(TENON_SOURCE_DIR) + "/tests/golden/ops.txt");
  std::vector<GoldenCase> cases;
  for (std::string line; std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "case") {
      cases.emplace_back();
      cases.back().number = static_cast<int>(cases.size());
      words >> cases.back().op;
    } else if (word == "attr") {
      std::string key;
      std::string value;
      words >> key >> value;
      cases.back().attrs[key] = value;
    } else if (word == "input") {
      cases.back().inputs.push_back(readArray(words));
    } else if (word == "output") {
      cases.back().outputs.push_back(readArray(words));
    } else if (word == "gradient") {
      size_t index = 0;
      words >> index;
      cases.back().gradients[index] = readArray(words);
    } else if (word == "refused") {
      cases.back().refused = true;
    }
  }
  return cases;
}

void PrintTo(const GoldenCase& shown, std::ostream* out) {
  *out << shown.op << "(";
  for (const HostArray& input : shown.inputs) *out << input.shape() << " ";
  for (const auto& [name, value] : shown.attrs) *out << name << "=" << value << " ";
  *out << ")";
}

void expectEqual(const HostArray& got, const HostArray& expected, const std::string& what) {
  EXPECT_EQ(got.shape(), expected.shape()) << what;
  EXPECT_EQ(nameOf(got.dtype()), nameOf(expected.dtype())) << what;
  if (got.size() != expected.size()) return;
  for (int64_t i = 0; i < got.size(); ++i) {
    ASSERT_NEAR(got.get(i), expected.get(i), 1e-6 * std::max(1.0, std::abs(expected.get(i))))
        << what << ", element " << i;
  }
}

class GoldenTest : public testing::TestWithParam<GoldenCase> {};

TEST_P(GoldenTest, equalsMxnet) {
  const GoldenCase& given = GetParam();
  if (given.refused) {
    EXPECT_THROW(runOp(given.op, given.inputs, given.attrs), Error);
    return;
  }
  const OpAttrsPtr attrs =
      findOp(given.op).parse(given.attrs, static_cast<int>(given.inputs.size()));
  const std::vector<HostArray> outputs = runOp(given.op, given.inputs, given.attrs);
  ASSERT_EQ(static_cast<size_t>(attrs->numVisibleOutputs()), given.outputs.size());
  std::vector<HostArray> heads;
  for (size_t i = 0; i < outputs.size(); ++i) {
    if (i < given.outputs.size()) {
      expectEqual(outputs[i], given.outputs[i], "output " + std::to_string(i));
    }
    HostArray head(outputs[i].shape(), outputs[i].dtype());
    for (int64_t k = 0; k < head.size(); ++k) {
      head.set(k, i < given.outputs.size() ? static_cast<double>(k % 7 - 3) / 4 : 0);
    }
    heads.push_back(head);
  }
  if (given.gradients.empty()) return;
  const auto results = EagerGradient(*attrs, given.inputs, outputs, heads).run();
  for (const auto& [index, expected] : given.gradients) {
    // No gradient is as good as zeros.
    HostArray gradient = results[index].gradient;
    if (!results[index].flows) {
      gradient = HostArray::of(expected.shape(),
                               std::vector<double>(static_cast<size_t>(expected.size())));
    }
    expectEqual(gradient, expected, "gradient of input " + std::to_string(index));
  }
}

std::string nameOfGolden(const testing::TestParamInfo<GoldenCase>& info) {
  std::string name = info.param.op + "_" + std::to_string(info.param.number);
  return name.front() == '_' ? "hidden" + name : name;
}

INSTANTIATE_TEST_SUITE_P(Operators, GoldenTest, testing::ValuesIn(readCases()), nameOfGolden);

}  // namespace
}  // namespace tenon
