# wgo_module(NAME SOURCES ... HEADERS ... [DEPENDS ...] [LIBS ...])
#
# One room of the house: an object library `wgo_NAME` whose headers are visible, as
# "<room>/<header>.h", only to the rooms that name it in DEPENDS. A wrong #include does not compile,
# because each room's headers live behind an include directory of their own.
#
# DEPENDS names rooms whose types appear in this room's headers or sources; what a room sees through
# another room's headers comes with it. LIBS are external libraries.

set(WGO_WARNINGS -Wall -Wextra -Wpedantic -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
    -Wpointer-arith -Wwrite-strings -Wundef -Wformat=2 -Wvla)

add_library(wgo_flags INTERFACE)
target_compile_options(wgo_flags INTERFACE ${WGO_WARNINGS} -fno-strict-aliasing
  -ffile-prefix-map=${PROJECT_SOURCE_DIR}/=)
target_compile_definitions(wgo_flags INTERFACE _GNU_SOURCE WGO_VERSION="${PROJECT_VERSION}")
if(CMAKE_C_COMPILER_ID MATCHES "Clang")
  target_compile_options(wgo_flags INTERFACE -Wthread-safety)
endif()
if(WGO_SANITIZE)
  # gcc's warnings that follow the flow of values (format-truncation, use-after-free, maybe-uninitialized)
  # see ghosts in instrumented code; the plain builds treat them as errors.
  target_compile_options(wgo_flags INTERFACE -fsanitize=${WGO_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all -Wno-error)
  target_link_options(wgo_flags INTERFACE -fsanitize=${WGO_SANITIZE})
endif()

if(WGO_BUILD_FUZZERS)
  target_compile_options(wgo_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

# Every room puts its headers under its own virtual root, so that the path in an #include names the
# room and the directory list of a target holds only the rooms it may see.
set(WGO_INCLUDE_ROOT "${PROJECT_BINARY_DIR}/rooms")

function(wgo_module name)
  cmake_parse_arguments(M "" "" "SOURCES;HEADERS;DEPENDS;LIBS" ${ARGN})
  add_library(wgo_${name} OBJECT ${M_SOURCES})
  set(root "${WGO_INCLUDE_ROOT}/${name}")
  file(MAKE_DIRECTORY "${root}")
  if(NOT EXISTS "${root}/${name}")
    file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${root}/${name}" SYMBOLIC)
  endif()
  target_include_directories(wgo_${name} PUBLIC "${root}")
  foreach(dep IN LISTS M_DEPENDS)
    target_link_libraries(wgo_${name} PUBLIC wgo_${dep})
  endforeach()
  target_link_libraries(wgo_${name} PUBLIC ${M_LIBS} PRIVATE wgo_flags)
  set_property(GLOBAL APPEND PROPERTY WGO_ROOMS ${name})
  set_property(TARGET wgo_${name} PROPERTY WGO_HEADERS ${M_HEADERS})
endfunction()

# wgo_use(TARGET ROOM...): link the objects of ROOM... and of all they depend on into an executable
# or library. Object libraries do not link transitively, so the closure is walked here.
function(wgo_use target)
  set(todo ${ARGN})
  set(seen "")
  while(todo)
    list(POP_FRONT todo room)
    if(room IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${room})
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:wgo_${room}>)
    get_target_property(links wgo_${room} INTERFACE_LINK_LIBRARIES)
    foreach(link IN LISTS links)
      if(link MATCHES "^wgo_(.+)$")
        if(NOT CMAKE_MATCH_1 STREQUAL "flags")
          list(APPEND todo ${CMAKE_MATCH_1})
        endif()
      endif()
    endforeach()
  endwhile()
  foreach(room IN LISTS seen)
    target_include_directories(${target} PRIVATE
      $<TARGET_PROPERTY:wgo_${room},INTERFACE_INCLUDE_DIRECTORIES>)
    get_target_property(links wgo_${room} INTERFACE_LINK_LIBRARIES)
    foreach(link IN LISTS links)
      if(NOT link MATCHES "^wgo_")
        target_link_libraries(${target} PRIVATE ${link})
      endif()
    endforeach()
  endforeach()
  target_link_libraries(${target} PRIVATE wgo_flags)
endfunction()
