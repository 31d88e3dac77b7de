// The operators described in graphs.h.
#include "base/params.h"
#include "ops/registry/builder.h"
#include "ops/registry/rules.h"

namespace tenon {
namespace {

using Values = std::vector<Value>;

struct ScaleParams {
  double scalar;
  static void describe(ParamSchema<ScaleParams>& s) {
    s.field("scalar", &ScaleParams::scalar, "The factor.").dynamic();
  }
};

const OpRegistration kSin = OpBuilder("_test_sin")
                                .input("data", "")
                                .shape(allSame)
                                .type(allSame)
                                .gradient([](GradientBuilder& b) -> Values {
                                  const Value slope = b.apply("_test_cos", {b.input(0)});
                                  return {b.apply("_test_mul", {b.outputGradient(0), slope})};
                                })
                                .inplace({{0, 0}})
                                .hidden();

const OpRegistration kCos =
    OpBuilder("_test_cos")
        .input("data", "")
        .shape(allSame)
        .type(allSame)
        .gradient([](GradientBuilder& b) -> Values {
          const Value sine = b.apply("_test_sin", {b.input(0)});
          const Value slope = b.apply("_test_scale", {sine}, {{"scalar", "-1"}});
          return {b.apply("_test_mul", {b.outputGradient(0), slope})};
        })
        .inplace({{0, 0}})
        .hidden();

const OpRegistration kMul = OpBuilder("_test_mul")
                                .input("lhs", "")
                                .input("rhs", "")
                                .shape(allSame)
                                .type(allSame)
                                .gradient([](GradientBuilder& b) -> Values {
                                  Values gradients(2);
                                  for (int i = 0; i < 2; ++i) {
                                    if (!b.needs(i)) continue;
                                    gradients[static_cast<size_t>(i)] =
                                        b.apply("_test_mul", {b.outputGradient(0), b.input(1 - i)});
                                  }
                                  return gradients;
                                })
                                .inplace({{0, 0}, {1, 0}})
                                .hidden();

const OpRegistration kAdd = OpBuilder("_test_add")
                                .input("lhs", "")
                                .input("rhs", "")
                                .shape(allSame)
                                .type(allSame)
                                .gradient([](GradientBuilder& b) -> Values {
                                  return {b.outputGradient(0), b.outputGradient(0)};
                                })
                                .inplace({{0, 0}, {1, 0}})
                                .hidden();

const OpRegistration kScale = OpBuilder("_test_scale")
                                  .params<ScaleParams>()
                                  .input("data", "")
                                  .shape(allSame)
                                  .type(allSame)
                                  .gradient([](GradientBuilder& b) -> Values {
                                    return {b.apply("_test_scale", {b.outputGradient(0)},
                                                    {{"scalar", b.attrs().dict().at("scalar")}})};
                                  })
                                  .inplace({{0, 0}})
                                  .hidden();

const OpRegistration kPair =
    OpBuilder("_test_pair")
        .input("x", "")
        .input("y", "")
        .output("sum", "")
        .output("product", "")
        .shape(allSame)
        .type(allSame)
        .gradient([](GradientBuilder& b) -> Values {
          Values gradients;
          for (int i = 0; i < 2; ++i) {
            const Value scaled = b.apply("_test_mul", {b.outputGradient(1), b.input(1 - i)});
            gradients.push_back(b.apply("_test_add", {b.outputGradient(0), scaled}));
          }
          return gradients;
        })
        .inplace({{0, 0}, {1, 1}})
        .hidden();

const OpRegistration kLoss = OpBuilder("_test_loss")
                                 .input("data", "")
                                 .input("label", "")
                                 .shape(allSame)
                                 .type(allSame)
                                 .gradient([](GradientBuilder& b) -> Values {
                                   return {b.apply("_test_mul", {b.output(0), b.input(1)}), {}};
                                 })
                                 .lossLayer()
                                 .hidden();

const OpRegistration kState = OpBuilder("_test_state")
                                  .input("data", "")
                                  .input("state", "")
                                  .mutates({1})
                                  .shape(allSame)
                                  .type(allSame)
                                  .gradient([](GradientBuilder& b) -> Values {
                                    return {b.outputGradient(0), b.outputGradient(0)};
                                  })
                                  .hidden();

const OpRegistration kBlock =
    OpBuilder("_test_block").input("data", "").shape(allSame).type(allSame).zeroGradient().hidden();

const OpRegistration kOpaque =
    OpBuilder("_test_opaque").input("data", "").shape(allSame).type(allSame).hidden();

const OpRegistration kNoise =
    OpBuilder("_test_noise").input("data", "").shape(allSame).type(allSame).random().hidden();

struct ManyParams {
  int32_t count;
  static void describe(ParamSchema<ManyParams>& s) {
    s.field("count", &ManyParams::count, "How many outputs.");
  }
};

const OpRegistration kMany =
    OpBuilder("_test_many")
        .params<ManyParams>()
        .input("data", "")
        .outputCount<ManyParams>([](const ManyParams& p) { return p.count; })
        .shape(allSame)
        .type(allSame)
        .hidden();

void dotShapes(const OpAttrs& attrs, std::span<Shape> in, std::span<Shape> out) {
  unify(attrs, "lhs", in[0], Shape::ofRank(2));
  unify(attrs, "rhs", in[1], Shape::ofRank(2));
  unify(attrs, "lhs", in[0], Shape{-1, in[1][0]});
  unify(attrs, "rhs", in[1], Shape{in[0][1], -1});
  unify(attrs, "output", out[0], Shape{in[0][0], in[1][1]});
  unify(attrs, "lhs", in[0], Shape{out[0][0], -1});
  unify(attrs, "rhs", in[1], Shape{-1, out[0][1]});
}

const OpRegistration kDot = OpBuilder("_test_dot")
                                .input("lhs", "")
                                .input("rhs", "")
                                .shape(dotShapes)
                                .type(allSame)
                                .hidden();

const OpRegistration kForget =
    OpBuilder("_test_forget")
        .input("data", "")
        .shape([](const OpAttrs&, std::span<Shape> in, std::span<Shape>) { in[0] = Shape(); })
        .type(
            [](const OpAttrs&, std::span<DType> in, std::span<DType>) { in[0] = DType::kUnknown; })
        .hidden();

}  // namespace
}  // namespace tenon
