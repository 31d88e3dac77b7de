// The Java classes and methods that native code uses, looked up once, and the end of every native
// call: where the core's errors become Java's exceptions.
#pragma once

#include <jni.h>

#include <type_traits>

#include "base/error.h"

namespace tenon::jni {

/// Global references; valid from JNI_OnLoad on.
struct Java {
  JavaVM* vm = nullptr;
  jclass string = nullptr;
  jclass long_array = nullptr;
  jclass long_array_array = nullptr;
  jclass int_array = nullptr;
  jclass collector = nullptr;
  jmethodID collector_reclaim = nullptr;
  jclass call_site = nullptr;
  jmethodID call_site_current = nullptr;
  jmethodID monitor_accept = nullptr;
  jmethodID updater_update = nullptr;
};

const Java& java() noexcept;

/// Looks everything up; false with a Java exception pending if something is missing.
bool findJava(JavaVM* vm, JNIEnv* env);

/// An argument that must not be null was; becomes a NullPointerException.
struct NullArgument {
  const char* name;
};

/// Makes the exception now being handled a pending Java exception.
void throwToJava(JNIEnv* env) noexcept;

/// The body of a native method: runs `f`; what it throws becomes a Java exception, and the result
/// is zero.
template <class F>
auto call(JNIEnv* env, F&& f) noexcept -> decltype(f()) {
  using R = decltype(f());
  try {
    return f();
  } catch (...) {
    throwToJava(env);
    if constexpr (!std::is_void_v<R>) return R{};
  }
}

}  // namespace tenon::jni
