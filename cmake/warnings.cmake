# Warnings and sanitizers for our own targets only; libraries keep their own.
function(longhaul_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                           -Wnon-virtual-dtor -Woverloaded-virtual)
  if(LONGHAUL_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(LONGHAUL_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${LONGHAUL_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${target} PUBLIC -fsanitize=${LONGHAUL_SANITIZE})
  endif()
endfunction()
