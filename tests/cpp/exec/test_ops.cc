// Operators of the tests' own: they fail, do not add, decide shapes late, or like odd layouts.
#include "exec/test_ops.h"

#include <atomic>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {

std::atomic<int> packings{0};
std::atomic<int> preparations{0};

namespace {

std::vector<Value> passOn(GradientBuilder& g) { return {g.outputGradient(0)}; }

void runFailing(KernelContext&, std::span<const TensorView> in, std::span<const TensorView>,
                std::span<const Request>) {
  fail(ErrorKind::kInvalidArgument, "element 0 is ", in[0].as<float>()[0],
       ", expected less than 0");
}
const OpRegistration kFailing = OpBuilder("_test_failing")
                                    .doc("Fails when it runs.")
                                    .group("test")
                                    .input("data", "Anything.")
                                    .shape(sameAsFirst)
                                    .type(sameAsFirst)
                                    .gradient(passOn)
                                    .hidden()
                                    .cpu(runFailing);

std::vector<Value> failBackward(GradientBuilder& g) {
  return {g.apply("_test_failing", {g.outputGradient(0)})};
}
void runDouble(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
               std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  if (requests[0] == Request::kAdd) fail(ErrorKind::kInternal, "this kernel cannot add");
  const int64_t n = in[0].size();
  for (int64_t i = 0; i < n; ++i) out[0].as<float>()[i] = 2 * in[0].as<float>()[i];
}
PreparedPtr countPreparation(const PrepareContext&) {
  ++preparations;
  return std::make_shared<Prepared>();
}
const OpRegistration kFailsBackward =
    OpBuilder("_test_fails_backward")
        .doc("Doubles; its gradient fails when it runs.")
        .group("test")
        .input("data", "Anything.")
        .shape(sameAsFirst)
        .type(sameAsFirst)
        .gradient(failBackward)
        .hidden()
        .cpu({.prepare = countPreparation, .run = runDouble, .adds = false});

std::vector<Value> doubleGradient(GradientBuilder& g) {
  return {g.apply("_test_double", {g.outputGradient(0)})};
}
const OpRegistration kDouble =
    OpBuilder("_test_double")
        .doc("Doubles. Its kernel cannot add and may not run in place.")
        .group("test")
        .input("data", "Anything.")
        .shape(sameAsFirst)
        .type(sameAsFirst)
        .gradient(doubleGradient)
        .inlineBelow(100)
        .hidden()
        .cpu({.prepare = countPreparation, .run = runDouble, .adds = false});

void unknownShape(const OpAttrs&, std::span<Shape>, std::span<Shape>) {}
void runPositive(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView>, std::span<const Request>) {
  int64_t count = 0;
  for (int64_t i = 0; i < in[0].size(); ++i) count += in[0].as<float>()[i] > 0 ? 1 : 0;
  float* to = context.allocateOutput(0, Shape({count})).as<float>();
  for (int64_t i = 0; i < in[0].size(); ++i) {
    if (in[0].as<float>()[i] > 0) *to++ = in[0].as<float>()[i];
  }
}
const OpRegistration kPositive =
    OpBuilder("_test_positive")
        .doc("The positive elements.")
        .group("test")
        .input("data", "Anything.")
        .shape(unknownShape)
        .type(sameAsFirst)
        .zeroGradient()
        .hidden()
        .cpu({.prepare = nullptr, .run = runPositive, .allocates = true});

void shapeOfState(const OpAttrs&, std::span<Shape> in, std::span<Shape> out) {
  in[1] = merge(in[1], Shape({1}));
  out[0] = merge(out[0], in[0]);
}
void runStateful(KernelContext& context, std::span<const TensorView> in,
                 std::span<const TensorView> out, std::span<const Request>) {
  float& state = in[1].as<float>()[0];
  if (context.training()) state += in[0].as<float>()[0];
  for (int64_t i = 0; i < in[0].size(); ++i) out[0].as<float>()[i] = in[0].as<float>()[i] + state;
}
std::vector<Value> statefulGradient(GradientBuilder& g) { return {g.outputGradient(0), {}}; }
const OpRegistration kStateful = OpBuilder("_test_stateful")
                                     .doc("Adds a sum that grows in training.")
                                     .group("test")
                                     .input("data", "Anything.")
                                     .input("state", "The sum.")
                                     .mutates({1})
                                     .shape(shapeOfState)
                                     .type(allSame)
                                     .gradient(statefulGradient)
                                     .hidden()
                                     .cpu({.run = runStateful, .adds = false});

/// Elements in reverse order.
class Reversed final : public Layout {
 public:
  explicit Reversed(int64_t size) : size_(size) {}
  size_t bytes() const override { return static_cast<size_t>(size_) * sizeof(float); }
  bool equals(const Layout& other) const override {
    const auto* reversed = dynamic_cast<const Reversed*>(&other);
    return reversed != nullptr && reversed->size_ == size_;
  }

 private:
  int64_t size_;
};

PreparedPtr prepareReversed(const PrepareContext& context) {
  auto prepared = std::make_shared<Prepared>();
  if (!context.layouts_free) return prepared;
  for (const TensorSpec& input : context.inputs) {
    prepared->input_layouts.push_back(std::make_shared<Reversed>(input.shape.size()));
  }
  prepared->output_layouts.push_back(std::make_shared<Reversed>(context.outputs[0].shape.size()));
  return prepared;
}
void runMultiply(KernelContext&, std::span<const TensorView> in, std::span<const TensorView> out,
                 std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  const bool all = in[0].layout != nullptr && in[1].layout != nullptr && out[0].layout != nullptr;
  const bool none = in[0].layout == nullptr && in[1].layout == nullptr && out[0].layout == nullptr;
  if (!all && !none) fail(ErrorKind::kInternal, "operands in different layouts");
  for (int64_t i = 0; i < out[0].size(); ++i) {
    out[0].as<float>()[i] = in[0].as<float>()[i] * in[1].as<float>()[i];
  }
}
std::vector<Value> multiplyGradient(GradientBuilder& g) {
  return {g.apply("_test_multiply", {g.outputGradient(0), g.input(1)}),
          g.apply("_test_multiply", {g.outputGradient(0), g.input(0)})};
}
const OpRegistration kMultiply =
    OpBuilder("_test_multiply")
        .doc("Multiplies; in plans, on reversed data.")
        .group("test")
        .input("lhs", "A factor.")
        .input("rhs", "A factor.")
        .shape(allSame)
        .type(allSame)
        .gradient(multiplyGradient)
        .inplace({{0, 0}})
        .hidden()
        .cpu(
            {.prepare = prepareReversed, .run = runMultiply, .adds = false, .picks_layouts = true});

}  // namespace

ReversedLayout::ReversedLayout() : before_(reorderOf(DeviceType::kCpu)) {
  registerReorder(DeviceType::kCpu, [](const TensorView& from, const TensorView& to, Queue*) {
    ++packings;
    const int64_t n = from.size();
    for (int64_t i = 0; i < n; ++i) to.as<float>()[i] = from.as<float>()[n - 1 - i];
  });
}

ReversedLayout::~ReversedLayout() { registerReorder(DeviceType::kCpu, before_); }

}  // namespace tenon
