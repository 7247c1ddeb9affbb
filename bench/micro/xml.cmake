add_executable(bench_xml ${CMAKE_CURRENT_LIST_DIR}/xml_bench.c)
wgo_use(bench_xml aws)
