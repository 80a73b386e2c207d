# The installed tree is relocatable: the program finds its files from where it stands itself, so folders are fixed
# relative to bin/ rather than taken from GNUInstallDirs' absolute variables.
install(TARGETS longhaul RUNTIME DESTINATION bin)
install(FILES README.md CHANGELOG.md LICENSE DESTINATION share/doc/longhaul)
install(DIRECTORY docs DESTINATION share/doc/longhaul)

# The manual page is written by the program itself, from its own options.
set(manual ${PROJECT_BINARY_DIR}/share/man/man1/longhaul.1)
add_custom_command(OUTPUT ${manual} DEPENDS longhaul VERBATIM
                   COMMAND ${CMAKE_COMMAND} -E make_directory ${PROJECT_BINARY_DIR}/share/man/man1
                   COMMAND sh -c "exec \"$1\" manual > \"$2\"" sh $<TARGET_FILE:longhaul> ${manual})
add_custom_target(longhaul_manual ALL DEPENDS ${manual})
install(FILES ${manual} DESTINATION share/man/man1)

# All that is installed, and nothing else: what ./quickstart builds for its demo.
add_custom_target(longhaul_product DEPENDS longhaul longhaul_manual nccl-net-longhaul)
foreach(module longhaul_cuda longhaul_nccl)
  if(TARGET ${module})
    add_dependencies(longhaul_product ${module})
  endif()
endforeach()

install(FILES harness/completions/longhaul.bash DESTINATION share/bash-completion/completions RENAME longhaul)
install(FILES harness/completions/_longhaul DESTINATION share/zsh/site-functions)
install(FILES harness/completions/longhaul.fish DESTINATION share/fish/vendor_completions.d)
