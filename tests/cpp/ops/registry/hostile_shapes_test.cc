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
