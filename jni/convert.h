// Java's values as the core's, and back. Whatever fails inside the JVM leaves a Java exception
// pending and throws JavaPending, which the end of the native call swallows.
#pragma once

#include <jni.h>

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/params.h"
#include "base/shape.h"
#include "device/device.h"
#include "jni/handles.h"

namespace tenon::jni {

/// A Java exception is pending.
struct JavaPending {};

/// Throws JavaPending if a Java exception is pending.
void checkJava(JNIEnv* env);
/// Throws kInvalidArgument if `object`, called `name`, is null.
void checkNotNull(jobject object, const char* name);

std::string toString(JNIEnv* env, jstring text, const char* name);
jstring toJava(JNIEnv* env, std::string_view utf8);

std::vector<std::string> toStrings(JNIEnv* env, jobjectArray texts, const char* name);
jobjectArray toJava(JNIEnv* env, const std::vector<std::string>& texts);
/// Names and values in turn.
AttrMap toAttrs(JNIEnv* env, jobjectArray pairs);

std::vector<int64_t> toLongs(JNIEnv* env, jlongArray values, const char* name);
jlongArray toJava(JNIEnv* env, std::span<const int64_t> values);
Shape toShape(JNIEnv* env, jlongArray dims, const char* name);
std::map<std::string, Shape> toShapes(JNIEnv* env, jobjectArray names, jobjectArray dims);

/// Type above, index below, as `Device.packed()` in Java.
Device toDevice(jlong packed);
jlong packed(Device device);

/// Hands arrays over as new handles.
jlongArray newArrays(JNIEnv* env, std::span<NDArray> arrays);
/// Copies of the arrays of handles; a 0 is an undefined array if `allow_none`.
std::vector<NDArray> toArrays(JNIEnv* env, jlongArray handles, const char* name,
                              bool allow_none = false);
std::map<std::string, NDArray> toNamedArrays(JNIEnv* env, jobjectArray names, jlongArray handles,
                                             const char* what);

/// Local references made inside go at its end.
class LocalFrame {
 public:
  LocalFrame(JNIEnv* env, jint capacity) : env_(env) {
    if (env->PushLocalFrame(capacity) != 0) throw JavaPending{};
  }
  ~LocalFrame() { env_->PopLocalFrame(nullptr); }
  LocalFrame(const LocalFrame&) = delete;
  LocalFrame& operator=(const LocalFrame&) = delete;

 private:
  JNIEnv* env_;
};

}  // namespace tenon::jni
