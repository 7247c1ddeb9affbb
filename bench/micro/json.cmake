add_executable(bench_json ${CMAKE_CURRENT_LIST_DIR}/json_bench.c)
wgo_use(bench_json base)
