add_executable(bench_json ${CMAKE_CURRENT_LIST_DIR}/json_bench.c ${CMAKE_CURRENT_LIST_DIR}/pods.c)
wgo_use(bench_json base)
