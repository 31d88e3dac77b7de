# tenon::build_info: the header base/build_info.h with the version and the commit that is built, written
# anew where either has changed. Run as a script (cmake -P), this file writes it.
if(CMAKE_SCRIPT_MODE_FILE)
  execute_process(
    COMMAND git describe --always --dirty --abbrev=12 --exclude=*
    WORKING_DIRECTORY ${SOURCE_DIR}
    OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET
    RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    set(commit unknown)
  endif()
  # Whatever header may cross the edge to a device library: another build's has another hash.
  file(GLOB_RECURSE headers ${SOURCE_DIR}/cpp/*.h)
  list(SORT headers)
  set(edge)
  foreach(header IN LISTS headers)
    file(SHA256 ${header} hash)
    string(APPEND edge ${hash})
  endforeach()
  string(SHA256 edge "${edge}")
  string(SUBSTRING ${edge} 0 16 edge)
  file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
// Which build this is. Written by the build.
#pragma once

namespace tenon {

inline constexpr char kVersion[] = "@VERSION@";
/// The commit, with -dirty where the tree differed from it; "unknown" outside of a repository.
inline constexpr char kBuildHash[] = "@commit@";
/// Of all headers of the core: what both sides of the edge to a device library must have alike.
inline constexpr char kEdgeHash[] = "@edge@";

}  // namespace tenon
]])
  return()
endif()

add_custom_target(tenon_write_build_info
  COMMAND ${CMAKE_COMMAND}
    -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
    -DOUTPUT=${PROJECT_BINARY_DIR}/generated/base/build_info.h
    -P ${CMAKE_CURRENT_LIST_FILE}
  BYPRODUCTS ${PROJECT_BINARY_DIR}/generated/base/build_info.h
  COMMENT "")

add_library(tenon_build_info INTERFACE)
add_library(tenon::build_info ALIAS tenon_build_info)
add_dependencies(tenon_build_info tenon_write_build_info)
target_include_directories(tenon_build_info INTERFACE ${PROJECT_BINARY_DIR}/generated)
