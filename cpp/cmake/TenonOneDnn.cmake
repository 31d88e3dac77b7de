# tenon::onednn: the pinned static oneDNN which .ci/onednn.sh keeps in the user's cache.

execute_process(
  COMMAND ${PROJECT_SOURCE_DIR}/.ci/onednn.sh --prefix
  OUTPUT_VARIABLE onednn_prefix OUTPUT_STRIP_TRAILING_WHITESPACE
  COMMAND_ERROR_IS_FATAL ANY)

if(NOT EXISTS ${onednn_prefix}/lib/libdnnl.a)
  message(WARNING "oneDNN is not there yet (${onednn_prefix}): run `./tenon setup`, then configure again")
  add_library(tenon_onednn INTERFACE)
  add_library(tenon::onednn ALIAS tenon_onednn)
  return()
endif()

add_library(tenon_onednn STATIC IMPORTED)
add_library(tenon::onednn ALIAS tenon_onednn)
set_target_properties(tenon_onednn PROPERTIES
  IMPORTED_LOCATION ${onednn_prefix}/lib/libdnnl.a
  INTERFACE_INCLUDE_DIRECTORIES ${onednn_prefix}/include
  INTERFACE_LINK_LIBRARIES "Threads::Threads;${CMAKE_DL_LIBS}")
