// Opening NVIDIA's libraries at run time: ours carries none of them and needs none to load.
#pragma once

#include <string>

namespace tenon::cuda {

/// A library that is looked for in this order: TENON_CUDA_HOME (the folder itself, its lib64 and
/// lib), the system (the loader's path, /usr/local/cuda-13.0, /usr/local/cuda), Python's wheels
/// (site-packages of the virtual environment, of Conda's, of the user and of the system), the
/// folder of libtenon, where the redistributable jars are unpacked.
class SharedLibrary {
 public:
  /// `name` for people, `file` as the loader knows it, `wheel` the folder under
  /// site-packages/nvidia.
  SharedLibrary(std::string name, std::string file, std::string wheel);

  bool found() const noexcept { return handle_ != nullptr; }
  /// Where it was found.
  const std::string& path() const noexcept { return path_; }
  /// "cuDNN was not found: libcudnn.so.9 is neither in TENON_CUDA_HOME, …", or why it does not
  /// load.
  const std::string& whyNot() const noexcept { return why_not_; }

  /// Sets `function` to the function of that name; throws kUnsupported if the library lacks it.
  template <class F>
  void bind(F*& function, const char* symbol) const {
    function = reinterpret_cast<F*>(find(symbol));
  }

 private:
  void* find(const char* symbol) const;

  const std::string name_;
  void* handle_ = nullptr;
  std::string path_;
  std::string why_not_;
};

}  // namespace tenon::cuda
