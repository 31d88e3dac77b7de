// The tests that every operator gets from its cases (support/op_case.h): nothing here knows any
// operator.
#include "support/op_case.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstring>
#include <set>

#include "support/eager_gradient.h"

namespace tenon {
namespace {

/// How far a result of that type may be from the exact one, relative to max(1, |exact|).
double toleranceOf(DType type) {
  switch (type) {
    case DType::kFloat64:
      return 1e-12;
    case DType::kFloat32:
      return 2e-6;
    case DType::kFloat16:
      return 8e-3;
    case DType::kBFloat16:
      return 6e-2;
    default:
      return 0;
  }
}

bool near(double a, double b, double tolerance) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (a == b) return true;
  return std::abs(a - b) <= tolerance * std::max(1.0, std::abs(b));
}

bool identical(HostArray a, HostArray b) {
  return a.shape() == b.shape() && a.dtype() == b.dtype() &&
         std::memcmp(a.data(), b.data(), static_cast<size_t>(a.view().bytes())) == 0;
}

/// The numbers of `from` in another type, as that type holds them.
HostArray inType(const HostArray& from, DType type) {
  return HostArray::of(from.shape(), from.values(), type);
}

class OpCaseTest : public testing::TestWithParam<OpCase> {
 protected:
  const OpCase& given() const { return GetParam(); }
  const Op& op() const { return findOp(given().op); }
  OpAttrsPtr attrs() const {
    return op().parse(given().attrs, static_cast<int>(given().inputs.size()));
  }
  bool sweeps(DType type) const {
    return std::find(given().sweep.begin(), given().sweep.end(), type) != given().sweep.end();
  }
  /// float64 if the case has it.
  DType mainType() const {
    return sweeps(DType::kFloat64) ? DType::kFloat64 : given().sweep.front();
  }
  /// False if the shape of a result depends on the data.
  bool outputsKnown() const {
    const OpAttrsPtr parsed = attrs();
    std::vector<Shape> in;
    for (const OpCase::Input& input : given().inputs) in.push_back(input.shape);
    std::vector<Shape> out(static_cast<size_t>(parsed->numOutputs()));
    if (given().target.rankKnown()) out[0] = given().target;
    op().infer_shape(*parsed, in, out);
    return std::all_of(out.begin(), out.end(), [](const Shape& shape) { return shape.known(); });
  }
  std::vector<HostArray> run(const std::vector<HostArray>& inputs,
                             const RunOptions& options) const {
    return runOp(given().op, inputs, given().attrs, options);
  }
  std::vector<HostArray> run(const std::vector<HostArray>& inputs) const {
    return run(inputs, given().options());
  }

  void expectNear(const HostArray& got, const std::vector<double>& expected, double tolerance,
                  const std::string& what) const {
    ASSERT_EQ(static_cast<size_t>(got.size()), expected.size()) << what;
    for (int64_t i = 0; i < got.size(); ++i) {
      const double exact = expected[static_cast<size_t>(i)];
      ASSERT_TRUE(near(got.get(i), exact, tolerance))
          << what << ": element " << i << " is " << got.get(i) << ", expected " << exact;
    }
  }
};

TEST_P(OpCaseTest, forwardTwiceIsEqual) {
  for (DType type : given().sweep) {
    const std::vector<HostArray> first = run(given().makeInputs(type));
    const std::vector<HostArray> second = run(given().makeInputs(type));
    ASSERT_EQ(first.size(), second.size());
    for (size_t i = 0; i < first.size(); ++i) {
      EXPECT_TRUE(identical(first[i], second[i])) << nameOf(type) << ", output " << i;
    }
  }
}

TEST_P(OpCaseTest, forwardEqualsReference) {
  if (!given().reference_of) return;  // the case has no reference
  const std::vector<HostArray> inputs = given().makeInputs(mainType());
  const std::vector<HostArray> outputs = run(inputs);
  const std::vector<std::vector<double>> expected = given().reference_of(inputs);
  ASSERT_LE(expected.size(), outputs.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    const double tolerance = std::max(toleranceOf(outputs[i].dtype()), 1e-9);
    expectNear(outputs[i], expected[i], tolerance * given().tolerance_factor,
               "output " + std::to_string(i));
  }
}

TEST_P(OpCaseTest, typesAgreeWithDouble) {
  if (!sweeps(DType::kFloat64)) return;  // the operator does not take float64
  for (DType type : given().sweep) {
    std::vector<HostArray> inputs = given().makeInputs(type);
    const std::vector<HostArray> outputs = run(inputs);
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (given().inputs[i].fixed == DType::kUnknown) {
        inputs[i] = inType(inputs[i], DType::kFloat64);
      }
    }
    const std::vector<HostArray> exact = run(inputs);
    for (size_t i = 0; i < outputs.size(); ++i) {
      const std::vector<double> expected = inType(exact[i], outputs[i].dtype()).values();
      const double tolerance = std::max(toleranceOf(type), toleranceOf(outputs[i].dtype()));
      expectNear(outputs[i], expected, tolerance * given().tolerance_factor,
                 std::string(nameOf(type)) + ", output " + std::to_string(i));
    }
  }
}

TEST_P(OpCaseTest, unalignedMemoryMakesNoDifference) {
  const DType type = given().sweep.front();
  std::vector<HostArray> inputs = given().makeInputs(type);
  const std::vector<HostArray> expected = run(inputs);
  for (HostArray& input : inputs) {
    input = HostArray::of(input.shape(), input.values(), input.dtype(), 1);
  }
  RunOptions options = given().options();
  options.misalign = 1;
  const std::vector<HostArray> outputs = run(inputs, options);
  for (size_t i = 0; i < outputs.size(); ++i) {
    // Vector loops may add in another order.
    expectNear(outputs[i], expected[i].values(),
               toleranceOf(outputs[i].dtype()) * given().tolerance_factor,
               "output " + std::to_string(i));
  }
}

TEST_P(OpCaseTest, requestsAreKept) {
  const DType type = mainType();
  const std::vector<HostArray> inputs = given().makeInputs(type);
  const std::vector<HostArray> written = run(inputs);
  std::vector<HostArray> previous;
  for (const HostArray& output : written) {
    previous.push_back(HostArray::of(output.shape(),
                                     std::vector<double>(static_cast<size_t>(output.size()), 3),
                                     output.dtype()));
  }
  for (size_t i = 0; i < written.size(); ++i) {
    const std::string what = "output " + std::to_string(i);
    RunOptions options = given().options();
    options.previous = previous;
    options.requests.assign(written.size(), Request::kWrite);
    options.requests[i] = Request::kNull;
    const std::vector<HostArray> with_null = run(inputs, options);
    for (size_t k = 0; k < written.size(); ++k) {
      EXPECT_TRUE(identical(with_null[k], k == i ? previous[k] : written[k]))
          << "output " << k << " where " << what << " is not wanted";
    }
    if (written[i].dtype() == DType::kBool || !op().mutated_inputs.empty()) continue;
    if (!outputsKnown()) continue;  // nothing can be there to add to
    options.requests[i] = Request::kAdd;
    const std::vector<HostArray> added = run(inputs, options);
    std::vector<double> sums = written[i].values();
    for (double& sum : sums) sum += 3;
    sums = HostArray::of(written[i].shape(), sums, written[i].dtype()).values();
    expectNear(added[i], sums, 2 * toleranceOf(written[i].dtype()), "added to " + what);
  }
}

TEST_P(OpCaseTest, inPlaceMakesNoDifference) {
  const std::vector<HostArray> inputs = given().makeInputs(mainType());
  const std::vector<HostArray> written = run(inputs);
  for (const auto& [from, to] : op().inplace) {
    const auto input = static_cast<size_t>(from);
    const auto output = static_cast<size_t>(to);
    if (input >= inputs.size() || output >= written.size()) continue;
    if (inputs[input].size() != written[output].size()) continue;
    if (inputs[input].dtype() != written[output].dtype()) continue;
    RunOptions options = given().options();
    options.requests.assign(written.size(), Request::kWrite);
    options.requests[output] = Request::kInplace;
    options.shared = {{from, to}};
    const HostArray shared = run(inputs, options)[output];
    expectNear(shared, written[output].values(), 0, "in place of input " + std::to_string(from));
  }
}

TEST_P(OpCaseTest, gradientEqualsFiniteDifferences) {
  if (!op().gradient) return;          // the operator has no gradient rule
  if (given().skips_gradient) return;  // the case says why
  ASSERT_TRUE(sweeps(DType::kFloat64)) << "the gradient is checked in float64";
  const std::vector<HostArray> inputs = given().makeInputs(DType::kFloat64);
  const RunOptions options = given().options();
  const OpAttrsPtr parsed = attrs();
  const std::vector<HostArray> outputs = run(inputs, options);

  std::mt19937 random(7);
  std::vector<HostArray> heads;
  for (size_t i = 0; i < outputs.size(); ++i) {
    HostArray head(outputs[i].shape(), outputs[i].dtype());
    const bool visible = static_cast<int>(i) < parsed->numVisibleOutputs();
    for (int64_t k = 0; k < head.size(); ++k) {
      head.set(k, visible && isFloating(head.dtype()) ? uniform(-1, 1)(1, random)[0] : 0);
    }
    heads.push_back(head);
  }
  const auto loss = [&](const std::vector<HostArray>& at) {
    const std::vector<HostArray> results = run(at, options);
    double sum = 0;
    for (size_t i = 0; i < heads.size(); ++i) {
      for (int64_t k = 0; k < heads[i].size(); ++k) {
        if (heads[i].get(k) != 0) sum += heads[i].get(k) * results[i].get(k);
      }
    }
    return sum;
  };

  const auto results = EagerGradient(*parsed, inputs, outputs, heads, options).run();
  for (size_t i = 0; i < inputs.size(); ++i) {
    const auto& skipped = given().no_gradient;
    const bool skip =
        std::find(skipped.begin(), skipped.end(), static_cast<int>(i)) != skipped.end();
    if (skip || inputs[i].dtype() != DType::kFloat64 || parsed->mutates(static_cast<int>(i))) {
      continue;
    }
    const HostArray& gradient = results[i].gradient;
    if (results[i].flows) {
      ASSERT_EQ(gradient.shape(), inputs[i].shape()) << "gradient of input " << i;
      ASSERT_EQ(gradient.dtype(), DType::kFloat64) << "gradient of input " << i;
    }
    // At most some 50 elements of each input, spread over it.
    const int64_t stride = std::max<int64_t>(1, inputs[i].size() / 50);
    for (int64_t k = 0; k < inputs[i].size(); k += stride) {
      constexpr double kStep = 1e-4;
      std::vector<HostArray> moved = inputs;
      moved[i].set(k, inputs[i].get(k) + kStep);
      const double above = loss(moved);
      moved[i].set(k, inputs[i].get(k) - kStep);
      const double below = loss(moved);
      const double expected = (above - below) / (2 * kStep);
      const double got = results[i].flows ? gradient.get(k) : 0;
      ASSERT_TRUE(near(got, expected, 1e-5 * given().tolerance_factor))
          << "input " << i << ", element " << k << ": " << got << ", by differences " << expected;
    }
  }
}

TEST_P(OpCaseTest, gradientsOfAllTypesAgreeWithDouble) {
  if (!op().gradient || given().skips_gradient) return;  // no gradient to compare
  if (!sweeps(DType::kFloat64)) return;                  // the operator does not take float64
  const OpAttrsPtr parsed = attrs();
  for (DType type : given().sweep) {
    if (!isFloating(type) || type == DType::kFloat64) continue;
    std::vector<HostArray> inputs = given().makeInputs(type);
    const auto gradientsOf = [&] {
      const std::vector<HostArray> outputs = run(inputs);
      std::vector<HostArray> heads;
      std::mt19937 random(7);
      for (const HostArray& output : outputs) {
        // Sixteenths: the same numbers in all types.
        std::vector<double> values = integers(-16, 16)(output.size(), random);
        for (double& x : values) x = isFloating(output.dtype()) ? x / 16 : 0;
        heads.push_back(HostArray::of(output.shape(), values, output.dtype()));
      }
      return EagerGradient(*parsed, inputs, outputs, heads, given().options()).run();
    };
    const auto got = gradientsOf();
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (given().inputs[i].fixed == DType::kUnknown) {
        inputs[i] = inType(inputs[i], DType::kFloat64);
      }
    }
    const auto exact = gradientsOf();
    for (size_t i = 0; i < inputs.size(); ++i) {
      ASSERT_EQ(got[i].flows, exact[i].flows) << "input " << i;
      if (!got[i].flows || given().inputs[i].fixed != DType::kUnknown) continue;
      ASSERT_EQ(got[i].gradient.dtype(), type) << "gradient of input " << i;
      expectNear(got[i].gradient, exact[i].gradient.values(),
                 4 * toleranceOf(type) * given().tolerance_factor,
                 std::string(nameOf(type)) + ", gradient of input " + std::to_string(i));
    }
  }
}

TEST_P(OpCaseTest, extentsZeroAndOneAreComputedOrRefused) {
  if (given().inputs.empty() || given().inputs[0].shape.rank() == 0) {
    return;  // no extent to change
  }
  const DType type = given().sweep.front();
  const std::vector<HostArray> full = given().makeInputs(type);
  const int64_t batch = full[0].shape()[0];
  for (int64_t extent : {0, 1}) {
    std::vector<HostArray> inputs;
    for (const HostArray& input : full) {
      Shape shape = input.shape();
      if (shape.rank() > 0 && shape[0] == batch && batch > 0) shape[0] = extent;
      std::vector<double> values = input.values();
      values.resize(static_cast<size_t>(shape.size()));
      inputs.push_back(HostArray::of(shape, values, input.dtype()));
    }
    try {
      run(inputs);
    } catch (const Error& error) {
      EXPECT_NE(error.kind(), ErrorKind::kInternal) << error.message();
      EXPECT_FALSE(error.message().empty());
    }
  }
}

TEST_P(OpCaseTest, shapesAreInferredInBothDirections) {
  const OpAttrsPtr parsed = attrs();
  std::vector<Shape> in;
  for (const OpCase::Input& input : given().inputs) in.push_back(input.shape);
  std::vector<Shape> out(static_cast<size_t>(parsed->numOutputs()));
  op().infer_shape(*parsed, in, out);
  const std::vector<Shape> known_in = in;
  const std::vector<Shape> known_out = out;
  for (size_t i = 0; i < in.size(); ++i) {
    EXPECT_EQ(in[i], given().inputs[i].shape) << "the rule changed input " << i;
  }

  // Nothing known, then ranks only: whatever is concluded must fit.
  const auto expectFits = [&](std::vector<Shape> some_in, std::vector<Shape> some_out,
                              const std::string& what) {
    op().infer_shape(*parsed, some_in, some_out);
    for (size_t i = 0; i < some_in.size(); ++i) {
      EXPECT_NO_THROW(merge(some_in[i], known_in[i])) << what << ", input " << i;
    }
    for (size_t i = 0; i < some_out.size(); ++i) {
      EXPECT_NO_THROW(merge(some_out[i], known_out[i])) << what << ", output " << i;
    }
  };
  expectFits(std::vector<Shape>(in.size()), std::vector<Shape>(out.size()), "nothing known");
  std::vector<Shape> ranks;
  for (const Shape& shape : known_in) ranks.push_back(Shape::ofRank(shape.rank()));
  expectFits(ranks, std::vector<Shape>(out.size()), "ranks known");
  expectFits(std::vector<Shape>(in.size()), known_out, "outputs known");

  for (int which : given().inferable) in[static_cast<size_t>(which)] = Shape();
  out = known_out;
  op().infer_shape(*parsed, in, out);
  for (int which : given().inferable) {
    EXPECT_EQ(in[static_cast<size_t>(which)], known_in[static_cast<size_t>(which)])
        << "input " << which;
  }
}

TEST_P(OpCaseTest, attributesSurviveTheRoundTrip) {
  const OpAttrsPtr first = attrs();
  AttrMap all = first->dict();
  for (const ParamInfo& param : op().params) {
    if (!param.required && !all.contains(param.name)) all[param.name] = param.default_text;
  }
  const OpAttrsPtr second = op().parse(all, first->numInputs());
  EXPECT_EQ(first->numOutputs(), second->numOutputs());
  EXPECT_EQ(first->inputNames(), second->inputNames());
  const std::vector<HostArray> inputs = given().makeInputs(mainType());
  const std::vector<HostArray> expected = run(inputs);
  const std::vector<HostArray> got = runOp(given().op, inputs, all, given().options());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_TRUE(identical(expected[i], got[i])) << "output " << i << " with defaults written out";
  }
}

TEST_P(OpCaseTest, outputsDependOnTheRandomStateAsDeclared) {
  const std::vector<HostArray> inputs = given().makeInputs(mainType());
  // An operator may be random under some attributes only: then it reserves no counters otherwise.
  bool draws = op().random;
  if (draws && op().random_count) {
    std::vector<Shape> in, out(static_cast<size_t>(attrs()->numOutputs()));
    for (const HostArray& input : inputs) in.push_back(input.shape());
    op().infer_shape(*attrs(), in, out);
    draws = op().random_count(*attrs(), out) > 0;
  }
  EXPECT_EQ(draws, given().random) << "the registry and the case disagree";
  if (!given().random) return;
  RunOptions options = given().options();
  const std::vector<HostArray> first = run(inputs, options);
  options.random.seed += 1;
  const std::vector<HostArray> second = run(inputs, options);
  bool differs = false;
  for (size_t i = 0; i < first.size(); ++i) differs |= !identical(first[i], second[i]);
  EXPECT_TRUE(differs) << "another seed gave the same numbers";
}

std::string nameOfCase(const testing::TestParamInfo<OpCase>& info) {
  std::string name = info.param.op + "_" + std::to_string(info.param.number);
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Generated, OpCaseTest, testing::ValuesIn(allOpCases()), nameOfCase);

TEST(OpTableTest, registryHasNoFaults) {
  for (const std::string& fault : registryFaults()) ADD_FAILURE() << fault;
}

TEST(OpTableTest, everyOperatorHasACase) {
  std::set<std::string> tested;
  for (const OpCase& c : allOpCases()) {
    const Op* op = tryFindOp(c.op);
    ASSERT_NE(op, nullptr) << "a case names " << c.op << ", which does not exist";
    tested.insert(op->name);
  }
  for (const Op* op : allOps()) {
    // The registry's own tests register operators of that prefix.
    if (op->hidden || op->name.starts_with("_test_")) continue;
    EXPECT_TRUE(tested.contains(op->name))
        << op->name << " has no case in tests/cpp/ops/cases: see tests/cpp/README.md";
  }
}

}  // namespace
}  // namespace tenon
