#include "base/atomic_file.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "support/expect_error.h"

namespace tenon {
namespace {

namespace fs = std::filesystem;

class AtomicFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / concat("tenon-atomic-file-", ::getpid());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static void save(const fs::path& file, const std::string& text) {
    AtomicFile out(file);
    out.write(text.data(), text.size());
    out.commit();
  }
  static std::string load(const fs::path& file) {
    const auto bytes = readFile(file);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  size_t countFiles() const {
    return static_cast<size_t>(std::distance(fs::directory_iterator(folder_), {}));
  }

  fs::path folder_;
};

TEST_F(AtomicFileTest, replacesTheTargetOnCommitOnly) {
  const fs::path file = folder_ / "a";
  save(file, "old");
  {
    AtomicFile out(file);
    out.write("new", 3);
    EXPECT_EQ(load(file), "old");
  }
  EXPECT_EQ(load(file), "old");
  EXPECT_EQ(countFiles(), 1u);
  save(file, "new");
  EXPECT_EQ(load(file), "new");
  EXPECT_EQ(countFiles(), 1u);
}

TEST_F(AtomicFileTest, keepsTheModeAndTheLink) {
  const fs::path file = folder_ / "a";
  save(file, "old");
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  const fs::path link = folder_ / "link";
  fs::create_symlink(file, link);
  save(link, "new");
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(load(file), "new");
  EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(AtomicFileTest, errorsNameTheFileAndTheReason) {
  expectError(ErrorKind::kIo, "cannot write", [&] { AtomicFile out(folder_ / "missing" / "a"); });
  expectError(ErrorKind::kIo, "No such file", [&] { readFile(folder_ / "missing"); });
  expectError(ErrorKind::kIo, "Is a directory", [&] { readFile(folder_); });
  save(folder_ / "a", "12345");
  expectError(ErrorKind::kIo, "has 5 bytes, expected at most 4",
              [&] { readFile(folder_ / "a", 4); });
}

// A child saves two contents in turn until it is killed; whatever the moment, a whole one must be
// there.
TEST_F(AtomicFileTest, aKillAtAnyMomentLeavesAWholeFile) {
  const fs::path file = folder_ / "state";
  const std::string a(300'000, 'a');
  const std::string b(500'000, 'b');
  save(file, a);
  std::mt19937 random(7);
  for (int kill = 0; kill < 100; ++kill) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (;;) {
        save(file, b);
        save(file, a);
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 4000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const std::string found = load(file);
    ASSERT_TRUE(found == a || found == b)
        << "after kill " << kill << ": " << found.size() << " bytes";
  }
}

}  // namespace
}  // namespace tenon
