// One call of an operator, described so that the generated tests can check it in every way: see
// tests/cpp/README.md.
//
//   const OpCases kCases = {
//       OpCase("take").input({4, 3}).input({2, 2}, integers(0, 3)).types(kAllTypes),
//       OpCase("log").input({2, 3}, uniform(0.1, 2)),
//   };
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <iosfwd>
#include <random>
#include <string>
#include <vector>

#include "support/op_runner.h"

namespace tenon {

/// Makes the values of an input; `size` of them.
using Values = std::function<std::vector<double>(int64_t size, std::mt19937& random)>;

/// Evenly distributed over [low, high).
Values uniform(double low, double high);
/// Evenly distributed over [-limit, -gap] and [gap, limit]: for functions with a kink at zero.
Values awayFromZero(double gap, double limit);
/// Whole numbers of [low, high], both included.
Values integers(int low, int high);
/// 0, 1, 2, …, shuffled and scaled: no two are equal, neighbours are `step` apart. For sorts and
/// maxima.
Values distinct(double step = 0.25);
/// Exactly these.
Values exactly(std::vector<double> values);

inline constexpr std::initializer_list<DType> kFloatTypes = {DType::kFloat32, DType::kFloat64,
                                                             DType::kFloat16, DType::kBFloat16};
inline constexpr std::initializer_list<DType> kAllTypes = {
    DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kUInt8,   DType::kInt32,
    DType::kInt8,    DType::kInt64,   DType::kBool,    DType::kBFloat16};
inline constexpr std::initializer_list<DType> kNumberTypes = {
    DType::kFloat32, DType::kFloat64, DType::kFloat16, DType::kUInt8,
    DType::kInt32,   DType::kInt8,    DType::kInt64,   DType::kBFloat16};

class OpCase {
 public:
  explicit OpCase(std::string name) : op(std::move(name)) {}

  /// An attribute, as in JSON.
  OpCase& attr(std::string name, std::string value);
  /// The next input. Of type `fixed` if given; else it follows the type under test.
  OpCase& input(const Shape& shape, Values values = uniform(-1, 1), DType fixed = DType::kUnknown);
  /// What the operator must give, from the inputs' values; one vector per output compared.
  using Reference =
      std::function<std::vector<std::vector<double>>(const std::vector<HostArray>& inputs)>;
  OpCase& reference(Reference function);
  /// What it must give, written down: of output 0.
  OpCase& gives(std::vector<double> values);

  /// Types of the sweep; kFloatTypes by default. Results are compared with those of the same
  /// numbers in float64, if that is among them.
  OpCase& types(std::vector<DType> list);
  /// Multiplies the tolerances of the sweep and of the gradient: for functions that lose digits.
  OpCase& tolerance(double factor);
  /// No finite differences for these inputs (all, if none is named), and why.
  OpCase& noGradient(std::string why, std::vector<int> of = {});
  /// Runs as in training.
  OpCase& inTraining();
  /// These inputs can be inferred from the others and the outputs.
  OpCase& infersInputs(std::vector<int> which);
  /// Output 0 goes into a float32 array of that shape: for operators that take shape and type from
  /// there.
  OpCase& into(const Shape& shape);
  /// The result depends on the random state, so that only equal states give equal results.
  OpCase& isRandom();

  struct Input {
    Shape shape;
    Values values;
    DType fixed;
  };

  std::string op;
  AttrMap attrs;
  std::vector<Input> inputs;
  Reference reference_of;
  std::vector<DType> sweep = kFloatTypes;
  double tolerance_factor = 1;
  bool skips_gradient = false;
  std::vector<int> no_gradient;
  std::string why_no_gradient;
  bool training = false;
  bool random = false;
  std::vector<int> inferable;
  Shape target;
  /// Where it stands in its family's file, for test names.
  int number = 0;

  /// The same inputs for every call with one `seed`.
  std::vector<HostArray> makeInputs(DType type, unsigned seed = 1) const;
  RunOptions options() const;
};

/// Adds cases to the table of all, in static initialisation.
class OpCases {
 public:
  OpCases(std::initializer_list<OpCase> cases);
};

const std::vector<OpCase>& allOpCases();

/// What Google Test prints of a case.
void PrintTo(const OpCase& shown, std::ostream* out);

}  // namespace tenon
