# lathe_gpu_ops: the operations of core/ops on a GPU. No Qt, so that it travels to a machine with a GPU easily; answers 77 (skipped) elsewhere.
file(GLOB gpu_ops_sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_LIST_DIR}/ops_*.cpp")
add_executable(lathe_gpu_ops ${gpu_ops_sources})
target_link_libraries(lathe_gpu_ops PRIVATE lathe_ops)
lathe_pch(lathe_gpu_ops torch)
lathe_unity(lathe_gpu_ops 3)
add_dependencies(lathe_gpu_ops lathe_cuda)
add_test(NAME lathe_gpu_ops COMMAND lathe_gpu_ops)
set_tests_properties(lathe_gpu_ops PROPERTIES LABELS "gpu" TIMEOUT 900 SKIP_RETURN_CODE 77)
