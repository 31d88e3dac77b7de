#include "libs/shared_library.h"

#include <dlfcn.h>
#include <glob.h>
#include <link.h>
#include <unistd.h>

#include <utility>
#include <vector>

#include "base/error.h"
#include "runtime/edge.h"

namespace tenon::cuda {
namespace {

/// The folders that match, in the order of their names.
void expand(const std::string& pattern, std::vector<std::string>& to) {
  glob_t found{};
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc; ++i) to.emplace_back(found.gl_pathv[i]);
  }
  globfree(&found);
}

std::vector<std::string> wheelFolders(const std::string& wheel) {
  std::vector<std::string> folders;
  const std::string inside = "/lib/python3*/site-packages/nvidia/" + wheel + "/lib";
  for (const char* variable : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    const std::string root = host().environment(variable);
    if (!root.empty()) expand(root + inside, folders);
  }
  const std::string home = host().environment("HOME");
  if (!home.empty()) expand(home + "/.local" + inside, folders);
  for (const char* packages : {"/usr/local/lib/python3*/site-packages/nvidia/",
                               "/usr/local/lib/python3*/dist-packages/nvidia/",
                               "/usr/lib/python3*/dist-packages/nvidia/"}) {
    expand(packages + wheel + "/lib", folders);
  }
  return folders;
}

/// What to hand to the loader, in order.
std::vector<std::string> candidates(const std::string& file, const std::string& wheel) {
  std::vector<std::string> all;
  const std::string home = host().setting("TENON_CUDA_HOME");
  if (!home.empty()) {
    for (const char* inside : {"/", "/lib64/", "/lib/"}) all.push_back(home + inside + file);
  }
  all.push_back(file);
  for (const char* system : {"/usr/local/cuda-13.0/lib64/", "/usr/local/cuda/lib64/"})
    all.push_back(system + file);
  for (const std::string& folder : wheelFolders(wheel)) all.push_back(folder + "/" + file);
  all.push_back(std::string(host().folder) + "/" + file);
  return all;
}

std::string pathOf(void* handle, const std::string& otherwise) {
  link_map* map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) return otherwise;
  return map->l_name;
}

}  // namespace

SharedLibrary::SharedLibrary(std::string name, std::string file, std::string wheel)
    : name_(std::move(name)) {
  std::string refused;
  for (const std::string& candidate : candidates(file, wheel)) {
    const bool is_path = candidate.find('/') != std::string::npos;
    if (is_path && access(candidate.c_str(), R_OK) != 0) continue;
    handle_ = dlopen(candidate.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) {
      path_ = pathOf(handle_, candidate);
      return;
    }
    const char* const why = dlerror();
    if (is_path && why != nullptr) refused = why;
  }
  why_not_ = refused.empty()
                 ? concat(name_, " was not found: ", file,
                          " is neither in TENON_CUDA_HOME, nor the system's, nor in a Python "
                          "package (nvidia-*), nor in ",
                          host().folder)
                 : concat(name_, " cannot be loaded: ", refused);
}

void* SharedLibrary::find(const char* symbol) const {
  TENON_CHECK(found(), kUnsupported, why_not_);
  void* const function = dlsym(handle_, symbol);
  TENON_CHECK(function != nullptr, kUnsupported, name_, " at ", path_, " has no ", symbol,
              ": another version is needed");
  return function;
}

}  // namespace tenon::cuda
