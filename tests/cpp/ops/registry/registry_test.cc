#include "ops/registry/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ops/registry/builder.h"
#include "ops/registry/rules.h"
#include "support/expect_error.h"
#include "support/op_runner.h"

namespace tenon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

struct ScaleParams {
  double factor;
  bool no_bias;
  static void describe(ParamSchema<ScaleParams>& s) {
    s.field("factor", &ScaleParams::factor, "What to scale by.").defaultTo(2.0).dynamic();
    s.field("no_bias", &ScaleParams::no_bias, "Without bias.").defaultTo(true);
  }
};

void runScale(KernelContext& context, std::span<const TensorView> in,
              std::span<const TensorView> out, std::span<const Request> requests) {
  if (requests[0] == Request::kNull) return;
  for (int64_t i = 0; i < in[0].size(); ++i) {
    out[0].as<float>()[i] = static_cast<float>(context.dynamic(0)) * in[0].as<float>()[i];
    if (in.size() > 1) out[0].as<float>()[i] += in[1].as<float>()[0];
  }
}

const OpRegistration kScale =
    OpBuilder("_test_scale")
        .doc("Scales its input.")
        .group("test")
        .alias({"_test_scale_alias"})
        .params<ScaleParams>()
        .input("data", "The input.")
        .input("bias", "What to add.")
        .inputCount<ScaleParams>([](const ScaleParams& p) { return p.no_bias ? 1 : 2; })
        .shape(sameAsFirst)
        .type(sameAsFirst)
        .zeroGradient()
        .inplace({{0, 0}})
        .cpu({.run = runScale, .adds = false});

const OpRegistration kMany = OpBuilder("_test_many")
                                 .doc("Takes any number of inputs.")
                                 .group("test")
                                 .variadicInput("num_args")
                                 .shape(allSame)
                                 .type(allSame)
                                 .mutates({1})
                                 .cpu(runScale);

TEST(Registry, HasNoFaults) { EXPECT_THAT(registryFaults(), IsEmpty()); }

TEST(Registry, FindsByNameAndAlias) {
  EXPECT_EQ(&findOp("_test_scale"), &findOp("_test_scale_alias"));
  EXPECT_EQ(tryFindOp("nothing like it"), nullptr);
  expectError(ErrorKind::kInvalidArgument,
              "operator '_test_scael' does not exist, did you mean _test_scale",
              [] { findOp("_test_scael"); });
  expectError(ErrorKind::kInvalidArgument, "operator 'QQQQQQQQQQQ' does not exist",
              [] { findOp("QQQQQQQQQQQ"); });
}

TEST(Registry, ListsByName) {
  const auto& ops = allOps();
  for (size_t i = 1; i < ops.size(); ++i) EXPECT_LT(ops[i - 1]->name, ops[i]->name);
}

TEST(Registry, RefusesASecondKernel) {
  expectError(ErrorKind::kInvalidState, "already has a kernel for cpu",
              [] { registerKernel("_test_scale", DeviceType::kCpu, {.run = runScale}); });
  expectError(ErrorKind::kInvalidArgument, "operator 'none' does not exist",
              [] { registerKernel("none", DeviceType::kGpu, {.run = runScale}); });
}

TEST(Op, ParsesAttributesAndCountsInputs) {
  const auto attrs =
      findOp("_test_scale").parse({{"factor", "3"}, {"no_bias", "0"}, {"__lr_mult__", "1"}}, 2);
  EXPECT_THAT(attrs->inputNames(), ElementsAre("data", "bias"));
  EXPECT_THAT(std::vector<double>(attrs->dynamicDefaults().begin(), attrs->dynamicDefaults().end()),
              ElementsAre(3.0));
  EXPECT_EQ(attrs->numOutputs(), 1);
  EXPECT_EQ(attrs->outputName(0), "output");
  EXPECT_FALSE(attrs->params<ScaleParams>().no_bias);
  EXPECT_EQ(attrs->dict().count("__lr_mult__"), 1u);
  EXPECT_NE(attrs->id(), findOp("_test_scale").parse({})->id());
  expectError(ErrorKind::kInvalidArgument, "_test_scale: 2 inputs are given, expected 1",
              [] { findOp("_test_scale").parse({}, 2); });
  expectError(ErrorKind::kInvalidArgument,
              "_test_scale: attribute factor is 'x', expected a number", [] {
                findOp("_test_scale").parse({{"factor", "x"}});
              });
}

TEST(Op, CountsVariadicInputs) {
  const Op& op = findOp("_test_many");
  EXPECT_THAT(op.parse({{"num_args", "3"}})->inputNames(), ElementsAre("arg0", "arg1", "arg2"));
  EXPECT_EQ(op.parse({}, 2)->dict().at("num_args"), "2");
  EXPECT_TRUE(op.parse({}, 2)->mutates(1));
  EXPECT_FALSE(op.parse({}, 2)->mutates(0));
  expectError(ErrorKind::kInvalidArgument, "_test_many: no inputs are given, expected at least one",
              [&] { op.parse({}, 0); });
  expectError(ErrorKind::kInvalidArgument, "_test_many: no inputs are given", [&] {
    op.parse({{"num_args", "0"}});
  });
  expectError(ErrorKind::kInvalidArgument, "_test_many: attribute num_args is missing",
              [&] { op.parse({}); });
  expectError(ErrorKind::kInvalidArgument,
              "_test_many: attribute num_args is 3, but 2 inputs are given", [&] {
                op.parse({{"num_args", "3"}}, 2);
              });
  expectError(ErrorKind::kInvalidArgument, "_test_many: attribute num_args is '-1'", [&] {
    op.parse({{"num_args", "-1"}});
  });
}

TEST(OpRunner, HonoursRequests) {
  const HostArray a = HostArray::of({3}, {1, 2, 3});
  EXPECT_THAT(runOp("_test_scale", {a})[0].values(), ElementsAre(2, 4, 6));
  EXPECT_THAT(
      runOp("_test_scale", {a}, {}, {.requests = {Request::kAdd}, .previous = {a}})[0].values(),
      ElementsAre(3, 6, 9));
  EXPECT_THAT(
      runOp("_test_scale", {a}, {}, {.requests = {Request::kNull}, .previous = {a}})[0].values(),
      ElementsAre(1, 2, 3));
  EXPECT_THAT(runOp("_test_scale", {a}, {}, {.dynamics = {5}})[0].values(), ElementsAre(5, 10, 15));
  EXPECT_THAT(
      runOp("_test_scale", {a}, {}, {.requests = {Request::kInplace}, .shared = {{0, 0}}})[0]
          .values(),
      ElementsAre(2, 4, 6));
}

TEST(Rules, MakeAllTheSameInBothDirections) {
  const Op& op = findOp("_test_many");
  const auto attrs = op.parse({}, 2);
  std::vector<Shape> in = {Shape(), Shape({2, -1})};
  std::vector<Shape> out = {Shape({-1, 3})};
  op.infer_shape(*attrs, in, out);
  EXPECT_EQ(in[0], Shape({2, 3}));
  EXPECT_EQ(in[1], Shape({2, 3}));
  EXPECT_EQ(out[0], Shape({2, 3}));
  in[1] = Shape({2, 4});
  expectError(ErrorKind::kInvalidArgument,
              "_test_many: input arg1 has shape (2,4), expected shape (2,3) as input arg0",
              [&] { op.infer_shape(*attrs, in, out); });
  std::vector<DType> in_types = {DType::kUnknown, DType::kInt8}, out_types = {DType::kUnknown};
  op.infer_type(*attrs, in_types, out_types);
  EXPECT_THAT(in_types, ElementsAre(DType::kInt8, DType::kInt8));
  in_types[0] = DType::kFloat32;
  expectError(ErrorKind::kInvalidArgument,
              "_test_many: input arg1 has dtype int8, expected dtype float32",
              [&] { op.infer_type(*attrs, in_types, out_types); });
}

TEST(Rules, BroadcastAlignsAtTheLastAxis) {
  const auto attrs = findOp("_test_many").parse({}, 2);
  std::vector<Shape> in = {Shape({2, 1, 4}), Shape({3, 1})};
  std::vector<Shape> out = {Shape()};
  broadcastShapes(*attrs, in, out);
  EXPECT_EQ(out[0], Shape({2, 3, 4}));
  in = {Shape({2, 3}), Shape({4})};
  out = {Shape()};
  expectError(ErrorKind::kInvalidArgument,
              "_test_many: input arg0 has shape (2,3) and input arg1 has shape (4,), which do not "
              "broadcast: 3 against 4",
              [&] { broadcastShapes(*attrs, in, out); });
}

TEST(Dump, WritesOneLinePerOperator) {
  const std::string json = dumpRegistry();
  EXPECT_THAT(
      json,
      HasSubstr(
          "{\"name\":\"_test_scale\",\"aliases\":[\"_test_scale_alias\"],\"doc\":\"Scales its "
          "input.\",\"group\":\"test\",\"hidden\":false,\"inputs\":[{\"name\":\"data\","));
  EXPECT_THAT(
      json,
      HasSubstr(
          "{\"name\":\"factor\",\"type\":\"double\",\"doc\":\"What to scale by.\",\"options\":[],"
          "\"default\":\"2\",\"required\":false,\"optional\":false,\"dynamic\":true}"));
  EXPECT_THAT(json, HasSubstr("\"variadic\":true,\"numArgsParam\":\"num_args\""));
  EXPECT_THAT(json, HasSubstr("\"mutatedInputs\":[1]"));
}

}  // namespace
}  // namespace tenon
