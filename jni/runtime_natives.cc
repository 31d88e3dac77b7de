// org.tenon.internal.RuntimeNatives
#include "base/build_info.h"
#include "base/cpu.h"
#include "base/settings.h"
#include "device/plugin.h"
#include "device/random_stream.h"
#include "device/runtime.h"
#include "engine/engine.h"
#include "exec/origin.h"
#include "exec/thread_state.h"
#include "jni/convert.h"
#include "jni/java.h"
#include "jni/natives.h"
#include "memory/pool.h"

namespace tenon::jni {
namespace {

jint countDevices(JNIEnv*, jclass, jint type) { return deviceCount(static_cast<DeviceType>(type)); }

void seed(JNIEnv* env, jclass, jlong seed) {
  call(env, [&] { seedAll(static_cast<uint64_t>(seed)); });
}

void seedOne(JNIEnv* env, jclass, jlong device, jlong seed) {
  call(env, [&] {
    checkDevice(toDevice(device));
    seedDevice(toDevice(device), static_cast<uint64_t>(seed));
  });
}

void waitAll(JNIEnv* env, jclass) {
  call(env, [&] { Engine::get().waitAll(); });
}

std::string versionText() { return concat(kVersion, " (", kBuildHash, ")"); }

jstring version(JNIEnv* env, jclass) {
  return call(env, [&] { return toJava(env, versionText()); });
}

std::string describeDevices() {
  std::ostringstream out;
  for (const DeviceType type : {DeviceType::kCpu, DeviceType::kGpu}) {
    const int count = deviceCount(type);
    if (type == DeviceType::kGpu && count == 0) out << "gpu: none, " << whyNone(type) << '\n';
    for (int id = 0; id < count && (type == DeviceType::kGpu || id == 0); ++id) {
      out << Device{type, id}.toString() << ": " << runtimeOf(type).describe(id) << '\n';
    }
  }
  out << describePlugin();
  return out.str();
}

jstring describeDevice(JNIEnv* env, jclass, jlong device) {
  return call(env, [&] {
    const Device which = toDevice(device);
    checkDevice(which);
    return toJava(env, runtimeOf(which.type).describe(which.id));
  });
}

jstring whyNoDevice(JNIEnv* env, jclass, jint type) {
  return call(env, [&] { return toJava(env, whyNone(static_cast<DeviceType>(type))); });
}

jstring describeLibrary(JNIEnv* env, jclass) {
  return call(env, [&] { return toJava(env, describePlugin()); });
}

jstring info(JNIEnv* env, jclass) {
  return call(env, [&] {
    std::ostringstream out;
    out << "tenon " << versionText() << '\n' << describeDevices();
    out << "processors: " << processorCount() << (cpuFeatures().avx512 ? ", AVX-512" : ", AVX2")
        << '\n';
    for (const SettingInfo& setting : listSettings()) {
      out << setting.variable << '=' << setting.value;
      if (!setting.from_environment) out << " (default)";
      out << "  " << setting.doc << '\n';
    }
    for (const std::string& fault : settingFaults()) out << fault << '\n';
    return toJava(env, out.str());
  });
}

jlongArray memory(JNIEnv* env, jclass, jlong device) {
  return call(env, [&] {
    const PoolStats stats = poolOf(toDevice(device)).stats();
    const int64_t figures[] = {stats.in_use_bytes, stats.cached_bytes, stats.peak_bytes,
                               stats.limit_bytes,  stats.allocations,  stats.system_allocations};
    return toJava(env, figures);
  });
}

void emptyCache(JNIEnv* env, jclass, jlong device) {
  call(env, [&] { poolOf(toDevice(device)).emptyCache(); });
}

void resetPeak(JNIEnv* env, jclass, jlong device) {
  call(env, [&] { poolOf(toDevice(device)).resetPeak(); });
}

void setLimit(JNIEnv* env, jclass, jlong device, jlong bytes) {
  call(env, [&] { poolOf(toDevice(device)).setLimit(bytes); });
}

jboolean switchDeterministic(JNIEnv*, jclass, jboolean on) { return setDeterministic(on); }
jboolean deterministic(JNIEnv*, jclass) { return isDeterministic(); }
jboolean switchDebug(JNIEnv*, jclass, jboolean on) { return setDebug(on); }
jboolean debug(JNIEnv*, jclass) { return isDebug(); }

const JNINativeMethod kMethods[] = {
    method("deviceCount", "(I)I", countDevices),
    method("describeDevice", "(J)Ljava/lang/String;", describeDevice),
    method("whyNoDevice", "(I)Ljava/lang/String;", whyNoDevice),
    method("describeDeviceLibrary", "()Ljava/lang/String;", describeLibrary),
    method("seedAll", "(J)V", seed),
    method("seedDevice", "(JJ)V", seedOne),
    method("waitAll", "()V", waitAll),
    method("version", "()Ljava/lang/String;", version),
    method("info", "()Ljava/lang/String;", info),
    method("memory", "(J)[J", memory),
    method("emptyCache", "(J)V", emptyCache),
    method("resetPeak", "(J)V", resetPeak),
    method("setMemoryLimit", "(JJ)V", setLimit),
    method("setDeterministic", "(Z)Z", switchDeterministic),
    method("isDeterministic", "()Z", deterministic),
    method("setDebug", "(Z)Z", switchDebug),
    method("isDebug", "()Z", debug),
};

}  // namespace

NativeClass runtimeNatives() { return {"org/tenon/internal/RuntimeNatives", kMethods}; }

}  // namespace tenon::jni
