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
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O0>)  # compiled more often than run
  add_dependencies(unit_tests ${name})
  gtest_discover_tests(${name} PROPERTIES LABELS unit DISCOVERY_TIMEOUT 60)
endfunction()
