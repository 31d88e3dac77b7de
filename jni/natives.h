// The native methods of each Java class, registered by table when the library is loaded.
#pragma once

#include <jni.h>

#include <span>

namespace tenon::jni {

struct NativeClass {
  const char* name;
  std::span<const JNINativeMethod> methods;
};

NativeClass arrayNatives();
NativeClass autogradNatives();
NativeClass executorNatives();
NativeClass graphNatives();
NativeClass handleNatives();
NativeClass iterNatives();
NativeClass kvstoreNatives();
NativeClass opNatives();
NativeClass runtimeNatives();
NativeClass symbolNatives();

/// A row of a table.
template <class F>
JNINativeMethod method(const char* name, const char* signature, F* function) {
  return {const_cast<char*>(name), const_cast<char*>(signature), reinterpret_cast<void*>(function)};
}

}  // namespace tenon::jni
