#include "base/settings.h"

#include <gtest/gtest.h>

#include <set>

namespace tenon {
namespace {

TEST(SettingsTest, everyRowHasAUniqueVariableADefaultAndADoc) {
  std::set<std::string> seen;
  for (const SettingInfo& row : listSettings()) {
    EXPECT_TRUE(seen.insert(row.variable).second) << row.variable;
    EXPECT_EQ(row.variable.rfind("TENON_", 0), 0u);
    EXPECT_FALSE(row.doc.empty()) << row.variable;
    if (!row.from_environment) {
      EXPECT_EQ(row.value, row.default_value) << row.variable;
    }
  }
  EXPECT_GE(seen.size(), 8u);
}

}  // namespace
}  // namespace tenon
