add_executable(bench_limits ${CMAKE_CURRENT_LIST_DIR}/limits_bench.c ${CMAKE_CURRENT_LIST_DIR}/harness.c)
wgo_use(bench_limits flow)
