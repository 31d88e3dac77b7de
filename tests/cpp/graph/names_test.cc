#include "graph/names.h"

#include <gtest/gtest.h>

#include <thread>

namespace tenon {
namespace {

TEST(Names, countPerHintInLowerCase) {
  resetNames();
  EXPECT_EQ(nextName("FullyConnected"), "fullyconnected0");
  EXPECT_EQ(nextName("Convolution"), "convolution0");
  EXPECT_EQ(nextName("fullyconnected"), "fullyconnected1");
  EXPECT_EQ(nextName("_plusscalar"), "_plusscalar0");
}

TEST(Names, hintsAreWhatWasCalledWithoutItsNamespace) {
  EXPECT_EQ(hintOf("_contrib_boolean_mask"), "boolean_mask");
  EXPECT_EQ(hintOf("_linalg_gemm2"), "gemm2");
  EXPECT_EQ(hintOf("linalg_gemm2"), "linalg_gemm2");
  EXPECT_EQ(hintOf("_random_uniform"), "_random_uniform");
  EXPECT_EQ(hintOf("ElementWiseSum"), "ElementWiseSum");
}

TEST(Names, startAgainAfterReset) {
  nextName("Pooling");
  resetNames();
  EXPECT_EQ(nextName("Pooling"), "pooling0");
}

TEST(Names, countersBelongToAThread) {
  resetNames();
  nextName("relu");
  std::string other;
  std::thread([&other] { other = nextName("relu"); }).join();
  EXPECT_EQ(other, "relu0");
  EXPECT_EQ(nextName("relu"), "relu1");
}

TEST(Names, nearNamesAreOfferedNearestFirst) {
  const std::vector<std::string> names = {"fc1_bias", "fc2_weight", "fc1_weight", "data"};
  EXPECT_EQ(didYouMean("fc1_wieght", names), "; did you mean \"fc1_weight\" or \"fc2_weight\"?");
  EXPECT_EQ(didYouMean("Data", names), "; did you mean \"data\"?");
}

TEST(Names, nothingIsOfferedWhereNothingIsNear) {
  EXPECT_EQ(didYouMean("label", std::vector<std::string>{"conv1_weight"}), "");
  EXPECT_EQ(didYouMean(std::string(100000, 'x'), std::vector<std::string>{"x"}), "");
}

}  // namespace
}  // namespace tenon
