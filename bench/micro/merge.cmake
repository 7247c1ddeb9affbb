add_executable(bench_merge ${CMAKE_CURRENT_LIST_DIR}/merge_bench.c)
wgo_use(bench_merge merger)
