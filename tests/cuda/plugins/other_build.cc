// A device library of another build than libtenon.
#include "device/plugin_api.h"

extern "C" __attribute__((visibility("default"))) int32_t tenonPlugin(const tenon::HostApi*,
                                                                      tenon::PluginApi* api,
                                                                      tenon::PluginFailure*) {
  api->edge_hash = "0123456789abcdef";
  api->device_count = 1;
  return 0;
}
