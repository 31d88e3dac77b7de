#include "base/inline_function.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace tenon {
namespace {

using Function = InlineFunction<int(int), 64>;

int twice(int value) { return 2 * value; }

TEST(InlineFunction, callsWhatItHolds) {
  int calls = 0;
  Function counting = [&calls, offset = 5](int value) {
    ++calls;
    return value + offset;
  };
  EXPECT_EQ(counting(1), 6);
  EXPECT_EQ(counting(2), 7);
  EXPECT_EQ(calls, 2);
  Function plain = twice;
  EXPECT_EQ(plain(21), 42);
}

TEST(InlineFunction, mayBeEmpty) {
  Function none;
  EXPECT_FALSE(none);
  EXPECT_FALSE(Function(nullptr));
  EXPECT_TRUE(Function(twice));
}

TEST(InlineFunction, keepsStateBetweenCalls) {
  Function sum = [total = 0](int value) mutable { return total += value; };
  sum(3);
  EXPECT_EQ(sum(4), 7);
}

TEST(InlineFunction, movesAndDestroysItsTargetOnce) {
  const auto owned = std::make_shared<int>(1);
  {
    Function first = [owned](int) { return *owned; };
    EXPECT_EQ(owned.use_count(), 2);
    Function second = std::move(first);
    EXPECT_EQ(owned.use_count(), 2);
    EXPECT_EQ(second(0), 1);
    first = std::move(second);
    EXPECT_EQ(first(0), 1);
    first = [](int) { return 0; };
    EXPECT_EQ(owned.use_count(), 1);
    Function third = [owned](int) { return *owned; };
    third.reset();
    EXPECT_FALSE(third);
    EXPECT_EQ(owned.use_count(), 1);
    third.reset();
    first = [owned](int) { return *owned; };
  }
  EXPECT_EQ(owned.use_count(), 1);
}

TEST(InlineFunction, passesArgumentsOn) {
  InlineFunction<std::string(std::unique_ptr<int>, const std::string&), 16> join =
      [](std::unique_ptr<int> number, const std::string& text) {
        return text + std::to_string(*number);
      };
  EXPECT_EQ(join(std::make_unique<int>(7), "n"), "n7");
}

static_assert(!std::is_copy_constructible_v<Function>);
static_assert(std::is_nothrow_move_constructible_v<Function>);
static_assert(std::is_nothrow_move_assignable_v<Function>);
static_assert(!std::is_constructible_v<Function, void (*)(std::string)>);

}  // namespace
}  // namespace tenon
