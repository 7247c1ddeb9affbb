add_executable(bench_queue ${CMAKE_CURRENT_LIST_DIR}/queue_bench.c ${CMAKE_CURRENT_LIST_DIR}/harness.c)
wgo_use(bench_queue task)
