// Shapes and dtypes that make no sense for an operator, as a hostile file may give them: its rules
// refuse them, and keep what they were told.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ops/registry/registry.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

void inferShapes(const std::string& op, const AttrMap& attrs, std::vector<Shape> in,
                 std::vector<Shape> out) {
  const OpAttrsPtr parsed = findOp(op).parse(attrs, static_cast<int>(in.size()));
  parsed->op().infer_shape(*parsed, in, out);
}

TEST(HostileShapes, aScalarIsNoDataOfFullyConnected) {
  for (const char* flatten : {"True", "False"}) {
    const AttrMap attrs = {{"num_hidden", "3"}, {"flatten", flatten}, {"no_bias", "True"}};
    const Shape scalar = Shape::scalar();
    expectError(ErrorKind::kInvalidArgument, "data is a scalar", [&] {
      inferShapes("FullyConnected", attrs, {scalar, {}}, {{}});
    });
    expectError(ErrorKind::kInvalidArgument, "data is a scalar", [&] {
      inferShapes("_backward_FullyConnected_data", attrs, {{}, {}, scalar}, {{}});
    });
    expectError(ErrorKind::kInvalidArgument, "data is a scalar", [&] {
      inferShapes("_backward_FullyConnected_weight", attrs, {{}, scalar}, {{}});
    });
  }
  // Nor is it their result; where the data's rank is unknown, that shows later.
  const AttrMap rows = {{"num_hidden", "3"}, {"flatten", "False"}, {"no_bias", "True"}};
  inferShapes("FullyConnected", rows, {{}, {}}, {Shape::scalar()});
}

TEST(HostileShapes, noCodeOfReshapeOverflows) {
  const char* message = "more elements than memory can address";
  for (const char* codes : {"(4294967296, 2147483648, -1)", "(4294967296, 4294967296)",
                            "(-4, 4294967296, 4294967296)"}) {
    expectError(ErrorKind::kInvalidArgument, message, [&] {
      inferShapes("Reshape", {{"shape", codes}}, {{2, 3}}, {{}});
    });
  }
}

TEST(HostileShapes, noResultIsLargerThanAddresses) {
  const char* message = "more elements than memory can address";
  expectError(ErrorKind::kInvalidArgument, message, [&] {
    inferShapes("depth_to_space", {{"block_size", "1048576"}}, {{1, -1, int64_t{1} << 50, 1}},
                {{}});
  });
  const auto refused = [message](const std::string& op, const AttrMap& attrs,
                                 const std::vector<Shape>& in) {
    expectError(ErrorKind::kInvalidArgument, message, [&] { inferShapes(op, attrs, in, {{}}); });
  };
  const int64_t large = int64_t{1} << 59;
  refused("tile", {{"reps", "(4611686018427387904,)"}}, {{4}});
  refused("repeat", {{"repeats", "1073741824"}}, {{large}});
  refused("repeat", {{"repeats", "1073741824"}, {"axis", "0"}}, {{large, 1}});
  refused("Pad", {{"mode", "constant"}, {"pad_width", "(9223372036854775807, 1)"}}, {{4}});
  refused("Concat", {{"dim", "0"}}, {{large}, {large}, {large}, {large}});
  refused("Deconvolution",
          {{"kernel", "(2,)"}, {"stride", "(2147483647,)"}, {"num_filter", "1"}, {"no_bias", "1"}},
          {{1, 1, large}, {}});
}

TEST(HostileShapes, windowsHaveExtentsOf32Bits) {
  for (const char* field : {"stride", "dilate", "pad"}) {
    expectError(ErrorKind::kInvalidArgument, "expected values of 32 bits", [&] {
      inferShapes(
          "Convolution",
          {{"kernel", "(2,)"}, {field, "(2147483648,)"}, {"num_filter", "1"}, {"no_bias", "1"}},
          {{1, 1, 8}, {}}, {{}});
    });
  }
  expectError(ErrorKind::kInvalidArgument,
              "Pooling: kernel is (2147483648,), expected values of 32", [] {
                inferShapes("Pooling", {{"kernel", "(2147483648,)"}}, {{1, 1, 8}}, {{}});
              });
}

TEST(HostileShapes, theGradientOfTopkKeepsWhatIsKnownOfDtypes) {
  const OpAttrsPtr attrs = findOp("_backward_topk").parse({}, 3);
  std::vector<DType> in = {DType::kFloat16, DType::kUnknown, DType::kUnknown};
  std::vector<DType> out = {DType::kUnknown};
  attrs->op().infer_type(*attrs, in, out);
  EXPECT_EQ(in[0], DType::kFloat16);
  EXPECT_EQ(in[2], DType::kFloat16);
  EXPECT_EQ(out[0], DType::kFloat16);
}

}  // namespace
}  // namespace tenon
