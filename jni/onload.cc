// The JVM's entry points.
#include <jni.h>

#include "engine/engine.h"
#include "exec/origin.h"
#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"
#include "memory/pool.h"

namespace tenon::jni {
namespace {

/// Asks Java's collector to let go of arrays.
void collectGarbage() {
  JNIEnv* env = nullptr;
  JavaVM* vm = java().vm;
  const bool attached = vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_8) == JNI_OK;
  if (!attached &&
      vm->AttachCurrentThreadAsDaemon(reinterpret_cast<void**>(&env), nullptr) != JNI_OK)
    return;
  // Under a pending exception no Java code may run.
  if (!env->ExceptionCheck()) {
    env->CallStaticVoidMethod(java().collector, java().collector_reclaim);
    env->ExceptionClear();
  }
  if (!attached) vm->DetachCurrentThread();
}

/// Called by a memory pool about to fail, on any thread: lets Java collect, then waits for the
/// tasks that still hold what was let go of, unless it runs inside one.
bool reclaim(Device device, size_t) {
  const int64_t before = poolOf(device).stats().in_use_bytes;
  collectGarbage();
  if (!Engine::insideTask()) {
    try {
      Engine::get().waitAll();
    } catch (const Error&) {
      // It stays with the arrays that it spoilt, for whoever reads them.
      return true;
    }
  }
  return poolOf(device).stats().in_use_bytes < before;
}

/// Where the Java program is that made the native call of this thread; empty outside of one.
std::string currentPlace() {
  JNIEnv* env = nullptr;
  if (java().vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_8) != JNI_OK ||
      env->ExceptionCheck())
    return {};
  try {
    const LocalFrame frame(env, 1);
    auto* place = static_cast<jstring>(
        env->CallStaticObjectMethod(java().call_site, java().call_site_current));
    if (!env->ExceptionCheck() && place) return toString(env, place, "place");
  } catch (const JavaPending&) {
    // A place that cannot be said is no reason for a call to fail.
  }
  env->ExceptionClear();
  return {};
}

bool registerAll(JNIEnv* env) {
  for (const NativeClass& natives :
       {arrayNatives(), autogradNatives(), executorNatives(), graphNatives(), handleNatives(),
        iterNatives(), kvstoreNatives(), opNatives(), runtimeNatives(), symbolNatives()}) {
    jclass type = env->FindClass(natives.name);
    if (!type) return false;
    const auto count = static_cast<jint>(natives.methods.size());
    if (env->RegisterNatives(type, natives.methods.data(), count) != JNI_OK) return false;
    env->DeleteLocalRef(type);
  }
  return true;
}

}  // namespace
}  // namespace tenon::jni

extern "C" JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM* vm, void*) {
  JNIEnv* env = nullptr;
  if (vm->GetEnv(reinterpret_cast<void**>(&env), JNI_VERSION_1_8) != JNI_OK) return JNI_ERR;
  if (!tenon::jni::findJava(vm, env) || !tenon::jni::registerAll(env)) return JNI_ERR;
  tenon::setReclaimer(tenon::jni::reclaim);
  tenon::setPlaceFunction(tenon::jni::currentPlace);
  return JNI_VERSION_1_8;
}
