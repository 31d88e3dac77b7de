// org.tenon.internal.HandleNatives
#include <algorithm>

#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"
#include "jni/pressure.h"

namespace tenon::jni {
namespace {

jboolean close(JNIEnv*, jclass, jlong handle) { return closeHandle(handle); }

void closeAll(JNIEnv* env, jclass, jlongArray handles, jint count) {
  call(env, [&] {
    const std::vector<int64_t> all = toLongs(env, handles, "handles");
    closeHandles(std::span(all).first(std::min(all.size(), static_cast<size_t>(count))));
  });
}

jboolean isOpen(JNIEnv*, jclass, jlong handle) { return isHandleOpen(handle); }
jboolean underPressure(JNIEnv*, jclass) { return Pressure::get().due(); }
void collected(JNIEnv*, jclass) { Pressure::get().collected(); }
jlong heldBytes(JNIEnv*, jclass) { return Pressure::get().held(); }
jlong open(JNIEnv*, jclass) { return openHandles(); }

const JNINativeMethod kMethods[] = {
    method("close", "(J)Z", close),        method("closeAll", "([JI)V", closeAll),
    method("isOpen", "(J)Z", isOpen),      method("underPressure", "()Z", underPressure),
    method("collected", "()V", collected), method("heldBytes", "()J", heldBytes),
    method("openHandles", "()J", open),
};

}  // namespace

NativeClass handleNatives() { return {"org/tenon/internal/HandleNatives", kMethods}; }

}  // namespace tenon::jni
