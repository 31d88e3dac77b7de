// What the operators in cpp/ops/shape refuse, and what they say then.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "support/expect_error.h"
#include "support/op_runner.h"

namespace tenon {
namespace {

HostArray zeros(const Shape& shape) { return HostArray(shape, DType::kFloat32); }

void refuses(const std::string& text, std::string_view op, std::vector<HostArray> inputs,
             const AttrMap& attrs, ErrorKind kind = ErrorKind::kInvalidArgument) {
  expectError(kind, text, [&] { runOp(op, std::move(inputs), attrs); });
}

TEST(ReshapeErrors, nameShapeAndCodes) {
  const auto code = [](std::string text) { return AttrMap{{"shape", std::move(text)}}; };
  refuses("cannot reshape (2,3) to (4,2): sizes differ", "Reshape", {zeros({2, 3})}, code("(4,2)"));
  refuses("cannot reshape (2,3) to (-1,-1): only one extent can be -1", "Reshape", {zeros({2, 3})},
          code("(-1,-1)"));
  refuses("cannot reshape (2,3) to (4,-1): -1 would not be whole", "Reshape", {zeros({2, 3})},
          code("(4,-1)"));
  refuses("beyond the last", "Reshape", {zeros({2, 3})}, code("(0,0,0)"));
  refuses("below -4", "Reshape", {zeros({2, 3})}, code("(-5,)"));
  refuses("-4 needs two extents", "Reshape", {zeros({2, 3})}, code("(-4,2)"));
  refuses("-4 does not divide", "Reshape", {zeros({2, 3})}, code("(0,-4,2,-1)"));
  refuses("must be positive", "Reshape", {zeros({2, 3})}, code("(-4,-1,-1,-2)"));
}

TEST(ReshapeInference, fillsInFromTheOutput) {
  const OpAttrsPtr attrs = findOp("Reshape").parse({{"shape", "(0,-1)"}}, 1);
  std::vector<Shape> in = {Shape{Shape::kUnknownDim, 3, 4}};
  std::vector<Shape> out = {Shape{5, 12}};
  attrs->op().infer_shape(*attrs, in, out);
  EXPECT_EQ(in[0], (Shape{5, 3, 4}));
}

TEST(MovementErrors, sayWhatDoesNotFit) {
  refuses("expand_dims", "expand_dims", {zeros({2})}, {{"axis", "3"}}, ErrorKind::kIndex);
  refuses("axis 1 of (1,3) has extent 3, expected 1", "squeeze", {zeros({1, 3})}, {{"axis", "1"}});
  refuses("2 axes given for an array of rank 3", "transpose", {zeros({2, 3, 4})},
          {{"axes", "(1,0)"}});
  refuses("axis 1 is named twice", "transpose", {zeros({2, 3})}, {{"axes", "(1,1)"}});
  refuses("the step of axis 0 is 0", "slice", {zeros({3})},
          {{"begin", "(0,)"}, {"end", "(2,)"}, {"step", "(0,)"}});
  refuses("2 axes are named, but the data has shape (3,)", "slice", {zeros({3})},
          {{"begin", "(0,0)"}, {"end", "(2,1)"}});
  refuses("[2, 9) is not within axis 0 of (3,)", "slice_axis", {zeros({3})},
          {{"axis", "0"}, {"begin", "2"}, {"end", "9"}}, ErrorKind::kIndex);
  refuses("Concat: input 1 has shape (3,2), expected (2,?)", "Concat",
          {zeros({2, 3}), zeros({3, 2})}, {{"num_args", "2"}, {"dim", "1"}});
  refuses("an axis of 5 cannot be cut into 3 equal parts", "SliceChannel", {zeros({2, 5})},
          {{"num_outputs", "3"}});
  refuses("mode reflect needs more than 3 elements on axis 0 of (3,)", "Pad", {zeros({3})},
          {{"mode", "reflect"}, {"pad_width", "(3,0)"}});
  refuses("expected two for each axis", "Pad", {zeros({3})},
          {{"mode", "edge"}, {"pad_width", "(3,0,1)"}});
  refuses("no multiple of the blocks: 6 by 4", "depth_to_space", {zeros({1, 6, 2, 2})},
          {{"block_size", "2"}});
}

TEST(MovementErrors, ranksBeyondTheLimitAreRefused) {
  std::vector<int64_t> ones(Shape::kMaxRank, 1);
  const HostArray widest = zeros(Shape(ones));
  refuses("data has rank 12, expected less than 12", "expand_dims", {widest}, {{"axis", "0"}});
  refuses("an input has rank 12, expected less than 12", "stack", {widest, widest}, {});
  std::string widths = "(0";
  for (int i = 1; i < 26; ++i) widths += ",0";
  refuses("pad_width has 26 entries", "Pad", {widest},
          {{"mode", "constant"}, {"pad_width", widths + ")"}});
}

TEST(SliceAssign, readsAllBeforeItWritesWhereMemoryIsShared) {
  const OpAttrsPtr attrs = findOp("_slice_assign").parse({{"begin", "(1,)"}, {"end", "(5,)"}}, 2);
  HostArray x = HostArray::of({5}, {0, 1, 2, 3, 4});
  const TensorView whole = x.view();
  const TensorView head = denseView(x.data(), Shape{4}, DType::kFloat32, Device::cpu());
  class Context final : public KernelContext {
   public:
    explicit Context(const OpAttrs& a) { attrs_ = &a; }
    void* workspace(size_t bytes) override {
      memory_.resize(bytes);
      return memory_.data();
    }
    TensorView allocateOutput(int, const Shape&) override { return {}; }

   private:
    std::vector<char> memory_;
  } context(*attrs);
  const std::vector<TensorView> inputs = {whole, head};
  const Request inplace = Request::kInplace;
  attrs->op()
      .kernel(DeviceType::kCpu)
      ->run(context, inputs, std::span(&whole, 1), std::span(&inplace, 1));
  EXPECT_EQ(x.values(), (std::vector<double>{0, 0, 1, 2, 3}));
}

TEST(EmptyArrays, moveLikeOthers) {
  EXPECT_EQ(runOp("transpose", {zeros({0, 3})})[0].shape(), (Shape{3, 0}));
  EXPECT_EQ(runOp("Concat", {zeros({2, 0}), zeros({2, 3})}, {{"dim", "1"}})[0].shape(),
            (Shape{2, 3}));
  EXPECT_EQ(runOp("slice", {zeros({4})}, {{"begin", "(3,)"}, {"end", "(1,)"}})[0].shape(),
            (Shape{0}));
  EXPECT_EQ(runOp("tile", {zeros({2})}, {{"reps", "(0,)"}})[0].shape(), (Shape{0}));
  EXPECT_EQ(runOp("Pad", {zeros({0})}, {{"mode", "constant"}, {"pad_width", "(1,1)"}})[0].values(),
            (std::vector<double>{0, 0}));
}

}  // namespace
}  // namespace tenon
