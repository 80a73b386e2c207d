# Warnings and sanitizers for our own targets only; libraries keep their own.
function(longhaul_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                           -Wnon-virtual-dtor -Woverloaded-virtual)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(${target} PRIVATE -Wno-restrict)  # GCC 12 warns of std::string's own copies (its bug 105651)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    target_compile_options(${target} PRIVATE -Wno-deprecated-declarations)  # libstdc++ 12's own std::stable_sort
  endif()
  if(LONGHAUL_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(LONGHAUL_FUZZER)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(LONGHAUL_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${LONGHAUL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all
                           $<$<CXX_COMPILER_ID:Clang>:-fsanitize-ignorelist=${PROJECT_SOURCE_DIR}/cmake/sanitize.txt>)
    target_link_options(${target} PUBLIC -fsanitize=${LONGHAUL_SANITIZE})
  endif()
endfunction()

# A program of tests/performance that damages input: by chance, or under LONGHAUL_FUZZER as libFuzzer decides.
function(longhaul_fuzzer target)
  longhaul_view(${target} tests/performance PRIVATE)
  longhaul_warnings(${target})
  add_dependencies(unit_tests ${target})
  if(LONGHAUL_FUZZER)
    target_compile_definitions(${target} PRIVATE LONGHAUL_FUZZER)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  endif()
endfunction()
