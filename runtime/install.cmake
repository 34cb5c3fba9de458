# Install rules of the library: headers, archive or shared object, find_package(qrun CONFIG) and pkg-config's qrun.pc.
include(CMakePackageConfigHelpers)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/qrun)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME library)
install(TARGETS qrun_lib EXPORT qrun-targets FILE_SET HEADERS)
install(EXPORT qrun-targets NAMESPACE qrun:: DESTINATION ${package_dir})

configure_package_config_file(qrun-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/qrun-config.cmake
  INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/qrun-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/qrun-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/qrun-config-version.cmake
  DESTINATION ${package_dir})

# The installed tree may be moved: qrun.pc finds its own prefix.
file(RELATIVE_PATH pc_prefix ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
file(RELATIVE_PATH pc_libdir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
file(RELATIVE_PATH pc_includedir ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
# Where the library is shared, it names what it needs itself, and QRUN_CXX_RUNTIME is empty.
list(TRANSFORM QRUN_CXX_RUNTIME PREPEND "-l" OUTPUT_VARIABLE pc_private)
list(JOIN pc_private " " pc_private)
string(APPEND pc_private " -pthread")
configure_file(qrun.pc.in ${CMAKE_CURRENT_BINARY_DIR}/qrun.pc @ONLY)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/qrun.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
