# Protocol buffers for the converter alone: the lite library, linked statically, and the compiler of the building machine.
#   qrun_protobuf(<target> <schema>): a library with the messages of one schema, #include "<name>.pb.h".
set(Protobuf_USE_STATIC_LIBS ON)
if(CMAKE_CROSSCOMPILING AND NOT QRUN_FETCH_DEPENDENCIES)
  # From the target's own package, which ./dev cross unpacks; headers and library are of one version with the host's protoc.
  set(QRUN_PROTOBUF ${PROJECT_SOURCE_DIR}/build/sources/protobuf-${CMAKE_CXX_LIBRARY_ARCHITECTURE} CACHE PATH
    "The unpacked libprotobuf-dev of the target")
  find_program(QRUN_PROTOC protoc REQUIRED)
  add_library(protobuf::libprotobuf-lite STATIC IMPORTED GLOBAL)
  set_target_properties(protobuf::libprotobuf-lite PROPERTIES
    IMPORTED_LOCATION ${QRUN_PROTOBUF}/usr/lib/${CMAKE_CXX_LIBRARY_ARCHITECTURE}/libprotobuf-lite.a
    INTERFACE_LINK_LIBRARIES Threads::Threads)
  target_include_directories(protobuf::libprotobuf-lite SYSTEM INTERFACE ${QRUN_PROTOBUF}/usr/include)
elseif(QRUN_FETCH_DEPENDENCIES)
  set(protobuf_BUILD_TESTS OFF)
  qrun_require(Protobuf https://github.com/protocolbuffers/protobuf v21.12)
  set(QRUN_PROTOC $<TARGET_FILE:protobuf::protoc>)
else()
  find_package(Protobuf REQUIRED)
  set(QRUN_PROTOC ${Protobuf_PROTOC_EXECUTABLE})
endif()

function(qrun_protobuf target schema)
  get_filename_component(name ${schema} NAME_WE)
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR}/${schema} DIRECTORY)
  set(directory ${CMAKE_CURRENT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${directory})
  set(generated ${directory}/${name}.pb.cc ${directory}/${name}.pb.h)
  add_custom_command(
    OUTPUT ${generated}
    COMMAND ${QRUN_PROTOC} --proto_path ${folder} --cpp_out ${directory} ${name}.proto
    DEPENDS ${schema}
    COMMENT "Generating ${name}.pb.h")
  add_library(${target} STATIC ${generated})
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_include_directories(${target} SYSTEM PUBLIC ${directory})
  target_link_libraries(${target} PUBLIC protobuf::libprotobuf-lite)
endfunction()
