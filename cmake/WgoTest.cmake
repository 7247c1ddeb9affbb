# wgo_test(NAME SOURCES ... ROOMS ... LABELS ... [LIBS ...])   a Criterion program
# wgo_race_test(NAME SOURCES ... ROOMS ... LABELS ...)         a plain main() program for ThreadSanitizer
# wgo_command_test(NAME COMMAND ... LABELS ...)                any other program that says 0 for good
# wgo_fuzzer(NAME SOURCES ... ROOMS ...)                       libFuzzer where it is built in, and
#                                                              everywhere a plain run over its corpus
#
# A test that needs something absent prints "SKIPPED: reason" and ends with 77 (Criterion: cr_skip).

set(WGO_SHARED_DIR "${PROJECT_SOURCE_DIR}/../shared" CACHE PATH "Shared vectors and fixtures, may be absent")
set(WGO_TEST_ENV "WGO_SHARED_DIR=${WGO_SHARED_DIR};WGO_SOURCE_DIR=${PROJECT_SOURCE_DIR};WGO_BINARY_DIR=${PROJECT_BINARY_DIR}")

# `race_programs` and `fuzzers` build just those: the sanitizers that need them need nothing else.
add_custom_target(race_programs)
add_custom_target(fuzzers)

function(wgo_test_properties name labels)
  set_tests_properties(${name} PROPERTIES
    LABELS "${labels}" TIMEOUT 300 SKIP_RETURN_CODE 77 ENVIRONMENT "${WGO_TEST_ENV}"
    FAIL_REGULAR_EXPRESSION "Sanitizer:;runtime error:")
endfunction()

function(wgo_test name)
  cmake_parse_arguments(T "" "" "SOURCES;ROOMS;LABELS;LIBS" ${ARGN})
  add_executable(test_${name} ${T_SOURCES})
  wgo_use(test_${name} ${T_ROOMS})
  target_link_libraries(test_${name} PRIVATE PkgConfig::CRITERION ${T_LIBS})
  # Criterion's macros define functions without prototypes.
  target_compile_options(test_${name} PRIVATE -Wno-missing-prototypes -Wno-pedantic)
  add_test(NAME ${name} COMMAND test_${name} --jobs 2)
  wgo_test_properties(${name} "${T_LABELS}")
  if(WGO_SANITIZE MATCHES "thread")
    set_tests_properties(${name} PROPERTIES DISABLED TRUE)
  endif()
endfunction()

function(wgo_race_test name)
  cmake_parse_arguments(T "" "" "SOURCES;ROOMS;LABELS" ${ARGN})
  add_executable(${name} ${T_SOURCES})
  add_dependencies(race_programs ${name})
  wgo_use(${name} ${T_ROOMS})
  add_test(NAME ${name} COMMAND ${name})
  wgo_test_properties(${name} "race;${T_LABELS}")
endfunction()

function(wgo_command_test name)
  cmake_parse_arguments(T "" "" "COMMAND;LABELS" ${ARGN})
  add_test(NAME ${name} COMMAND ${T_COMMAND})
  wgo_test_properties(${name} "${T_LABELS}")
endfunction()

function(wgo_fuzzer name)
  cmake_parse_arguments(T "" "" "SOURCES;ROOMS" ${ARGN})
  set(fuzz_dir "${PROJECT_SOURCE_DIR}/tests/fuzz")
  add_executable(fuzz_${name} ${T_SOURCES})
  add_dependencies(fuzzers fuzz_${name})
  wgo_use(fuzz_${name} ${T_ROOMS})
  target_include_directories(fuzz_${name} PRIVATE "${fuzz_dir}")
  if(WGO_BUILD_FUZZERS)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(fuzz_${name} PRIVATE "${fuzz_dir}/standalone_driver.c")
  endif()
  set(inputs "${fuzz_dir}/corpus/${name}")
  if(EXISTS "${fuzz_dir}/regression/${name}") # libFuzzer insists on folders that are there
    list(APPEND inputs "${fuzz_dir}/regression/${name}")
  endif()
  add_test(NAME fuzz_${name}_regression COMMAND fuzz_${name} -runs=0 ${inputs})
  wgo_test_properties(fuzz_${name}_regression "unit;fuzz")
endfunction()

# Each header of each room compiles alone, with nothing but what its room may see.
function(wgo_header_tests)
  get_property(rooms GLOBAL PROPERTY WGO_ROOMS)
  foreach(room IN LISTS rooms)
    get_target_property(headers wgo_${room} WGO_HEADERS)
    set(sources "")
    foreach(header IN LISTS headers)
      if(header MATCHES "\\.h$")
        set(source "${PROJECT_BINARY_DIR}/headers/${room}/${header}.c")
        file(CONFIGURE OUTPUT "${source}"
          CONTENT "#include \"${room}/${header}\"\n\nextern int wgo_header_stands_alone;\n")
        list(APPEND sources "${source}")
      endif()
    endforeach()
    if(sources)
      add_library(headers_of_${room} OBJECT ${sources})
      target_link_libraries(headers_of_${room} PRIVATE wgo_${room} wgo_flags)
    endif()
  endforeach()
endfunction()
