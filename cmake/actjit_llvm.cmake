# Finds LLVM's static archives: ACTJIT_LLVM_INCLUDE_DIR, ACTJIT_LLVM_LIBRARIES.
#
# llvm-config is asked, not LLVM's CMake package: the package insists on every optional part of the
# distribution (Polly, MLIR, Z3 ...) being installed, although none of it is linked here.

set(ACTJIT_LLVM_VERSION 22)
set(ACTJIT_LLVM_COMPONENTS
  orcjit jitlink                                # bytes in, address out
  core analysis instcombine scalaropts transformutils   # the pass list
  x86codegen x86desc x86info                    # one component triple per machine we emit for
  mcdisassembler x86disassembler)               # what kernels cost, by LLVM's model of a processor

find_program(ACTJIT_LLVM_CONFIG
  NAMES llvm-config-${ACTJIT_LLVM_VERSION} llvm-config
  HINTS /usr/lib/llvm-${ACTJIT_LLVM_VERSION}/bin REQUIRED)

function(actjit_llvm_config output)
  execute_process(COMMAND ${ACTJIT_LLVM_CONFIG} ${ARGN} OUTPUT_VARIABLE text
    OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
  set(${output} "${text}" PARENT_SCOPE)
endfunction()

actjit_llvm_config(version --version)
if(NOT version MATCHES "^${ACTJIT_LLVM_VERSION}\\.")
  unset(ACTJIT_LLVM_CONFIG CACHE)  # the next try looks again
  message(FATAL_ERROR "actjit needs LLVM ${ACTJIT_LLVM_VERSION}, ${ACTJIT_LLVM_CONFIG} is ${version}")
endif()
actjit_llvm_config(ACTJIT_LLVM_INCLUDE_DIR --includedir)
actjit_llvm_config(archives --link-static --libfiles ${ACTJIT_LLVM_COMPONENTS})
separate_arguments(archives UNIX_COMMAND "${archives}")

find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_library(ACTJIT_ZSTD zstd REQUIRED)
# What `llvm-config --system-libs` names, without Z3 and libxml2, which nothing linked here uses.
set(ACTJIT_LLVM_LIBRARIES ${archives}
  ZLIB::ZLIB ${ACTJIT_ZSTD} Threads::Threads ${CMAKE_DL_LIBS} rt m)
message(STATUS "LLVM ${version} (static)")
