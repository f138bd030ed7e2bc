# How every source of ours is compiled: `actjit_options`, and `actjit_module()` for one floor.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG" CACHE STRING "" FORCE)

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Release or Debug" FORCE)
endif()

find_program(ACTJIT_CCACHE ccache)
if(ACTJIT_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ACTJIT_CCACHE})
endif()

set(ACTJIT_SANITIZE "" CACHE STRING "Comma-separated sanitizers: address,undefined or thread")

add_library(actjit_options INTERFACE)
target_include_directories(actjit_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(actjit_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Werror
  # GCC 12 sees uninitialised members in every moved std::variant.
  -Wno-maybe-uninitialized
  # The interpreter defines the bits: a contraction the formula did not ask for would change them.
  -ffp-contract=off
  -ffunction-sections -fdata-sections)

# Constant expressions evaluate whole activations, and the rule tables.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(actjit_options INTERFACE
    -fconstexpr-ops-limit=4000000000 -fconstexpr-loop-limit=100000000 -fconstexpr-depth=2048)
else()
  target_compile_options(actjit_options INTERFACE
    -fconstexpr-steps=400000000 -fconstexpr-depth=2048)
endif()

if(ACTJIT_SANITIZE)
  target_compile_options(actjit_options INTERFACE
    -fsanitize=${ACTJIT_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g1
    # With the sanitizers' extra branches the compiler's flow warnings are guesses.
    -Wno-maybe-uninitialized -Wno-null-dereference)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # With these checks GCC takes no comparison of an address with null for a constant, and our
    # constant expressions make some. A null that is followed is a fault, which is reported too.
    target_compile_options(actjit_options INTERFACE
      -fno-sanitize=null,nonnull-attribute,returns-nonnull-attribute)
  endif()
  target_link_options(actjit_options INTERFACE -fsanitize=${ACTJIT_SANITIZE})
endif()

# actjit_module(NAME): the object library actjit_NAME of all sources below this folder.
# A folder without sources makes no target.
function(actjit_module name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  if(NOT sources)
    return()
  endif()
  add_library(actjit_${name} OBJECT ${sources})
  target_link_libraries(actjit_${name} PRIVATE actjit_options fmt::fmt nlohmann_json::nlohmann_json)
endfunction()
