// Where NVIDIA's libraries are looked for, in which order, and what is said if they are not there.
#include "libs/shared_library.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/error.h"
#include "runtime/edge.h"

namespace tenon::cuda {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

/// What the core would say of settings and the environment.
std::map<std::string, std::string> variables;
std::string core_folder;

const char* variable(const char* name) {
  const auto found = variables.find(name);
  return found == variables.end() ? "" : found->second.c_str();
}

class SharedLibraryTest : public ::testing::Test {
 protected:
  SharedLibraryTest() : root_(fs::canonical(fs::temp_directory_path()) / uniqueName()) {
    fs::create_directories(root_);
    variables.clear();
    core_folder = (root_ / "core").string();
  }
  ~SharedLibraryTest() override { fs::remove_all(root_); }

  /// Puts the library of that file name into a folder; returns its path.
  std::string put(const fs::path& folder, const std::string& file) const {
    fs::create_directories(root_ / folder);
    const fs::path path = root_ / folder / file;
    fs::copy_file(TENON_TEST_PLUGINS "/libtenon_fake_nvidia.so", path);
    return path.string();
  }
  void putText(const fs::path& folder, const std::string& file) const {
    fs::create_directories(root_ / folder);
    std::ofstream(root_ / folder / file) << "no library\n";
  }
  std::string at(const char* folder) const { return (root_ / folder).string(); }

  static SharedLibrary open(const std::string& file) { return {"cuFake", file, "fake"}; }

  const fs::path root_;

 private:
  static std::string uniqueName() {
    return std::string("tenon-") + std::to_string(::getpid()) + "-" +
           ::testing::UnitTest::GetInstance()->current_test_info()->name();
  }
};

constexpr const char* kWheel = "/lib/python3.11/site-packages/nvidia/fake/lib";

TEST_F(SharedLibraryTest, placesComeInTheirOrder) {
  variables = {{"TENON_CUDA_HOME", at("cuda")},
               {"VIRTUAL_ENV", at("venv")},
               {"CONDA_PREFIX", at("conda")},
               {"HOME", at("home")}};
  const std::string file = "libtenon_test_order.so.9";
  const std::vector<std::string> places = {
      put("cuda", file),
      put("cuda/lib64", file),
      put("cuda/lib", file),
      put(std::string("venv") + kWheel, file),
      put(std::string("conda") + kWheel, file),
      put(std::string("home/.local") + kWheel, file),
      put("core", file),
  };
  for (const std::string& place : places) {
    const SharedLibrary library = open(file);
    ASSERT_TRUE(library.found()) << library.whyNot();
    EXPECT_EQ(library.path(), place);
    fs::remove(place);
  }
  EXPECT_FALSE(open(file).found());
}

TEST_F(SharedLibraryTest, theSystemComesAfterTheHomeAndBeforeAllElse) {
  const std::string file = "libm.so.6";  // which every system has
  put("core", file);
  const SharedLibrary systems = open(file);
  EXPECT_TRUE(systems.found());
  EXPECT_THAT(systems.path(), ::testing::Not(HasSubstr(root_.string())));
  variables["TENON_CUDA_HOME"] = at("cuda");
  const std::string own = put("cuda", file);
  EXPECT_EQ(open(file).path(), own);
}

TEST_F(SharedLibraryTest, aMissingLibraryIsOneSentenceWithAllPlaces) {
  const SharedLibrary library = open("libtenon_test_missing.so.9");
  EXPECT_FALSE(library.found());
  EXPECT_EQ(library.path(), "");
  EXPECT_EQ(library.whyNot(),
            "cuFake was not found: libtenon_test_missing.so.9 is neither in TENON_CUDA_HOME, nor "
            "the system's, nor in a Python package (nvidia-*), nor in " +
                core_folder);
  int (*version)() = nullptr;
  try {
    library.bind(version, "fakeVersion");
    ADD_FAILURE() << "bound";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUnsupported);
    EXPECT_EQ(error.message(), library.whyNot());
  }
}

TEST_F(SharedLibraryTest, whatIsNoLibraryIsNamedUnlessAnotherServes) {
  variables["TENON_CUDA_HOME"] = at("cuda");
  const std::string file = "libtenon_test_damaged.so.9";
  putText("cuda", file);
  const SharedLibrary damaged = open(file);
  EXPECT_FALSE(damaged.found());
  EXPECT_THAT(damaged.whyNot(),
              AllOf(HasSubstr("cuFake cannot be loaded: "), HasSubstr(at("cuda") + "/" + file)));
  const std::string good = put("core", file);
  EXPECT_EQ(open(file).path(), good);
}

TEST_F(SharedLibraryTest, anotherVersionIsNamedByWhatItLacks) {
  const std::string file = "libtenon_test_version.so.9";
  const std::string path = put("core", file);
  const SharedLibrary library = open(file);
  int (*version)() = nullptr;
  library.bind(version, "fakeVersion");
  EXPECT_EQ(version(), 9);
  try {
    library.bind(version, "fakeVersion_v2");
    ADD_FAILURE() << "bound";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "cuFake at " + path + " has no fakeVersion_v2: another version is needed");
  }
}

}  // namespace

const HostApi& host() noexcept {
  static HostApi api{};
  api.setting = variable;
  api.environment = variable;
  api.folder = core_folder.c_str();
  return api;
}

}  // namespace tenon::cuda
