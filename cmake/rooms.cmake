# A room is one folder, one target. Its headers are seen as "<folder>/<noun>.hpp" through a folder of links that holds
# that room only, so what a target does not link it cannot include.

# longhaul_view(TARGET FOLDER SCOPE): shows TARGET the headers of FOLDER. Header by header: a link to the folder itself
# would show the rooms inside it too (topologies/lab through topologies).
#
# The view is made afresh at each configure: a header that is gone leaves no link, and no link that something else left
# in the build tree can lead the new ones into the sources.
function(longhaul_view target folder scope)
  set(view ${PROJECT_BINARY_DIR}/views/${target})
  get_property(has_one GLOBAL PROPERTY longhaul_view_of_${target})
  if(has_one)  # a further folder, of a room below
    cmake_path(GET folder FILENAME name)
    string(APPEND view "_${name}")
  endif()
  set_property(GLOBAL PROPERTY longhaul_view_of_${target} TRUE)
  file(REMOVE_RECURSE ${view})
  file(MAKE_DIRECTORY ${view}/${folder})
  file(GLOB headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/${folder}/*.hpp)
  foreach(header IN LISTS headers)
    file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${header} ${view}/${header} SYMBOLIC)
  endforeach()
  target_include_directories(${target} ${scope} ${view})
endfunction()

# longhaul_precompile(TARGET LIKE HEADERS...): with LONGHAUL_PRECOMPILE, TARGET takes these headers of the standard's and of
# libraries' from one precompiled file, shared by all that say the same LIKE. What a source forgets to include shows without it.
function(longhaul_precompile target like)
  if(NOT LONGHAUL_PRECOMPILE)
    return()
  endif()
  set(shared longhaul_precompiled_${like})
  if(NOT TARGET ${shared})
    file(WRITE ${PROJECT_BINARY_DIR}/${shared}.cpp "")
    get_target_property(kind ${target} TYPE)
    if(kind STREQUAL "EXECUTABLE")  # compiled as its like is, position-independent for a program or for a library
      file(WRITE ${PROJECT_BINARY_DIR}/${shared}.cpp "int main() {}")
      add_executable(${shared} EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/${shared}.cpp)
      longhaul_optimise(${shared} 0)  # as tests are: GCC takes no header that was compiled with another -O
    else()
      add_library(${shared} STATIC EXCLUDE_FROM_ALL ${PROJECT_BINARY_DIR}/${shared}.cpp)
    endif()
    target_link_libraries(${shared} PRIVATE fmt::fmt nlohmann_json::nlohmann_json $<TARGET_NAME_IF_EXISTS:GTest::gmock>)
    longhaul_warnings(${shared})
    target_compile_options(${shared} PRIVATE $<$<CXX_COMPILER_ID:Clang>:SHELL:-Xclang -fno-pch-timestamp>)  # for ccache
    target_precompile_headers(${shared} PRIVATE ${ARGN})
  endif()
  target_precompile_headers(${target} REUSE_FROM ${shared})
  # GCC takes it only where all that it was compiled with is defined, for rooms that link no fmt too.
  target_compile_definitions(${target} PRIVATE $<TARGET_PROPERTY:fmt::fmt,INTERFACE_COMPILE_DEFINITIONS>)
endfunction()

set(longhaul_precompiled_headers <algorithm> <atomic> <chrono> <cmath> <filesystem> <fstream> <functional> <map> <memory> <mutex>
    <optional> <set> <span> <sstream> <string> <thread> <unordered_map> <vector> <fmt/format.h> <fmt/ranges.h> <nlohmann/json.hpp>)

# longhaul_room(TARGET FOLDER): a static library of all sources in FOLDER (not below it).
function(longhaul_room target folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*.cpp)
  if(NOT sources)  # a room of headers only
    file(WRITE ${PROJECT_BINARY_DIR}/${target}.cpp "")
    set(sources ${PROJECT_BINARY_DIR}/${target}.cpp)
  endif()
  add_library(${target} STATIC ${sources})
  longhaul_view(${target} ${folder} PUBLIC)
  longhaul_warnings(${target})
  longhaul_precompile(${target} rooms ${longhaul_precompiled_headers})
endfunction()

# longhaul_optimise(TARGET LEVEL): how far a Release build optimises TARGET; -O3 where nothing is said. 2 where
# -O3 gains nothing that is measured, 1 where nothing that is timed waits for its code: compiled in half the time. 0 for tests:
# compiled more often than run.
function(longhaul_optimise target level)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O${level}>)
endfunction()

# longhaul_test(NAME ROOM FOLDER): one GoogleTest binary of all FOLDER/*_test.cpp, its tests known to ctest by name.
function(longhaul_test name room folder)
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/${folder}/*_test.cpp)
  if(NOT sources OR NOT LONGHAUL_ROOM_TESTS)
    return()
  endif()
  add_executable(${name} ${sources})
  longhaul_view(${name} ${folder} PRIVATE)  # what the tests share: "tests/<folder>/<noun>.hpp"
  target_link_libraries(${name} PRIVATE ${room} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(${name} PRIVATE LONGHAUL_SOURCE_DIR="${PROJECT_SOURCE_DIR}"
                                             LONGHAUL_BINARY_DIR="${PROJECT_BINARY_DIR}")
  longhaul_warnings(${name})
  longhaul_optimise(${name} 0)
  longhaul_precompile(${name} tests ${longhaul_precompiled_headers} <gmock/gmock.h> <gtest/gtest.h>)
  add_dependencies(unit_tests ${name})
  gtest_discover_tests(${name} PROPERTIES LABELS unit DISCOVERY_TIMEOUT 60)
endfunction()
