#include "exec/origin.h"

#include <gtest/gtest.h>

#include "engine/engine.h"
#include "exec/support.h"
#include "support/expect_error.h"

namespace tenon {
namespace {

constinit int line = 0;
std::string placeInTest() { return line == 0 ? std::string() : concat("program:", line); }

/// Debug mode with a program whose line is `line`.
class Debugging : public testing::Test {
 protected:
  Debugging() : before_(setDebug(true)) {
    line = 0;
    setPlaceFunction(placeInTest);
  }
  ~Debugging() override {
    setDebug(before_);
    setPlaceFunction(nullptr);
    try {
      Engine::get().waitAll();
    } catch (const Error&) {
      // The errors that the tests have made and looked at.
    }
  }

 private:
  bool before_;
};

TEST_F(Debugging, errorsNameTheLineThatIssuedTheCall) {
  line = 12;
  const NDArray bad = call("_test_failing", {filled({2}, 7)});
  line = 13;
  const NDArray next = call("_test_double", {bad});
  line = 14;
  expectError(ErrorKind::kInvalidArgument,
              "_test_failing(data: (2,) float32) issued at program:12: element 0 is 7",
              [&] { valuesOf(next); });
}

TEST_F(Debugging, errorsOfExecutorsNameTheLineThatCalledForward) {
  const Symbol fails = node("_test_failing", "bad", {Symbol::variable("x")});
  const auto executor = Executor::bind(fails, Device::cpu(), {{"x", filled({2}, 3)}}, {}, {}, {});
  line = 20;
  executor->forward(false);
  line = 21;
  expectError(ErrorKind::kInvalidArgument,
              "in forward of bad (_test_failing) issued at program:20: element 0 is 3",
              [&] { valuesOf(executor->outputs()[0]); });
  line = 30;
  executor->setMonitor([](const std::string&, const NDArray&) {});
  executor->forward(false);
  expectError(ErrorKind::kInvalidArgument, "issued at program:30: element 0 is 3",
              [&] { valuesOf(executor->outputs()[0]); });
}

TEST_F(Debugging, placesThatCannotBeSaidAreLeftOut) {
  EXPECT_FALSE(currentOrigin());
  expectError(ErrorKind::kInvalidArgument, "_test_failing(data: (2,) float32): element 0 is 7",
              [&] { valuesOf(call("_test_failing", {filled({2}, 7)})); });
}

TEST_F(Debugging, costsNothingUnlessSwitchedOn) {
  line = 12;
  EXPECT_TRUE(isDebug());
  EXPECT_EQ(currentOrigin()->place, "program:12");
  EXPECT_TRUE(setDebug(false));
  EXPECT_FALSE(isDebug());
  EXPECT_FALSE(currentOrigin());
}

}  // namespace
}  // namespace tenon
