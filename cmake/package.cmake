# `cpack -G DEB` in the build folder: one package of the installed tree, below /usr.
set(CPACK_PACKAGE_NAME longhaul)
set(CPACK_PACKAGE_VENDOR "The Longhaul authors")
set(CPACK_PACKAGE_CONTACT "The Longhaul authors <longhaul@example.invalid>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# Programs that it starts: the lab's tools, and a launcher. GPU modules bring their libraries with the driver.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "iproute2, openmpi-bin")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "iptables")  # labs whose packets wait in the kernel
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "slurm-client, munge, slurm-wlm, slurm-wlm-basic-plugins")
include(CPack)
