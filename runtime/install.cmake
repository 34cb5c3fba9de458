# Install rules of the library: headers, archive or shared object, find_package(qrun CONFIG) and pkg-config's qrun.pc.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/qrun)
install(TARGETS qrun_lib EXPORT qrun-targets FILE_SET HEADERS)
install(EXPORT qrun-targets NAMESPACE qrun:: DESTINATION ${package_dir})

configure_package_config_file(qrun-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/qrun-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/qrun-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/qrun-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/qrun-config-version.cmake
  DESTINATION ${package_dir})

# GNUInstallDirs' folders may be absolute; pkg-config wants whole paths.
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE pc_libdir)
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_INCLUDEDIR BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE pc_includedir)
configure_file(qrun.pc.in ${CMAKE_CURRENT_BINARY_DIR}/qrun.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/qrun.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
