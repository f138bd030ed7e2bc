# The one installed library: every floor's objects, with LLVM inside and out of sight.

set(objects "")
foreach(floor ir frontend codegen runtime)
  if(TARGET actjit_${floor})
    list(APPEND objects $<TARGET_OBJECTS:actjit_${floor}>)
  endif()
endforeach()

add_library(actjit SHARED ${objects})
add_library(actjit::actjit ALIAS actjit)
set_target_properties(actjit PROPERTIES
  VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE CXX
  LINK_DEPENDS ${PROJECT_SOURCE_DIR}/cmake/actjit.map)
target_compile_features(actjit PUBLIC cxx_std_20)
target_include_directories(actjit PUBLIC
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/actjit>)
target_link_libraries(actjit PRIVATE $<BUILD_INTERFACE:actjit_options> fmt::fmt
  ${ACTJIT_LLVM_LIBRARIES})
target_link_options(actjit PRIVATE
  -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,--as-needed
  # LLVM's templates are instantiated in our own objects too; the map keeps those inside as well.
  -Wl,--version-script,${PROJECT_SOURCE_DIR}/cmake/actjit.map
  # 100,000 relative relocations shrink to a bitmap, which loads faster.
  -Wl,-z,pack-relative-relocs -Wl,-z,relro -Wl,-O1)
if(NOT ACTJIT_SANITIZE)
  # Sanitizers' own symbols stay open until a program is linked.
  target_link_options(actjit PRIVATE -Wl,-z,defs)
endif()

# Installation: the library, every public header under actjit/, and a package config.
install(TARGETS actjit EXPORT actjit_targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
foreach(floor ir frontend runtime)
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/${floor}
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/actjit
    FILES_MATCHING PATTERN "*.h" PATTERN "*.def")
endforeach()
# Of codegen a host sees the targets only.
install(FILES ${PROJECT_SOURCE_DIR}/codegen/target.h
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/actjit/codegen)

include(CMakePackageConfigHelpers)
set(config_dir ${CMAKE_INSTALL_LIBDIR}/cmake/actjit)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/actjit-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(EXPORT actjit_targets FILE actjit-config.cmake NAMESPACE actjit:: DESTINATION ${config_dir})
install(FILES ${PROJECT_BINARY_DIR}/actjit-config-version.cmake DESTINATION ${config_dir})
