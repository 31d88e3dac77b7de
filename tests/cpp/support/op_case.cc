#include "support/op_case.h"

#include <algorithm>
#include <cmath>
#include <ostream>
#include <utility>

namespace tenon {
namespace {

std::vector<OpCase>& table() {
  static std::vector<OpCase> cases;
  return cases;
}

template <class F>
Values each(F make) {
  return [make](int64_t size, std::mt19937& random) {
    std::vector<double> values;
    for (int64_t i = 0; i < size; ++i) values.push_back(make(random));
    return values;
  };
}

/// std::uniform_real_distribution differs between libraries; tests should not.
double unit(std::mt19937& random) { return static_cast<double>(random() >> 5) / (1 << 27); }

}  // namespace

Values uniform(double low, double high) {
  return each([=](std::mt19937& random) { return low + (high - low) * unit(random); });
}

Values awayFromZero(double gap, double limit) {
  return each([=](std::mt19937& random) {
    const double x = gap + (limit - gap) * unit(random);
    return random() % 2 == 0 ? x : -x;
  });
}

Values integers(int low, int high) {
  return each([=](std::mt19937& random) {
    return low + static_cast<double>(random() % static_cast<unsigned>(high - low + 1));
  });
}

Values distinct(double step) {
  return [=](int64_t size, std::mt19937& random) {
    std::vector<double> values;
    for (int64_t i = 0; i < size; ++i) values.push_back(step * static_cast<double>(i - size / 2));
    for (size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random() % i]);
    return values;
  };
}

Values exactly(std::vector<double> values) {
  return [=](int64_t, std::mt19937&) { return values; };
}

OpCase& OpCase::attr(std::string name, std::string value) {
  attrs[std::move(name)] = std::move(value);
  return *this;
}

OpCase& OpCase::input(const Shape& shape, Values values, DType fixed) {
  inputs.push_back({shape, std::move(values), fixed});
  return *this;
}

OpCase& OpCase::reference(Reference function) {
  reference_of = std::move(function);
  return *this;
}

OpCase& OpCase::gives(std::vector<double> values) {
  return reference(
      [values](const std::vector<HostArray>&) { return std::vector<std::vector<double>>{values}; });
}

OpCase& OpCase::types(std::vector<DType> list) {
  sweep = std::move(list);
  return *this;
}

OpCase& OpCase::tolerance(double factor) {
  tolerance_factor = factor;
  return *this;
}

OpCase& OpCase::noGradient(std::string why, std::vector<int> of) {
  why_no_gradient = std::move(why);
  skips_gradient = of.empty();
  no_gradient = std::move(of);
  return *this;
}

OpCase& OpCase::inTraining() {
  training = true;
  return *this;
}

OpCase& OpCase::infersInputs(std::vector<int> which) {
  inferable = std::move(which);
  return *this;
}

OpCase& OpCase::into(const Shape& shape) {
  target = shape;
  return *this;
}

OpCase& OpCase::isRandom() {
  random = true;
  return *this;
}

std::vector<HostArray> OpCase::makeInputs(DType type, unsigned seed) const {
  std::mt19937 generator(seed);
  std::vector<HostArray> arrays;
  for (const Input& input : inputs) {
    const std::vector<double> values = input.values(input.shape.size(), generator);
    arrays.push_back(
        HostArray::of(input.shape, values, input.fixed == DType::kUnknown ? type : input.fixed));
  }
  return arrays;
}

RunOptions OpCase::options() const {
  RunOptions options;
  options.training = training;
  options.random = {.seed = 2024, .offset = 0};
  if (target.rankKnown()) options.previous = {HostArray(target, DType::kFloat32)};
  return options;
}

OpCases::OpCases(std::initializer_list<OpCase> cases) {
  for (OpCase added : cases) {
    added.number = static_cast<int>(std::count_if(
        table().begin(), table().end(), [&](const OpCase& other) { return other.op == added.op; }));
    table().push_back(std::move(added));
  }
}

const std::vector<OpCase>& allOpCases() { return table(); }

void PrintTo(const OpCase& shown, std::ostream* out) {
  *out << shown.op << "(";
  for (const OpCase::Input& input : shown.inputs) *out << input.shape << " ";
  for (const auto& [name, value] : shown.attrs) *out << name << "=" << value << " ";
  *out << ")";
}

}  // namespace tenon
