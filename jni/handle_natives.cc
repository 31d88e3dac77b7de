// org.tenon.internal.HandleNatives
#include <algorithm>

#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"
#include "jni/pressure.h"

namespace tenon::jni {
namespace {

jboolean close(JNIEnv*, jclass, jlong handle) { return closeHandle(handle); }

/// Calls `use` with the first `count` of an array's handles, some at a time.
template <class Use>
void forHandles(JNIEnv* env, jlongArray array, jint count, Use use) {
  constexpr jint kAtOnce = 16;
  checkNotNull(array, "handles");
  count = std::min(count, env->GetArrayLength(array));
  Handle some[kAtOnce];
  for (jint at = 0; at < count; at += kAtOnce) {
    const jint size = std::min(kAtOnce, count - at);
    env->GetLongArrayRegion(array, at, size, some);
    use(std::span<const Handle>(some, static_cast<size_t>(size)));
  }
}

void closeAll(JNIEnv* env, jclass, jlongArray handles, jint count) {
  call(env, [&] { forHandles(env, handles, count, closeHandles); });
}

void closeGroup(JNIEnv* env, jclass, jlongArray handles, jint count, jlongArray soon) {
  call(env, [&] {
    forHandles(env, handles, count, closeHandles);
    if (soon) forHandles(env, soon, env->GetArrayLength(soon), expectCloses);
  });
}

jboolean isOpen(JNIEnv*, jclass, jlong handle) { return isHandleOpen(handle); }
jboolean underPressure(JNIEnv*, jclass, jlong dead) { return Pressure::get().due(dead); }
void collected(JNIEnv*, jclass, jlong dead, jlong nanos, jlong most_step) {
  Pressure::get().collected(dead, std::chrono::nanoseconds(nanos), most_step);
}
jlong bytesOf(JNIEnv*, jclass, jlong array) { return heldBytesOf(array); }
jlong heldBytes(JNIEnv*, jclass) { return Pressure::get().held(); }
jlong open(JNIEnv*, jclass) { return openHandles(); }

const JNINativeMethod kMethods[] = {
    method("close", "(J)Z", close),
    method("closeAll", "([JI)V", closeAll),
    method("closeGroup", "([JI[J)V", closeGroup),
    method("isOpen", "(J)Z", isOpen),
    method("underPressure", "(J)Z", underPressure),
    method("collected", "(JJJ)V", collected),
    method("bytesOf", "(J)J", bytesOf),
    method("heldBytes", "()J", heldBytes),
    method("openHandles", "()J", open),
};

}  // namespace

NativeClass handleNatives() { return {"org/tenon/internal/HandleNatives", kMethods}; }

}  // namespace tenon::jni
